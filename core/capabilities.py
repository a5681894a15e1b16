"""What a platform can do, as numbers that the core plans with."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """A request that a pace limits."""

    POST = "post"
    EDIT = "edit"


class Scope(StrEnum):
    """Who shares a pace: one message's edits, all of a channel, or all of an account."""

    MESSAGE = "message"
    CHANNEL = "channel"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``burst`` of ``actions`` at once, refilled at ``per_second``, shared within ``scope``.

    Edits that only show progress leave ``reserve`` of them for first words and last edits.
    """

    actions: frozenset[Action]
    scope: Scope
    per_second: float
    burst: int
    reserve: int = 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One platform's limits.

    ``measure(markdown)`` is the size of a Markdown text as this platform would count it once
    drawn; a message holds at most ``max_message`` of that unit, posted or edited.
    ``formatting`` is a sentence for the system prompt. ``stop_button`` says that a message which
    still grows shows a button: the edit that takes it away is never left out. ``max_file`` is the
    largest file in bytes that can be posted, 0 where none can; ``keeps_files`` says that people read
    them out of the store, so that their bytes stay there as long as the conversation.
    """

    max_message: int
    measure: Callable[[str], int]
    paces: tuple[Pace, ...]
    formatting: str
    stop_button: bool = False
    max_file: int = 0
    keeps_files: bool = False
