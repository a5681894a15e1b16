"""The attempts, in tables: a name, what is tried, and how."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

G = TypeVar("G")
Run = Callable[[G, str], Awaitable[None]]
NAME_MOST = 70


@dataclass(frozen=True, slots=True)
class Attempt(Generic[G]):
    """One attempt on a ground; ``run`` returns when nothing more comes of it."""

    name: str
    tried: str
    run: Callable[[G], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Table(Generic[G]):
    """Attempts of one kind."""

    kind: str
    attempts: list[Attempt[G]] = field(default_factory=list)

    def one(self, tried: str) -> Callable[[Callable[[G], Awaitable[None]]], Callable[[G], Awaitable[None]]]:
        """Take a function as an attempt."""

        def take(run: Callable[[G], Awaitable[None]]) -> Callable[[G], Awaitable[None]]:
            self._put(run.__name__, tried, run)
            return run

        return take

    def each(self, tried: str, *variants: str) -> Callable[[Run[G]], Run[G]]:
        """Take a function as an attempt for each of several texts."""

        def take(run: Run[G]) -> Run[G]:
            for variant in variants:
                name = f"{run.__name__}: {ascii(variant)[1:-1][:NAME_MOST]}"
                self._put(name, f"{tried}: {variant!r}", partial(_with, run, variant))
            return run

        return take

    def _put(self, name: str, tried: str, run: Callable[[G], Awaitable[None]]) -> None:
        self.attempts.append(Attempt(f"{self.kind}: {name}", tried, run))


async def _with(run: Run[G], variant: str, ground: G) -> None:
    await run(ground, variant)
