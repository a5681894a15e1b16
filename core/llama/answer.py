"""An answer in the OpenAI chat-completions dialect: the server's events to ours."""

from collections.abc import Mapping
from typing import Final

from core.errors import ModelBroke, StreamCut
from core.llama.faults import is_error, stream_error
from core.llama.shapes import Object, as_count, as_list, as_object, as_text, mended, parse
from core.llama.sse import SseEvent
from core.llama.toolcalls import CallAssembler, NewId, random_id
from core.transcript import Finish, Finished, ModelEvent, ReasoningDelta, TextDelta, Usage

_FINISHES: Final[Mapping[str, Finish]] = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "end_turn": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "tool_use": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}
_FAILURES: Final = frozenset({"error", "abort", "cancelled"})
_REASONING: Final = ("reasoning_content", "reasoning", "reasoning_text")


class Answer:
    """One answer as it comes in: :meth:`read` each event (or :meth:`read_whole`), then ask :meth:`finished`.

    ``[DONE]`` proves nothing: some servers send it after an error, others leave it out. An answer is whole
    when a finish reason has come and no error.
    """

    def __init__(self, new_id: NewId = random_id) -> None:
        self._calls = CallAssembler(new_id)
        self._finish: Finish | None = None
        self._usage: Usage | None = None
        self._half = ""
        self._spoke = False
        self.done = False

    @property
    def ended(self) -> bool:
        """Whether the finish reason has come; usage may still follow."""
        return self._finish is not None

    def read(self, event: SseEvent) -> list[ModelEvent]:
        """One event of a stream. Raises ``ModelError`` for an error in it, and for what is not JSON."""
        if event.data.strip() == "[DONE]":
            self.done = True
            return []
        try:
            body = as_object(parse(event.data))
        except ValueError:
            raise ModelBroke("the server sent an event that is not JSON") from None
        if event.name == "error" or is_error(body):
            raise stream_error(body)
        return self._chunk(body, "delta")

    def read_whole(self, body: Object) -> list[ModelEvent]:
        """A completion in one piece, from a server that does not stream.

        Raises ``ModelError`` for an error, and ``ModelBroke`` for an answer without choices.
        """
        if is_error(body):
            raise stream_error(body)
        if not as_list(body.get("choices")):
            raise ModelBroke("the server's answer has no choices")
        events = self._chunk(body, "message")
        # One JSON object that parses is whole, whatever it says of its end.
        self._finish = self._finish or Finish.STOP
        return events

    def finished(self) -> Finished:
        """The last event. Raises ``StreamCut`` when the answer is not whole."""
        if self._finish is None:
            raise StreamCut("the stream ended without a finish_reason")
        if self._finish in {Finish.LENGTH, Finish.CONTENT_FILTER}:
            # The last call may lack the end of its arguments, and nothing tells whether it does.
            return Finished(self._finish, usage=self._usage)
        calls = self._calls.calls()
        return Finished(Finish.TOOL_CALLS if calls else Finish.STOP, calls, self._usage)

    def _chunk(self, body: Object, key: str) -> list[ModelEvent]:
        if usage := as_object(body.get("usage")):
            self._count(usage)
        choices = as_list(body.get("choices"))
        if not choices:
            return []
        choice = as_object(choices[0])
        said = as_object(choice.get(key))
        if not (said or self._spoke or self._calls):
            said = as_object(choice.get("message"))
        self._take_calls(said)
        reason = as_text(choice.get("finish_reason"))
        if reason in _FAILURES:
            raise ModelBroke(f"the server ended the answer with {reason!r}")
        if reason:
            self._finish = _FINISHES.get(reason, Finish.STOP)
        return self._deltas(said)

    def _deltas(self, said: Object) -> list[ModelEvent]:
        events: list[ModelEvent] = []
        for name in _REASONING:
            if reasoning := as_text(said.get(name)):
                events.append(ReasoningDelta(mended(reasoning)))
                break
        if text := self._joined(_content(said.get("content"))):
            self._spoke = True
            events.append(TextDelta(text))
        return events

    def _joined(self, text: str) -> str:
        """The text, keeping back a first half of a surrogate pair until its second half comes."""
        if self._half:
            text, self._half = self._half + text, ""
        if text and not self.ended and "\ud800" <= text[-1] <= "\udbff":
            self._half, text = text[-1], text[:-1]
        return mended(text)

    def _take_calls(self, said: Object) -> None:
        pieces = as_list(said.get("tool_calls"))
        if not pieces and as_object(said.get("function_call")):
            pieces = ({"function": said.get("function_call")},)
        if pieces:
            self._calls.take(pieces)

    def _count(self, usage: Object) -> None:
        prompt = as_count(usage.get("prompt_tokens"))
        completion = as_count(usage.get("completion_tokens"))
        if prompt is not None or completion is not None:
            self._usage = Usage(prompt or 0, completion or 0)


def _content(content: object) -> str:
    """Text that came as a string, as one part or as a list of parts, however deep it lies."""
    if isinstance(content, str):
        return content
    found: list[str] = []
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(reversed(part))
        else:
            found.append(as_text(as_object(part).get("text")) if isinstance(part, dict) else as_text(part))
    return "".join(found)
