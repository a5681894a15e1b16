"""What a store holds, in memory or on disk, as far as a judge wants to know."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.store import MemoryStore

ENDED = frozenset({"done", "failed", "stopped", "refused"})


@dataclass(frozen=True)
class EventRow:
    """A question: new, claimed or done, and its turn."""

    key: str
    thread: str
    state: str
    turn: str
    is_withdrawn: bool


@dataclass(frozen=True)
class TurnRow:
    """A turn; ``number`` grows with each."""

    id: str
    number: int
    thread: str
    state: str
    wish: str
    error: str


@dataclass(frozen=True)
class PostRow:
    """A message of an answer."""

    turn: str
    key: str
    state: str
    final: str | None


@dataclass(frozen=True)
class Rows:
    """All of them."""

    events: dict[str, EventRow]
    turns: dict[str, TurnRow]
    posts: tuple[PostRow, ...]
    reset: frozenset[str]

    def turn_of(self, key: str) -> TurnRow | None:
        event = self.events.get(key)
        return self.turns.get(event.turn) if event else None

    def posts_of(self, turn: str) -> list[PostRow]:
        return [post for post in self.posts if post.turn == turn]

    def stays_as_it_is(self, turn: TurnRow) -> bool:
        """Whether an answer may stay though its question has changed: not the newest, or not all there."""
        if turn.wish or turn.state == "running":
            return False
        others = [other for other in self.events.values() if other.thread == turn.thread]
        is_followed = any(
            other.state == "new" or (other.turn and self.turns[other.turn].number > turn.number)
            for other in others
        )
        posts = self.posts_of(turn.id)
        is_whole = bool(posts) and all(post.state == "sent" for post in posts)
        return is_followed or not is_whole or turn.thread in self.reset


def rows_in_memory(store: MemoryStore) -> Rows:
    events = {
        row.event.key: EventRow(
            row.event.key, row.event.address.thread, row.state, row.turn_id, row.is_withdrawn
        )
        for row in store.events.values()
    }
    turns = {
        row.id: TurnRow(row.id, number, row.address.thread, row.state, row.wish, row.error)
        for number, row in enumerate(store.turn_rows.values())
    }
    posts = tuple(
        PostRow(turn, row.post.key, row.post.state, row.post.final)
        for (turn, _), row in sorted(store.outbox.items())
    )
    reset = frozenset(row.address.thread for row in store.threads.values() if row.reset_after)
    return Rows(events, turns, posts, reset)


def rows_on_disk(folder: Path) -> Rows:
    def all_of(query: str) -> Iterable[tuple[object, ...]]:
        return connection.execute(query).fetchall()

    with closing(sqlite3.connect(folder / "tampu.db")) as connection:
        events = {
            str(key): EventRow(str(key), _thread(place), str(state), str(turn or ""), bool(withdrawn))
            for key, place, state, turn, withdrawn in all_of(
                "SELECT event_key, thread_key, state, turn_id, withdrawn FROM inbox"
            )
        }
        turns = {
            str(id_): TurnRow(str(id_), number, _thread(place), str(state), str(wish), str(error))
            for number, (id_, place, state, wish, error) in enumerate(
                all_of(
                    "SELECT id, thread_key, state, wish, error FROM turn "
                    "ORDER BY (SELECT min(id) FROM message WHERE turn_id = turn.id)"
                )
            )
        }
        posts = tuple(
            PostRow(str(turn), str(key), str(state), None if final is None else str(final))
            for turn, key, state, final in all_of(
                "SELECT turn_id, key, state, final FROM outbox ORDER BY turn_id, seq"
            )
        )
        reset = frozenset(_thread(row[0]) for row in all_of("SELECT key FROM thread WHERE reset_after > 0"))
    return Rows(events, turns, posts, reset)


def _thread(key: object) -> str:
    return str(key).rpartition(":")[2]
