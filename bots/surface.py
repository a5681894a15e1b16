"""A platform together with the life that it leads."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from core.ports import Platform

MarkReady = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Surface:
    """``run`` serves until it is cancelled; it calls its argument once people can use it."""

    name: str
    platform: Platform
    run: Callable[[MarkReady], Coroutine[None, None, None]]
