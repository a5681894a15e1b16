"""Two stores that are told the same, and have to answer the same."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from core.errors import StoreError
from core.memory.store import open_store
from core.storage import Post, Store, Turn
from tests.fakes.store import MemoryStore

T = TypeVar("T")
DEADLINE_S = 20.0


@dataclass(frozen=True)
class Two(Generic[T]):
    """What each of the two gave."""

    on_disk: T
    in_memory: T


@dataclass
class Names:
    """Turn ids and post keys differ between stores: each is called by the order in which it appeared."""

    known: dict[str, str] = field(default_factory=dict)

    def plain(self, value: object) -> object:
        """The value, comparable with the other store's."""
        if isinstance(value, Turn):
            self._call(value.id, "turn")
        if isinstance(value, Post):
            assert len(value.key) == 25
            self._call(value.key, "key")
        if isinstance(value, str):
            return self.known.get(value, value)
        if isinstance(value, tuple):
            return tuple(self.plain(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            named = {entry.name: self.plain(getattr(value, entry.name)) for entry in fields(value)}
            return type(value).__name__, named
        return value

    def _call(self, name: str, kind: str) -> None:
        self.known.setdefault(name, f"{kind} {len(self.known)}")


class Pair:
    """The store on disk and the one in memory, driven from code that does not await."""

    def __init__(self, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._memory = MemoryStore()
        self._names = Names(), Names()
        self._over = asyncio.Event()
        self._loop = self._runner.get_loop()
        opened: asyncio.Future[Store] = self._loop.create_future()
        self._holder = self._loop.create_task(self._hold(folder, opened))
        self._disk = self._loop.run_until_complete(asyncio.wait_for(opened, DEADLINE_S))

    async def _hold(self, folder: Path, opened: asyncio.Future[Store]) -> None:
        async with open_store(folder) as store:
            opened.set_result(store)
            await self._over.wait()

    def close(self) -> None:
        """Close the store on disk."""
        self._over.set()
        self._loop.run_until_complete(asyncio.wait_for(self._holder, DEADLINE_S))
        self._runner.close()

    def ask(self, what: Callable[[Store], Awaitable[T]]) -> Two[T] | None:
        """Ask both the same; see :meth:`tell`."""
        return self.tell(Two(None, None), lambda store, _: what(store))

    def tell(self, given: Two[Any], what: Callable[[Store, Any], Awaitable[T]]) -> Two[T] | None:
        """Tell both the same, each with what it gave before; ``None`` when both refuse alike.

        Fails unless they answer the same.
        """
        on_disk, in_memory = self._loop.run_until_complete(self._both(given, what))
        if isinstance(on_disk, StoreError) or isinstance(in_memory, StoreError):
            assert type(on_disk) is type(in_memory), (on_disk, in_memory)
            return None
        plain = self._names[0].plain(on_disk), self._names[1].plain(in_memory)
        assert plain[0] == plain[1], f"on disk:   {plain[0]}\nin memory: {plain[1]}"
        return Two(on_disk, in_memory)

    async def _both(
        self, given: Two[Any], what: Callable[[Store, Any], Awaitable[T]]
    ) -> tuple[T | StoreError, T | StoreError]:
        return (
            await _outcome(what(self._disk, given.on_disk)),
            await _outcome(what(self._memory, given.in_memory)),
        )


def play(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Try so many stories of at most so many steps: always the same ones."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def _outcome(answer: Awaitable[T]) -> T | StoreError:
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await answer
    except StoreError as error:
        return error
