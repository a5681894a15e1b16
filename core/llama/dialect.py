"""What it takes to speak with a server in one dialect."""

from typing import Protocol

from core.llama.shapes import Object
from core.llama.sse import SseEvent
from core.transcript import Finished, ModelEvent


class Reading(Protocol):
    """One answer as it comes in: ``read`` each event (or ``read_whole``), then ask ``finished``.

    ``ended`` once the reason of its end has come, though usage may still follow; ``done`` once the server
    has said that nothing more comes.
    """

    done: bool

    @property
    def ended(self) -> bool:
        """Whether the reason of its end has come."""

    def read(self, event: SseEvent) -> list[ModelEvent]:
        """Take one event of a stream. Raises ``ModelError`` for an error in it, and for what is not JSON."""

    def read_whole(self, body: Object) -> list[ModelEvent]:
        """Take a completion in one piece. Raises ``ModelError``."""

    def finished(self) -> Finished:
        """Return the last event. Raises ``StreamCut`` when the answer is not whole."""
