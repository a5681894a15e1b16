"""How the servers speak: the same answer, failure or refusal in the form of each."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tests.emulators import native_script
from tests.emulators.model_script import DONE, Reply, Send, Step, chunk, event

Steps = tuple[Step, ...]
# Name, and arguments as JSON.
Called = tuple[str, str]

PROMPT, COMPLETION = 22, 9
_COUNTED: Mapping[str, int] = {
    "prompt_tokens": PROMPT,
    "completion_tokens": COMPLETION,
    "total_tokens": PROMPT + COMPLETION,
}


class Voice(Protocol):
    """One server's way of speaking. ``asked`` tells whether the request wants the tokens used."""

    @property
    def done(self) -> Steps: ...
    @property
    def keep_alive(self) -> Send: ...
    def opening(self) -> Steps: ...
    def thoughts(self, text: str) -> Steps: ...
    def texts(self, text: str) -> Steps: ...
    def calls(self, calls: Sequence[Called]) -> Steps: ...
    def closing(self, reason: str, *, asked: bool) -> Steps: ...
    def whole(self, text: str) -> Reply: ...

    def broken(self) -> Steps:
        """A failure in the middle, and what comes behind it."""

    def complaint(self, status: int, message: str) -> object:
        """The JSON of an error."""


class Counted(StrEnum):
    """Where the tokens used are told.

    ``APART`` in an event of their own, if asked for; ``BESIDE`` the reason of the end; ``ALWAYS`` in an
    event of their own with an empty choice, asked or not.
    """

    APART = "apart"
    BESIDE = "beside"
    ALWAYS = "always"


class Calls(StrEnum):
    """``WHOLE`` in one event; in ``PIECES``; in pieces that repeat an empty name (``NAMED``)."""

    WHOLE = "whole"
    PIECES = "pieces"
    NAMED = "named"


class Failure(StrEnum):
    """``EVENT``: an error; ``EMPTY``: an empty piece and the end; ``CHOICE``: an error beside a choice.

    ``X_GROQ``: a text in a field of Groq's own.
    """

    EVENT = "event"
    EMPTY = "empty"
    CHOICE = "choice"
    X_GROQ = "x_groq"


def number(status: int) -> object:
    return status


def as_text(status: int) -> object:
    return str(status)


def nothing(status: int) -> object:
    return None


@dataclass(frozen=True, slots=True)
class OpenAiVoice:
    """``roles`` repeats the role in every piece; ``code`` is what an error's code is made of."""

    reasoning: tuple[str, ...] = ()
    calls_as: Calls = Calls.PIECES
    counted: Counted = Counted.APART
    failure: Failure = Failure.EVENT
    done_after_error: bool = False
    roles: bool = False
    stop: str = "stop"
    code: Callable[[int], object] = nothing
    comment: bytes = b": keep-alive\n\n"

    @property
    def done(self) -> Steps:
        return (DONE,)

    @property
    def keep_alive(self) -> Send:
        return Send(self.comment)

    def opening(self) -> Steps:
        return () if self.roles else (chunk({"role": "assistant", "content": ""}),)

    def thoughts(self, text: str) -> Steps:
        names = self.reasoning
        return tuple(self._piece(dict.fromkeys(names, part)) for part in _split(text) if names)

    def texts(self, text: str) -> Steps:
        return tuple(self._piece({"content": part}, token=True) for part in _split(text))

    def calls(self, calls: Sequence[Called]) -> Steps:
        steps: list[Step] = []
        for index, (name, arguments) in enumerate(calls):
            head = {"index": index, "id": f"call_{name}_{index}", "type": "function"}
            if self.calls_as is Calls.WHOLE:
                steps.append(self._called({**head, "function": {"name": name, "arguments": arguments}}))
                continue
            steps.append(self._called({**head, "function": {"name": name, "arguments": ""}}))
            again = {"name": ""} if self.calls_as is Calls.NAMED else {}
            steps += [
                self._called({"index": index, "function": {**again, "arguments": part}})
                for part in _split(arguments)
            ]
        return tuple(steps)

    def closing(self, reason: str, *, asked: bool) -> Steps:
        word = self.stop if reason == "stop" else reason
        apart = event({"id": "chatcmpl-1", "choices": [], "usage": _COUNTED})
        match self.counted:
            case Counted.BESIDE:
                return (chunk({"content": ""}, word, usage=_COUNTED), DONE)
            case Counted.ALWAYS:
                last = chunk({"role": "assistant", "content": ""}, usage={**_COUNTED, "cost": 0.0001})
                return (chunk({"content": ""}, word, native_finish_reason=word), last, DONE)
            case _:
                return (chunk({}, word), *((apart,) if asked else ()), DONE)

    def whole(self, text: str) -> Reply:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": self.stop}
        return _json(
            {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": _COUNTED}
        )

    def broken(self) -> Steps:
        body = self.complaint(500, "emulated engine failure")
        after = (DONE,) if self.done_after_error else ()
        match self.failure:
            case Failure.EMPTY:
                return (chunk({"role": "assistant", "content": ""}),)
            case Failure.CHOICE:
                error = {"code": 502, "message": "upstream"}
                return (chunk({"content": ""}, "error", error=error), DONE)
            case Failure.X_GROQ:
                return (chunk({}, "stop", x_groq={"id": "req_1", "error": "over capacity"}), DONE)
            case _:
                return (event(body), *after)

    def complaint(self, status: int, message: str) -> object:
        kind = "invalid_request_error" if status == 400 else "server_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": self.code(status)}}

    def _called(self, call: Mapping[str, object]) -> Send:
        return self._piece({"content": None, "tool_calls": [call]})

    def _piece(self, delta: Mapping[str, object], *, token: bool = False) -> Send:
        return chunk({"role": "assistant", **delta} if self.roles else delta, token=token)


class NativeVoice:
    """Meta's own dialect."""

    done: Steps = ()
    keep_alive = Send(b": keep-alive\n\n")

    def opening(self) -> Steps:
        return (event(native_script.opening()),)

    def thoughts(self, text: str) -> Steps:
        return ()

    def texts(self, text: str) -> Steps:
        return tuple(event(body, token=True) for body in native_script.texts(text))

    def calls(self, calls: Sequence[Called]) -> Steps:
        named = [(f"call_{name}_{at}", name, arguments) for at, (name, arguments) in enumerate(calls)]
        return tuple(event(body) for body in native_script.calls(*named))

    def closing(self, reason: str, *, asked: bool) -> Steps:
        empty = native_script.text_delta("")
        complete = native_script.told("complete", empty, stop_reason=reason)
        metrics = native_script.metrics(PROMPT, COMPLETION)
        return event(complete), event(native_script.told("metrics", empty, metrics=metrics))

    def whole(self, text: str) -> Reply:
        body = native_script.message({"type": "text", "text": text})
        return _json({**body, "metrics": native_script.metrics(PROMPT, COMPLETION)})

    def broken(self) -> Steps:
        return (native_script.bare_line({"title": "Internal Server Error", "detail": "oops", "status": 500}),)

    def complaint(self, status: int, message: str) -> object:
        return {"title": "emulated", "detail": message, "status": status}


def _split(text: str, size: int = 5) -> tuple[str, ...]:
    return tuple(text[start : start + size] for start in range(0, len(text), size))


def _json(body: object) -> Reply:
    return Reply((Send(json.dumps(body).encode(), token=True),), content_type="application/json")
