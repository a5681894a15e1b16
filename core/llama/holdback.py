"""Keeps from the screen what may turn out to be a tool call written as text."""

from typing import Final

from core.llama.textcalls import MOST_CHARACTERS, read_calls
from core.llama.textcalls_shape import CallShape
from core.transcript import Finish, ToolCall

_WHOLE: Final = frozenset({Finish.STOP, Finish.TOOL_CALLS})


class HoldBack:
    """Takes an answer's text piece by piece, as the server sent it, and returns what may be shown.

    Nothing waits once the text cannot be calls of the declared tools any more, which an ordinary answer
    shows by its first characters, nor without declared tools.
    """

    def __init__(self, declared: frozenset[str]) -> None:
        self._declared = declared
        self._shape = CallShape(declared) if declared else None
        self._held = ""

    def take(self, text: str) -> str:
        """More of the answer; returns what may be shown now."""
        if self._shape is None:
            return text
        self._held += text
        if len(self._held) <= MOST_CHARACTERS and self._shape.take(text):
            return ""
        return self._released()

    def finish(self, reason: Finish, *, called: bool = False) -> tuple[str, tuple[ToolCall, ...]]:
        """The end of the answer: the rest of the text, or the calls that the text was.

        An answer that was cut (its length, a filter) is never run, and half a call in it is not shown.
        ``called`` says that calls came as the server should send them: text that repeats them is dropped.
        """
        shape = self._shape
        held = self._released()
        if shape is None or not held:
            return held, ()
        if reason not in _WHOLE:
            return ("" if shape.begun or shape.units else held), ()
        calls = read_calls(held, shape, self._declared)
        if calls is None:
            return held, ()
        return "", () if called else calls

    def _released(self) -> str:
        held, self._held, self._shape = self._held, "", None
        return held
