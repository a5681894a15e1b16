"""A chat platform as the judge sees it: ask, edit and delete in a place, read what people see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

ALONE = -1
REMOVED = "(removed)"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot. ``editions`` are (monotonic seconds, text), oldest first.

    ``gone_at`` is when it was taken away; ``thread`` is that of the questions below which it stands.
    """

    place: int
    editions: tuple[tuple[float, str], ...]
    gone_at: float | None = None
    thread: str = ""

    @property
    def at(self) -> float:
        return self.editions[0][0]

    @property
    def text(self) -> str:
        return self.editions[-1][1]

    @property
    def texts_back(self) -> Iterator[str]:
        """Everything that it ever said, the newest first."""
        return (text for _, text in reversed(self.editions))

    @property
    def stands(self) -> bool:
        """Whether people see words of it now; an emptied one says only that."""
        return self.gone_at is None and REMOVED not in self.text

    @property
    def settled_at(self) -> float:
        """Since when it says what it says now."""
        return next(at for at, text in self.editions if text == self.text)

    def stood_at(self, at: float) -> bool:
        """Whether it was there at a moment, and afterwards."""
        return self.at <= at and (self.gone_at is None or self.gone_at > at)

    def text_at(self, at: float) -> str:
        """What it said at a moment."""
        return next((text for since, text in reversed(self.editions) if since <= at), "")


@dataclass(frozen=True, slots=True)
class Said:
    """What a person has written: the platform's id, and the thread whose answers come in order."""

    id: str
    thread: str


class Stage(Protocol):
    """One platform with places, each with a conversation or several.

    ``forgets``: what is deleted while the bot is not there is never told to it.
    """

    name: str
    forgets: bool

    @property
    def settings(self) -> Mapping[str, str]:
        """What points the product here."""

    def people(self, place: int) -> int:
        """How many people write in a place."""

    def is_new(self, place: int) -> bool:
        """Whether the bot can only learn of the place by an event that reaches it."""

    async def ask(self, place: int, person: int, text: str) -> Said:
        """Somebody asks the bot."""

    async def edit(self, place: int, said: Said, text: str) -> None:
        """They ask something else in the same message."""

    async def delete(self, place: int, said: Said) -> None:
        """They take it back."""

    def shown(self) -> list[Shown]:
        """The bot's messages, oldest first; ``ALONE`` is the place of one outside of all places."""
