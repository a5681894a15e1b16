"""An answer in Meta's own Llama dialect: the server's events to ours."""

from collections.abc import Mapping
from typing import Final

from core.errors import ModelBroke, StreamCut
from core.llama.faults import is_error, stream_error
from core.llama.shapes import Object, as_count, as_list, as_object, as_text, mended, parse
from core.llama.sse import SseEvent
from core.llama.toolcalls import CallAssembler, NewId, random_id
from core.transcript import Finish, Finished, ModelEvent, ReasoningDelta, TextDelta, Usage

# Meta documents "stop", "tool_calls" and "length"; the others are those of its older server, Llama Stack.
_FINISHES: Final[Mapping[str, Finish]] = {
    "length": Finish.LENGTH,
    "out_of_tokens": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "content_filter": Finish.CONTENT_FILTER,
}
_FAILURES: Final = frozenset({"error", "abort", "cancelled"})
_BODIES: Final = frozenset({"event", "completion_message"})


class NativeAnswer:
    """One answer as it comes in, as :class:`~core.llama.dialect.Reading`.

    A stream has events ``start``, ``progress``, ``complete`` and ``metrics``. Any of them may carry text;
    the answer is whole once a ``stop_reason`` has come and no error, and metrics may follow it. Nothing
    else ends the stream but its end; a gateway's ``[DONE]`` is taken as well.
    """

    def __init__(self, new_id: NewId = random_id) -> None:
        self._calls = CallAssembler(new_id)
        self._opened: list[tuple[str, str]] = []
        self._finish: Finish | None = None
        self._usage: Usage | None = None
        self._half = ""
        self._spoke = False
        self.done = False

    @property
    def ended(self) -> bool:
        """Whether the stop reason has come; metrics may still follow."""
        return self._finish is not None

    def read(self, event: SseEvent) -> list[ModelEvent]:
        """One event of a stream. Raises ``ModelError`` for an error in it, and for what is not JSON.

        An error comes as a bare line of JSON, which the decoder names ``error``, or as an event's data.
        """
        if event.data.strip() == "[DONE]":
            self.done = True
            return []
        try:
            body = as_object(parse(event.data))
        except ValueError:
            raise ModelBroke("the server sent an event that is not JSON") from None
        if event.name == "error":
            raise stream_error(body)
        _refuse(body)
        if "completion_message" in body:
            return self._message(body)
        told = as_object(body.get("event"))
        if is_error(told):
            raise stream_error(told)
        self._count(told.get("metrics"))
        delta = as_object(told.get("delta"))
        if as_text(delta.get("type")) == "tool_call" or as_object(delta.get("function")):
            self._call(delta)
            delta = {}
        self._stop(told.get("stop_reason"))
        return self._deltas(delta)

    def read_whole(self, body: Object) -> list[ModelEvent]:
        """A completion in one piece. Raises ``ModelError``, also for a body without a completion message."""
        _refuse(body)
        if not as_object(body.get("completion_message")):
            raise ModelBroke("the server's answer has no completion_message")
        return self._message(body)

    def finished(self) -> Finished:
        """The last event. Raises ``StreamCut`` when the answer is not whole."""
        if self._finish is None:
            raise StreamCut("the stream ended without a stop_reason")
        if self._finish in {Finish.LENGTH, Finish.CONTENT_FILTER}:
            # The last call may be cut off, and nothing tells whether it is.
            return Finished(self._finish, usage=self._usage)
        calls = self._calls.calls()
        return Finished(Finish.TOOL_CALLS if calls else Finish.STOP, calls, self._usage)

    def _message(self, body: Object) -> list[ModelEvent]:
        message = as_object(body.get("completion_message"))
        self._count(body.get("metrics"))
        repeated = self._spoke or bool(self._calls)
        if not repeated:
            for call in map(as_object, as_list(message.get("tool_calls"))):
                self._call(call)
        # One JSON object that parses is whole, whatever it says of its end.
        self._stop(as_text(message.get("stop_reason")) or "stop")
        return [] if repeated else self._deltas(_content(message.get("content")))

    def _deltas(self, said: Object) -> list[ModelEvent]:
        """Text, or reasoning beside its answer."""
        events: list[ModelEvent] = []
        if reasoning := as_text(said.get("reasoning")):
            events.append(ReasoningDelta(mended(reasoning)))
        if text := self._joined(as_text(said.get("text")) or as_text(said.get("answer"))):
            self._spoke = True
            events.append(TextDelta(text))
        return events

    def _joined(self, text: str) -> str:
        """The text; the first half of an emoji waits for its second half, or for the end."""
        text = self._half + text
        self._half = ""
        if text and not self.ended and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return mended(text)

    def _call(self, piece: Object) -> None:
        function = as_object(piece.get("function"))
        # Half an emoji in a name would break whatever stores it later.
        call_id, name = mended(as_text(piece.get("id"))), mended(as_text(function.get("name")))
        index = self._index(call_id, name)
        self._calls.take([{"index": index, "id": call_id, "function": {**function, "name": name}}])

    def _index(self, call_id: str, name: str) -> int:
        """Which call a piece belongs to, as these pieces have no index of their own.

        A new id opens a call, and so does another name under an id that is known, or under none; every
        other piece belongs to the call of its id, or to the newest.
        """
        for index in reversed(range(len(self._opened))):
            known_id, known_name = self._opened[index]
            if call_id in {"", known_id}:
                if name and known_name and name != known_name:
                    break
                self._opened[index] = (known_id, known_name or name)
                return index
        self._opened.append((call_id, name))
        return len(self._opened) - 1

    def _stop(self, reason: object) -> None:
        """Take a stop reason; the first one counts. Raises ``ModelBroke`` if it is a failure."""
        if self._finish is not None or not (word := as_text(reason)):
            return
        if word in _FAILURES:
            raise ModelBroke(f"the server ended the answer with {word!r}")
        self._finish = _FINISHES.get(word, Finish.STOP)

    def _count(self, metrics: object) -> None:
        counts = {
            as_text(metric.get("metric")): as_count(metric.get("value"))
            for metric in map(as_object, as_list(metrics))
        }
        prompt, completion = counts.get("num_prompt_tokens"), counts.get("num_completion_tokens")
        if prompt is not None or completion is not None:
            self._usage = Usage(max(prompt or 0, 0), max(completion or 0, 0))


def _refuse(body: Object) -> None:
    """Raise what a body says went wrong: Meta's errors have a title, a detail and a status."""
    if is_error(body) or (not _BODIES & body.keys() and ("title" in body or "detail" in body)):
        raise stream_error(body)
    if "choices" in body:
        raise ModelBroke(
            "the server answers in OpenAI's dialect; set LLAMA_PROFILE to another than llama-api"
        )


def _content(content: object) -> Object:
    """A message's content as one object; it may be a string, an object, a list of them or missing."""
    if isinstance(content, str):
        return {"text": content}
    if isinstance(content, list):
        parts = [{"text": part} if isinstance(part, str) else as_object(part) for part in content]
        return {
            "reasoning": "".join(as_text(part.get("reasoning")) for part in parts),
            "text": "".join(as_text(part.get("text")) or as_text(part.get("answer")) for part in parts),
        }
    return as_object(content)
