"""Whatever happened before: of a person who was forgotten no word is left, of others every one."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from core.forgetting import EVERYTHING, Extent
from core.message import Author
from core.principal import Principal
from core.settings import Choices, Scope
from tests.contract.lockstep import ADDRESSES
from tests.contract.pair import play
from tests.contract.test_store_lockstep import Lockstep
from tests.questions import ADA, BEN

AUTHORS = (ADA, BEN)


class Forgetful(Lockstep):
    """As the others, and now and then somebody is forgotten, or what is old goes."""

    @initialize(
        history=st.lists(
            st.tuples(
                st.sampled_from(AUTHORS), st.sampled_from(["t1", "t2"]), st.sampled_from([5, 5, 5, 4, 2])
            ),
            min_size=4,
            max_size=8,
        )
    )
    def begin_to_talk(self, history: list[tuple[Author, str, int]]) -> None:
        self.pinned: dict[str, set[str]] = {author.id: set() for author in AUTHORS}
        for author, thread, far in history:
            self.somebody_asks("hi", author, thread, 0.0, None)
            self.a_turn_goes_on(thread, far, 1)
            self.somebody_keeps_something_of_their_own(author, thread)

    @precondition(lambda self: self.said)
    @rule(
        author=st.sampled_from(AUTHORS),
        thread=st.sampled_from([None, None, "t1", "t2"]),
        what=st.sampled_from(["nothing", "a person", "a person", "what is old"]),
    )
    def something_is_let_go_of(self, author: Author, thread: str | None, what: str) -> None:
        if what == "a person":
            self.somebody_is_forgotten(author, thread)
        elif what == "what is old":
            self.what_is_old_goes(thread or "t1", 50 if author is ADA else 1)

    def somebody_is_forgotten(self, author: Author, thread: str | None) -> None:
        person = Principal.of(author, ADDRESSES["t1"])
        extent = EVERYTHING if thread is None else Extent(ADDRESSES[thread])
        before = self.words_of_others(author)
        now = self.tick()
        kept = self.pair.ask(lambda store: store.inventory(person, extent))  # type: ignore[attr-defined]  # both are
        gone = self.pair.ask(lambda store: store.forget(person, extent, now))  # type: ignore[attr-defined]  # both are
        left = self.pair.ask(lambda store: store.inventory(person, extent))  # type: ignore[attr-defined]  # both are
        assert kept is not None
        assert gone is not None
        assert left is not None
        assert kept.on_disk == gone.on_disk.inventory
        assert left.on_disk.is_empty
        forgotten = [
            event
            for event in self.known
            if event.author.id == author.id and thread in {None, event.address.thread}
        ]
        self.withdrawn |= {event.key for event in forgotten}
        self.lanes = {
            name: lane
            for name, lane in self.lanes.items()
            if not (
                lane.turn.on_disk.questions[0].author.id == author.id
                and thread in {None, lane.turn.on_disk.address.thread}
            )
        }
        self.nothing_is_left_of(forgotten, author if thread is None else None)
        assert self.words_of_others(author) == before

    def nothing_is_left_of(self, events: list[Any], author: Author | None) -> None:
        """In any row of any table."""
        everything = self.dump()
        for event in events:
            assert f" word{event.message_id[1:]}." not in everything
        gone = {event.key for event in events}
        for token, keys in self.said:
            if keys <= self.withdrawn and keys & gone:
                assert token not in everything
        if author is not None:
            assert f'"{author.name}"' not in everything
            for text in self.pinned[author.id]:
                assert text not in everything

    def words_of_others(self, author: Author) -> list[Any]:
        """What people read of everybody else's, and what else those keep in mind."""
        found: list[Any] = []
        for address in ADDRESSES.values():
            messages = self.pair.ask(lambda store, at=address: store.messages(at))  # type: ignore[misc]  # of now
            pins = self.pair.ask(lambda store, at=address: store.pins(at))  # type: ignore[misc]  # of now
            assert messages is not None
            assert pins is not None
            mine = {turn.on_disk.id for turn in self.turns if self.asker_of(turn.on_disk) == author.id}
            found += [
                message
                for message in messages.on_disk
                if message.author not in {author.name, ""} or (message.turn and message.turn not in mine)
            ]
            found += [pin for pin in pins.on_disk if pin.by != author.name]
        return found

    def asker_of(self, turn: Any) -> str:
        keys = {question.key for question in turn.questions}
        return next(event.author.id for event in self.known if event.key in keys)

    def dump(self) -> str:
        path = Path(self.folder.name) / "tampu.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump())

    @rule(author=st.sampled_from(AUTHORS), thread=st.sampled_from(["t1", "t2"]))
    def somebody_keeps_something_of_their_own(self, author: Author, thread: str) -> None:
        now = self.tick()
        text = f"fact {now} of theirs"
        address = ADDRESSES[thread]
        pin = self.pair.ask(lambda store: store.pin(address, text, author, now))
        chosen = Choices(temperature=1.0)
        assert self.pair.ask(lambda store: store.choose(address, Scope.THREAD, chosen, author, now))
        if pin is not None and pin.on_disk is not None:
            self.pinned[author.id].add(text)

    def what_is_old_goes(self, thread: str, most: int) -> None:
        self.drain(thread)
        before = self.tick() + 1
        gone = self.pair.ask(lambda store: store.prune_threads(before, most))  # type: ignore[attr-defined]  # both can
        assert gone is not None
        if not gone.on_disk:
            return
        keys = {event.key for event in self.known if not self.is_known(event)}
        self.known = [event for event in self.known if event.key not in keys]
        self.turns = [turn for turn in self.turns if self.is_kept(turn.on_disk)]
        if not self.known:
            self.somebody_asks("hi", ADA, "t1", 0.0, None)

    def is_known(self, event: Any) -> bool:
        found = self.pair.ask(lambda store: store.known_since(event.address))
        assert found is not None
        return found.on_disk is not None

    def is_kept(self, turn: Any) -> bool:
        return any(event.address == turn.address for event in self.known)


def test_nothing_is_left_of_a_person_whatever_happened_before() -> None:
    play(Forgetful, examples=25, steps=30)
