"""A growing text as messages: those that are full, and the one that still grows."""

from dataclasses import dataclass

from core import phrases
from core.capabilities import Capabilities
from core.markdown.preview import close_open
from core.markdown.segments import cut, segments


@dataclass(frozen=True, slots=True)
class Desired:
    """What one message should show; ``final`` when it will not change any more."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a text has come: its full messages, and the rest."""

    full: int
    rest: str


class GrowingText:
    """Plans the messages of an answer. A full one is frozen; ``opener`` is one that stands before."""

    def __init__(self, capabilities: Capabilities, opener: str | None) -> None:
        self._capabilities = capabilities
        self._frozen: list[str] = [opener] if opener else []
        self._rest = ""
        # Messages that may be there a second time.
        self._repeated: set[int] = set()
        # How many messages it may have at the most.
        self._most: int | None = None

    @property
    def full(self) -> int:
        """How many messages will not change any more."""
        return len(self._frozen)

    def add(self, text: str) -> None:
        """Let it grow."""
        self._rest += text

    def here(self) -> Mark:
        """Remember how far it has come."""
        return Mark(len(self._frozen), self._rest)

    def back_to(self, mark: Mark) -> None:
        """Take back everything that was added since."""
        del self._frozen[mark.full :]
        self._rest = mark.rest

    def close(self) -> tuple[str, ...]:
        """End it: the texts of all messages, as they will stay."""
        if self._rest.strip():
            self._frozen.extend(
                segments(self._rest, self._capabilities.max_message, self._capabilities.measure)
            )
        self._rest = ""
        self._frozen = self._frozen[: self._most]
        return tuple(self._frozen)

    def end_with(self, seq: int) -> None:
        """Let it have no message behind this one, however long it grows."""
        self._most = seq + 1

    def settle(self, texts: tuple[str, ...]) -> None:
        """Replace it by committed texts."""
        self._frozen = list(texts)
        self._rest = ""

    def stand_in(self, seq: int, refused: str) -> bool:
        """Put an honest word in the place of a text that is not taken; false the second time."""
        if refused == phrases.NOT_TAKEN:
            return False
        if seq >= len(self._frozen) or self._marked(seq, self._frozen[seq]) != refused:
            # It was taken back while it was on its way.
            return True
        self._frozen[seq] = phrases.NOT_TAKEN
        return True

    def may_repeat(self, seq: int) -> bool:
        """Mark a message of which nobody knows whether it is there already; false the second time."""
        is_first = seq not in self._repeated
        self._repeated.add(seq)
        return is_first

    def desired(self) -> list[Desired]:
        """What every message should show by now."""
        self._freeze()
        wanted = [Desired(self._marked(seq, text), final=True) for seq, text in enumerate(self._frozen)]
        tail = self._preview() if self._rest.strip() else ""
        if tail.strip():
            wanted.append(Desired(self._marked(len(wanted), tail), final=False))
        return wanted[: self._most]

    def _marked(self, seq: int, text: str) -> str:
        if seq not in self._repeated:
            return text
        marked = f"{text}\n\n{phrases.MAYBE_TWICE}"
        return marked if self._fits(marked) else text

    def _fits(self, text: str) -> bool:
        return self._capabilities.measure(text) <= self._capabilities.max_message

    def _preview(self) -> str:
        """Make the unfinished tail presentable, unless that would make it too long."""
        tail = close_open(self._rest)
        return tail if self._fits(tail) else self._rest

    def _freeze(self) -> None:
        capabilities = self._capabilities
        while (piece := cut(self._rest, capabilities.max_message, capabilities.measure)) is not None:
            self._frozen.append(piece.head)
            self._rest = piece.rest
