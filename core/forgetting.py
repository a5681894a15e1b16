"""Forgetting: what is kept of a person's words, and letting go of it, at their word or by age."""

from dataclasses import dataclass
from typing import Protocol

from core.address import Address
from core.principal import Principal
from core.storage import Effect

FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Extent:
    """What a person wants forgotten: what is theirs in one thread, or, with none, everything of theirs."""

    thread: Address | None = None


EVERYTHING = Extent()


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is kept of a person, in numbers.

    ``threads`` are those in which they asked; the ``whole`` among them hold nothing of anybody else.
    ``questions`` are what they wrote, ``answers`` what they were answered, ``files`` what they sent along,
    pictures included. ``summaries`` are those that stand for any of it. ``settings`` names what they chose
    for places: a choice stays in force without their name.
    """

    threads: int = 0
    whole: int = 0
    questions: int = 0
    answers: int = 0
    files: int = 0
    pins: int = 0
    summaries: int = 0
    tool_calls: int = 0
    settings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return self == Inventory()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went. ``anew`` are turns that were at work for the person: they have to be overtaken."""

    inventory: Inventory = Inventory()
    anew: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of the time without the machine's clock.

    ``lived``: something was noted between a week and a day ago, by a clock that agrees with now. ``lag`` is
    by how many seconds the messages of the last day were older than their arrival, at the least, on the
    platform where that is most; 0 for none.
    """

    lived: bool
    lag: float = 0.0


class ForgetStore(Protocol):
    """Letting go of a person's words at their word. Each method is one transaction.

    A person is known by platform, account and id. Everything of theirs is what they wrote in their
    account and in private; asked in private, it is what they wrote anywhere on the platform.
    """

    async def inventory(self, person: Principal, extent: Extent) -> Inventory:
        """Say what would go. A ``/forget`` that is being answered is not counted. Raises ``StoreError``."""

    async def forget(self, person: Principal, extent: Extent, now: float) -> Forgotten:
        """Let it go: questions, answers to them, files, tool calls, pins, summaries, names.

        Emptied rows stay, so that an event that comes again is not answered again, and so that an answer
        can still be taken off the screen when its question is deleted. What others wrote stays, and so do
        the numbers of what was used and the entries of the audit, these without a name; one is added for
        what goes. A turn at work for the person can write no more; it is taken back. The ``/forget`` that
        is being answered keeps its row. Raises ``StoreError``.
        """

    async def erase(self) -> bool:
        """Leave no trace of what went in the files of the store; false when it has to be tried again."""


class RetentionStore(Protocol):
    """Letting go by age."""

    async def prune_threads(self, before: float, most: int) -> int:
        """Let go of at most ``most`` threads with nothing newer than a time, unix seconds; how many went.

        Those in which something waits or is answered stay. Raises ``StoreError``.
        """

    async def prune_notes(self, now: float) -> None:
        """Let go of what mattered for a while: starts, deletions, what was told. Raises ``StoreError``."""

    async def prune_audit(self, before: float) -> int:
        """Let go of the audit's entries from before a time; how many went. Raises ``StoreError``."""

    async def signs(self, now: float) -> Signs:
        """Say what speaks for and against a time, unix seconds. Raises ``StoreError``."""

    async def erase(self) -> bool:
        """See :class:`ForgetStore`."""
