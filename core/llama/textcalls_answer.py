"""A server's text to what people read, and the calls to what the tools get."""

from dataclasses import replace

from core.llama.holdback import HoldBack
from core.llama.special_tokens import restored_json
from core.llama.stray_tokens import StrayTokens
from core.transcript import Finish, Finished, ToolCall


class AnswerText:
    """One answer on its way to the screen: calls held back, stray tokens dropped, broken ones made whole.

    ``declared`` are the names of the request's tools; none when the answer has to be JSON by a schema.
    """

    def __init__(self, declared: frozenset[str]) -> None:
        self._hold = HoldBack(declared)
        self._strays = StrayTokens()

    def take(self, text: str) -> str:
        """More text of the server; returns what may be shown now."""
        visible = self._hold.take(text)
        return self._strays.take(visible) if visible else ""

    def finish(self, finished: Finished) -> tuple[str, Finished]:
        """The end as the server told it; returns the rest of the text, and the end as it is."""
        rest, recovered = self._hold.finish(finished.reason, called=bool(finished.calls))
        text = self._strays.take(rest) + self._strays.finish()
        calls = tuple(map(_restored, finished.calls or recovered))
        reason = Finish.TOOL_CALLS if recovered else finished.reason
        return text, replace(finished, reason=reason, calls=calls)


def _restored(call: ToolCall) -> ToolCall:
    return replace(call, arguments=restored_json(call.arguments))
