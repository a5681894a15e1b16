"""What two stores in lockstep are told, and all that can be read of them."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from core.address import Address
from core.events import Asked, Withdrawn
from core.files.document import Document, Page
from core.message import Attachment, Upload
from core.storage import Boot, Change, Store, Turn
from core.thread_memory import ThreadMemory
from tests.contract.pair import Pair, Two
from tests.questions import ADA, BEN, asked

START = 1_700_000_000.0
ADDRESSES = {thread: asked("", thread=thread).address for thread in ("t1", "t2")}
PICTURES = ("p1", "p2")


@dataclass
class Lane:
    """The turn that holds a thread, and the questions that it answers."""

    turn: Two[Turn]
    keys: set[str] = field(default_factory=set)
    is_committed: bool = False


class Talk(RuleBasedStateMachine):
    """Tells both, and keeps a record of what they have to remember."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.pair = Pair(Path(self.folder.name))
        self.now = START
        self.revisions = 0.0
        self.made = 0
        self.known: list[Asked] = []
        self.ghosts: list[Asked] = []
        self.lanes: dict[str, Lane] = {}
        self.turns: list[Two[Turn]] = []
        self.boots: list[Two[Boot]] = []
        self.readings: list[Two[tuple[Address, ThreadMemory]]] = []
        # By the keys of events: what the stores have to remember of them.
        self.claimed: set[str] = set()
        self.withdrawn: set[str] = set()
        self.closed: set[str] = set()
        self.answered: set[str] = set()
        self.said: list[tuple[str, frozenset[str]]] = []

    def tick(self) -> float:
        self.now += 1
        return self.now

    def new(self, text: str, author: Any, thread: str, age: float, opener: str | None = None) -> Asked:
        self.made += 1
        number = self.made
        files = (Attachment(f"f{number}", "a.png", "image/png", 1, "x"),) if number % 3 == 0 else ()
        words = f"{text} word{number}."
        event = asked(words, number=number, author=author, thread=thread, attachments=files, opener=opener)
        return replace(event, sent_at=self.tick() - age)

    def accept(self, event: Asked) -> bool:
        uploads = tuple(Upload(file.id, file.id.encode()) for file in event.attachments)
        now = self.tick()
        kept = self.pair.ask(lambda store: store.accept(event, uploads, now))
        assert kept is not None
        return kept.on_disk

    @property
    def standing(self) -> list[Asked]:
        """Questions that a turn has taken, and that were not deleted."""
        return [event for event in self.known if event.key in self.claimed - self.withdrawn]

    def lane(self, thread: str) -> Lane:
        return self.lanes.get(thread) or next(iter(self.lanes.values()))

    def write(self, thread: str, what: Callable[[Store, Turn], Any]) -> bool:
        """Write with the turn that holds a lane; whether it was taken."""
        return self.pair.tell(self.lane(thread).turn, what) is not None

    def withdraw(self, event: Asked) -> None:
        address = event.address
        gone = Withdrawn(
            address.platform, address.account, address.channel, event.message_id, event.key, event.sent_at
        )
        now = self.tick()
        effect = self.pair.ask(lambda store: store.withdraw(gone, now))
        assert effect is not None
        assert (effect.on_disk.change is Change.UNKNOWN) == (event not in self.known)
        if event in self.known:
            self.withdrawn.add(event.key)

    @invariant()
    def both_look_alike(self) -> None:
        latest = {turn.on_disk.id: turn for turn in self.turns}
        turns = list(latest.values())[-4:]
        files = tuple(file.id for event in self.known for file in event.attachments)
        given = Two(tuple(turn.on_disk for turn in turns), tuple(turn.in_memory for turn in turns))
        seen = self.pair.tell(given, lambda store, held: look(store, held, files, self.now))
        assert seen is not None
        text = repr(seen.on_disk)
        for event in self.known:
            if event.key in self.withdrawn:
                assert f" word{event.message_id[1:]}." not in text
                assert all(f"b'{file.id}'" not in text for file in event.attachments)
        for token, keys in self.said:
            if keys <= self.withdrawn:
                assert token not in text


async def keep_document(store: Any, turn: Turn, question: Asked, name: str, picture: str, now: float) -> Any:
    """One of two documents, of which the second is a long one."""
    pages = (
        Page("page 1", f"a lama of {picture}"),
        Page("page 2", "alpacas\n" * (2_000 if picture == "p2" else 1)),
    )
    return await store.keep_document(turn, question, name, picture, Document("PDF", pages), now)


async def look_at_documents(store: Any, address: Address) -> tuple[Any, ...]:
    """All that can be read of a thread's documents; ranks are each store's own."""
    found: list[Any] = [await store.documents(address)]
    for query in ("a lama", "alpaca", "p1"):
        hits = await store.search(address, query, 50)
        found.append(tuple(sorted((one.document, one.number, one.label) for one in hits)))
    for number in range(1, 6):
        found += [await store.headings(address, number), await store.pages(address, number, (1, 3))]
    return tuple(found)


async def look(store: Store, turns: tuple[Turn, ...], files: tuple[str, ...], now: float) -> tuple[Any, ...]:
    """All that can be read."""
    found: list[Any] = [
        await store.waiting(),
        await store.recent("test", now - 100),
        await store.conversations("test", "a1"),
        await store.dead_letters(50),
        await store.images(PICTURES),
    ]
    for address in ADDRESSES.values():
        found += [
            await store.transcript(address, 3),
            await store.transcript(address, 50),
            await store.messages(address),
            await store.known_since(address),
            await store.joined_midway(address),
            await store.memory(address, 3),
            await store.oldest(address, 50),
            await store.chain(address),
            await look_at_documents(store, address),
            [(file.name, file.alt, file.size) for file in await store.files(address)],
        ]
    for author in (ADA, BEN):
        found += [await store.turns_of(ADDRESSES["t1"], author.id, at) for at in (now - 100, 0.0)]
    for turn in turns:
        found += [await store.posts(turn), await store.tool_calls(turn)]
    found += [await store.upload(file) for file in files]
    return tuple(found)
