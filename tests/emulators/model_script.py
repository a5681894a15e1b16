"""What the emulated model server can be told to answer, as plain values.

A :class:`Reply` is a list of steps; the functions below write the usual ones. Each test that needs something
stranger puts its own steps together.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the wire. ``token`` marks what a person would see as the answer's text."""

    data: bytes
    token: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait until the test sets the gate. A gate that nobody sets is a server that hangs."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection in the middle of the answer."""


Step = Send | Pause | Hold | Drop


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. The status line leaves with the first ``Send``, or at the end."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/event-stream"


DONE = Send(b"data: [DONE]\n\n")


def event(value: object, *, token: bool = False) -> Send:
    """One server-sent event with a JSON value, everything but the line ends unescaped."""
    return Send(b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n", token=token)


def chunk(
    delta: Mapping[str, object], finish: str | None = None, *, token: bool = False, **extra: object
) -> Send:
    """One ``chat.completion.chunk``."""
    choice = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "emulated"}
    return event({**body, "choices": [choice], **extra}, token=token)


def usage(prompt_tokens: int = 7, completion_tokens: int = 5) -> Send:
    counted = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": counted})


def tokens(text: str, size: int = 4, delay_s: float = 0.0) -> tuple[Step, ...]:
    """The text in pieces of ``size`` characters, ``delay_s`` seconds between them."""
    steps: list[Step] = []
    for start in range(0, len(text), size):
        if delay_s and start:
            steps.append(Pause(delay_s))
        steps.append(chunk({"content": text[start : start + size]}, token=True))
    return tuple(steps)


def opening(first_token_s: float = 0.0) -> tuple[Step, ...]:
    role = chunk({"role": "assistant", "content": ""})
    return (Pause(first_token_s), role) if first_token_s else (role,)


def closing(reason: str = "stop", *, with_usage: bool = True) -> tuple[Step, ...]:
    return (chunk({}, reason), *((usage(),) if with_usage else ()), DONE)


def said(
    text: str,
    *,
    first_token_s: float = 0.0,
    delay_s: float = 0.0,
    size: int = 4,
    finish: str = "stop",
    with_usage: bool = True,
) -> Reply:
    """A whole, well-formed streamed answer."""
    steps = (
        *opening(first_token_s),
        *tokens(text, size, delay_s),
        *closing(finish, with_usage=with_usage),
    )
    return Reply(steps)


def called(*calls: tuple[str, Mapping[str, object] | str], text: str = "", prefix: str = "call") -> Reply:
    """Tool calls, their arguments in fragments; ids are ``<prefix>_0``, ``<prefix>_1`` ..."""
    steps: list[Step] = [*opening(), *tokens(text)]
    for index, (name, arguments) in enumerate(calls):
        written = arguments if isinstance(arguments, str) else json.dumps(arguments)
        head = {"index": index, "id": f"{prefix}_{index}", "type": "function"}
        steps.append(chunk({"tool_calls": [{**head, "function": {"name": name, "arguments": ""}}]}))
        for start in range(0, len(written), 5):
            piece = {"index": index, "function": {"arguments": written[start : start + 5]}}
            steps.append(chunk({"tool_calls": [piece]}))
    return Reply((*steps, *closing("tool_calls")))


def failed(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
    """An HTTP error. ``body``: ``None`` for OpenAI's shape, text or bytes as they are, else JSON."""
    standard = {"error": {"message": f"emulated failure {status}", "type": "emulated", "code": None}}
    pairs = tuple((headers or {}).items())
    match body:
        case str() | bytes():
            raw = body.encode() if isinstance(body, str) else body
            return Reply((Send(raw),), status, pairs, "text/html")
        case _:
            raw = json.dumps(standard if body is None else body).encode()
            return Reply((Send(raw),), status, pairs, "application/json")


def whole(text: str, *, finish: str | None = "stop") -> Reply:
    """A server that ignores ``stream: true`` and answers with one JSON object."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    counted = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": counted}
    return Reply((Send(json.dumps(body).encode(), token=True),), content_type="application/json")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a request. ``images`` are the URLs; ``calls`` are (id, name, arguments)."""

    role: str
    text: str
    images: tuple[str, ...] = ()
    tool_call_id: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as the emulated model reads it. ``body`` is the whole parsed JSON."""

    body: Mapping[str, Any]
    authorization: str

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> tuple[Said, ...]:
        return tuple(_said(message) for message in self.body["messages"])

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools on offer."""
        return tuple(tool["function"]["name"] for tool in self.body.get("tools", ()))

    @property
    def last_user_text(self) -> str:
        return next((said.text for said in reversed(self.messages) if said.role == "user"), "")

    @property
    def tool_results(self) -> tuple[Said, ...]:
        return tuple(said for said in self.messages if said.role == "tool")


def _said(message: Mapping[str, Any]) -> Said:
    content = message.get("content") or ""
    parts: list[dict[str, Any]] = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return Said(
        role=message["role"],
        text="\n".join(part["text"] for part in parts if part["type"] == "text"),
        images=tuple(part["image_url"]["url"] for part in parts if part["type"] == "image_url"),
        tool_call_id=message.get("tool_call_id", ""),
        calls=tuple(
            (call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in message.get("tool_calls", ())
        ),
    )
