"""Answers of a server that speaks Meta's own Llama dialect, for the emulated model server.

    model.reply(native_script.said("Hello!"))

No recording of such a stream is public: the shapes are the published client's, the values ours.
"""

import json
from collections.abc import Mapping

from tests.emulators.model_script import Reply, Send, Step, event

TOO_MANY: Mapping[str, object] = {
    "title": "Too Many Requests",
    "detail": "The token limit for this time frame was exceeded. Wait a bit.",
    "status": 429,
}


def told(kind: str, delta: object, **more: object) -> dict[str, object]:
    """The body of one event."""
    return {"id": "native-1", "event": {"event_type": kind, "delta": delta, **more}}


def text_delta(text: str) -> dict[str, object]:
    return {"type": "text", "text": text}


def call_delta(call_id: str | None = None, **function: object) -> dict[str, object]:
    """A piece of a tool call; one that has an id begins a call."""
    delta: dict[str, object] = {"type": "tool_call", "function": function}
    return delta if call_id is None else {**delta, "id": call_id}


def metrics(prompt: float = 22.0, completion: float = 38.0) -> list[dict[str, object]]:
    counted = {
        "num_completion_tokens": completion,
        "num_prompt_tokens": prompt,
        "num_total_tokens": prompt + completion,
    }
    return [{"metric": name, "value": value, "unit": "tokens"} for name, value in counted.items()]


def opening() -> dict[str, object]:
    return told("start", text_delta(""))


def closing(reason: str = "stop") -> tuple[dict[str, object], ...]:
    """The end of an answer: metrics come behind it."""
    return (
        told("complete", text_delta(""), stop_reason=reason),
        told("metrics", text_delta(""), metrics=metrics()),
    )


def texts(text: str, size: int = 4) -> tuple[dict[str, object], ...]:
    starts = range(0, len(text), size)
    return tuple(told("progress", text_delta(text[start : start + size])) for start in starts)


def calls(*called: tuple[str, str, str], size: int = 5) -> tuple[dict[str, object], ...]:
    """Tool calls of (id, name, arguments): the head of each, then its arguments in fragments."""
    bodies: list[dict[str, object]] = []
    for call_id, name, arguments in called:
        bodies.append(told("progress", call_delta(call_id, name=name)))
        bodies += [
            told("progress", call_delta(arguments=arguments[start : start + size]))
            for start in range(0, len(arguments), size)
        ]
    return tuple(bodies)


def stream(*bodies: Mapping[str, object]) -> Reply:
    """The bodies as events; nothing else ends the stream but its end."""
    steps: tuple[Step, ...] = tuple(event(body, token=True) for body in bodies)
    return Reply(steps)


def said(text: str, reason: str = "stop") -> Reply:
    return stream(opening(), *texts(text), *closing(reason))


def called(*called_tools: tuple[str, str, str]) -> Reply:
    return stream(opening(), *calls(*called_tools), *closing("tool_calls"))


def bare_line(body: Mapping[str, object]) -> Send:
    """An error in the middle of a stream: JSON on a line of its own, no field of the format."""
    return Send(json.dumps(body).encode() + b"\n")


def broken(text: str, body: Mapping[str, object] = TOO_MANY) -> Reply:
    return Reply((*stream(opening(), *texts(text)).steps, bare_line(body)))


def message(content: object, stop_reason: object = "stop", **more: object) -> dict[str, object]:
    """A completion in one piece; ``more`` goes into its message."""
    completion = {"role": "assistant", "content": content, "stop_reason": stop_reason, **more}
    return {"id": "native-1", "completion_message": completion, "metrics": metrics()}


def whole(body: Mapping[str, object]) -> Reply:
    return Reply((Send(json.dumps(body).encode(), token=True),), content_type="application/json")
