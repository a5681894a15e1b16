"""A platform together with the life that it leads."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass

from core.events import Absence
from core.ports import Platform

MarkReady = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Surface:
    """``run`` serves until it is cancelled; it calls its argument once people can use it.

    ``catch_up`` hands in what was said meanwhile, where a platform keeps that. ``behind`` tells since
    when (unix seconds) something may be missing, ``None`` when nothing is.
    """

    name: str
    platform: Platform
    run: Callable[[MarkReady], Coroutine[None, None, None]]
    catch_up: Callable[[Absence], Awaitable[None]] | None = None
    behind: Callable[[], float | None] = lambda: None
