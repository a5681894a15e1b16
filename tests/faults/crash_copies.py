"""How a world is copied: as it is in memory, or together with the database of its store."""

import pickle
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from types import NoneType
from typing import Protocol

from core.address import Address
from core.capabilities import Capabilities
from core.delivery import Draft
from core.events import Asked
from core.memory.store import open_store
from core.storage import Post, ToolState, TurnState
from core.transcript import Image, Role
from tests.fakes.store import MemoryStore
from tests.fakes.tables import TurnRow
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_world import World, new_world

# A turn knows whether it is tried for the first time, not how often it was; a fence only grows.
ATTEMPTS = "attempts"
# Nothing here goes on by what was used, and nothing by the account of who did what.
NEVER_ASKED = frozenset({ATTEMPTS, "charges", "charged", "audited"})
LATER = 2
AS_IT_IS = frozenset(
    {str, int, float, bool, NoneType, tuple, Role, TurnState, ToolState, Address, Asked, Post, Image}
)
TAKEN: dict[type, Callable[[object], tuple[Hashable, ...]]] = {}
SHARED = (Enum, Scenario, Capabilities, Address, Asked, Draft, Post)
VALUES: list[object] = []
NUMBERS: dict[tuple[type, object], int] = {}
Recipe = tuple[Callable[[int], object], tuple[int]]
# A look from outside, in one moment in which nothing goes on: no call of the product's that blocks its loop.
EXECUTE = sqlite3.Connection.execute
FETCH_ALL = sqlite3.Cursor.fetchall
# Ids of turns and keys of messages are drawn: they are called by the order in which they appear.
DRAWN = re.compile(r"\b(?:[0-9a-f]{32}|[a-z2-7]{25})\b")
OF_TURN = "(SELECT min(inbox.id) FROM inbox WHERE inbox.turn_id = {})"
TABLES = (
    f"SELECT * FROM turn ORDER BY {OF_TURN.format('turn.id')}",
    "SELECT * FROM thread",
    "SELECT * FROM inbox",
    "SELECT * FROM message",
    f"SELECT * FROM outbox ORDER BY {OF_TURN.format('outbox.turn_id')}, seq",
    f"SELECT * FROM tool_call ORDER BY {OF_TURN.format('tool_call.turn_id')}, call_id",
    "SELECT * FROM anchor",
    "SELECT * FROM document",
    "SELECT * FROM document_source",
    "SELECT * FROM document_page",
    "SELECT * FROM edition",
    "SELECT * FROM tombstone",
)


@dataclass(frozen=True)
class Copied:
    """A world as a crash leaves it; on disk with the bytes of its database."""

    world: bytes
    database: bytes = b""


class Ground(Protocol):
    """Where worlds stand."""

    async def begun(self, scenario: Scenario) -> Copied:
        """Make a world before its first life."""

    def kept(self, world: World) -> str:
        """All that the store holds, as text."""

    def state(self, world: World) -> Hashable:
        """Equal for worlds in which everything goes on alike."""

    def copy(self, world: World) -> Copied:
        """Copy a world as it is at this moment."""

    def opened(self, copied: Copied) -> AbstractAsyncContextManager[World]:
        """Make a world of its own from a copy."""


class Sharing(pickle.Pickler):
    """Copies what can change; values that cannot are the same ones in every copy."""

    def reducer_override(self, value: object) -> Recipe:
        recipe: Recipe = NotImplemented
        if isinstance(value, SHARED):
            # Words of two lists may be equal.
            number = NUMBERS.setdefault((type(value), value), len(VALUES))
            if number == len(VALUES):
                VALUES.append(value)
            recipe = _shared, (number,)
        return recipe


def _shared(number: int) -> object:
    return VALUES[number]


def _copy(world: World) -> bytes:
    into = BytesIO()
    Sharing(into).dump(world)
    return into.getvalue()


class InMemory:
    """Worlds over the store in memory."""

    async def begun(self, scenario: Scenario) -> Copied:
        return self.copy(await new_world(scenario, MemoryStore()))

    def kept(self, world: World) -> str:
        return repr(world.store)

    def state(self, world: World) -> Hashable:
        return _plain(world.store), world.surroundings

    def copy(self, world: World) -> Copied:
        return Copied(_copy(world))

    @asynccontextmanager
    async def opened(self, copied: Copied) -> AsyncIterator[World]:
        found = pickle.loads(copied.world)
        assert isinstance(found, World)
        yield found


@dataclass
class OnDisk:
    """Worlds over SQLite, each life in a folder of its own with its own copy of the database."""

    folder: Path
    lives: int = 0
    _beside: sqlite3.Connection | None = None

    async def begun(self, scenario: Scenario) -> Copied:
        empty = Copied(_copy(await new_world(replace(scenario, committed=()), MemoryStore())))
        async with self.opened(empty) as world:
            return self.copy(await new_world(scenario, world.store))

    def kept(self, world: World) -> str:
        assert self._beside is not None
        return repr([self._rows(self._beside, query) for query in TABLES])

    def state(self, world: World) -> Hashable:
        names: dict[str, str] = {}
        text = self.kept(world) + repr(world.surroundings)
        return DRAWN.sub(lambda found: names.setdefault(found[0], f"name {len(names)}"), text)

    def copy(self, world: World) -> Copied:
        """What is committed by now is what a process that is killed leaves."""
        assert self._beside is not None
        return Copied(_copy(replace(world, store=MemoryStore())), self._beside.serialize())

    @asynccontextmanager
    async def opened(self, copied: Copied) -> AsyncIterator[World]:
        self.lives += 1
        folder = self.folder / f"life{self.lives}"
        folder.mkdir()
        if copied.database:
            (folder / "tampu.db").write_bytes(copied.database)
        found = pickle.loads(copied.world)
        assert isinstance(found, World)
        async with open_store(folder) as store:
            with closing(sqlite3.connect(folder / "tampu.db")) as self._beside:
                found.store = store
                yield found

    def _rows(self, connection: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
        cursor = EXECUTE(connection, query)
        names = [column[0] for column in cursor.description]
        rows = FETCH_ALL(cursor)
        if ATTEMPTS not in names:
            return rows
        at = names.index(ATTEMPTS)
        return [(*row[:at], min(row[at], LATER), *row[at + 1 :]) for row in rows]


def _plain(value: object) -> Hashable:
    """What the rows of a store are made of, comparable; it is asked for a million times."""
    if type(value) in AS_IT_IS:
        return value
    if isinstance(value, dict):
        return tuple([(key, _plain(one)) for key, one in value.items()])
    if isinstance(value, list):
        return tuple([_plain(one) for one in value])
    if not is_dataclass(value):
        assert isinstance(value, Hashable)
        return value
    kind = type(value)
    take = TAKEN[kind] if kind in TAKEN else TAKEN.setdefault(kind, _fields_of(value))
    parts = [part if type(part) in AS_IT_IS else _plain(part) for part in take(value)]
    if isinstance(value, TurnRow):
        parts.append(min(value.attempts, LATER))
    return tuple(parts)


def _fields_of(row: object) -> Callable[[object], tuple[Hashable, ...]]:
    """What takes the fields of a row that it is told apart by."""
    assert is_dataclass(row)
    return attrgetter(*(part.name for part in fields(row) if part.repr and part.name not in NEVER_ASKED))
