"""A busy database in which every word of every person is a canary of its own."""

import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from core import acts
from core.address import Address
from core.events import Asked, Revised
from core.files.document import Column, ColumnKind, Document, Page, Table
from core.memory.store import SqliteStore
from core.message import Attachment, Author, Upload
from core.settings import Choices, Scope
from core.storage import Answer, Turn, TurnState
from core.thread_memory import Summary
from core.transcript import FilePart, Image, ImagePart, Role, TextPart
from tests.questions import asked

NOW = 1_700_000_100.0
PEOPLE = ("ada", "ben", "eve")
SIZES = (0, 10, 80, 400, 1_500, 6_000)


@dataclass
class Aviary:
    """Writes for people, and remembers which canaries are whose."""

    store: SqliteStore
    seed: int = 7
    sung: dict[str, list[bytes]] = field(default_factory=dict)
    # How words of documents end, as only the index of the search writes them: small.
    indexed: dict[str, list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.names = {who: self.canary(who, "name") for who in PEOPLE}

    def canary(self, who: str, kind: str) -> str:
        """A word that stands nowhere else."""
        word = f"{who}-{kind}-{self.random.getrandbits(64):016x}"
        self.sung.setdefault(who, []).append(word.encode())
        return word

    def words(self, who: str, kind: str) -> str:
        """A text of any length that begins and ends with a canary."""
        size = self.random.choice(SIZES)
        return f"{self.canary(who, kind)} {'.' * size} {self.canary(who, kind)}"

    def author(self, who: str) -> Author:
        return Author(who, self.names[who])

    def question(self, who: str, number: int, thread: str) -> Asked:
        files = tuple(
            Attachment(f"f{number}{end}", self.canary(who, "file") + end, "x/y", None, self.canary(who, "at"))
            for end in (".txt", ".png")
        )
        event = asked(
            self.words(who, "question"),
            number=number,
            author=self.author(who),
            thread=thread,
            attachments=files if number % 3 == 0 else (),
            opener=self.words(who, "opener") if number % 5 == 0 else None,
        )
        return replace(event, place=self.canary(who, "place"))

    async def talk(self, turns: int) -> None:
        """Let everybody ask: each alone in a thread of their own, and all together in three."""
        for number in range(1, turns + 1):
            who = self.random.choice(PEOPLE)
            thread = self.random.choice([f"alone-{who}-{number % 7}", "all-1", "all-2", "all-3"])
            await self.one_turn(self.question(who, number, thread), who)
            if number % 20 == 0:
                await self.summary(thread, who)
        for who in PEOPLE:
            await self.memory(who)

    async def one_turn(self, event: Asked, who: str) -> None:
        uploads = tuple(Upload(file.id, self.words(who, "upload").encode() * 3) for file in event.attachments)
        assert await self.store.accept(event, uploads, NOW)
        turn = await self.begun(event.address)
        await self.files(turn, event, who)
        if self.random.random() < 0.3:
            entry = acts.tool_ran(event.author, event.address, "search", NOW)
            await self.store.tool_started(turn, "c1", "search", self.words(who, "arguments"), NOW, entry)
            await self.store.tool_ended(turn, "c1", self.words(who, "result"), failed=False)
        if self.random.random() < 0.3:
            after = replace(event, text=self.words(who, "edit"))
            await self.store.revise(Revised(after, NOW), redo=False)
        text = self.words(who, "answer")
        posts = [text, self.words(who, "answer")][: self.random.randint(1, 2)]
        for seq, post in enumerate(posts):
            await self.store.intend(turn, seq)
            await self.store.posted(turn, seq, f"{turn.id}-{seq}", post[: self.random.randint(1, len(post))])
        answer = Answer(Role.ASSISTANT, text, TurnState.DONE, "m")
        await self.store.commit_answer(turn, answer, tuple(posts), NOW)
        for seq, post in enumerate(posts):
            await self.store.shown(turn, seq, post)
        await self.store.end(turn, NOW)

    async def files(self, turn: Turn, event: Asked, who: str) -> None:
        if not event.attachments:
            return
        text, picture = event.attachments
        sha256 = self.canary(who, "hash")
        parts = (
            TextPart(event.text),
            FilePart(text.name, self.words(who, "content")),
            ImagePart(sha256, "image/png", 1, 1, picture.name),
        )
        image = Image("image/png", self.words(who, "picture").encode() * 2)
        await self.store.keep_parts(turn, event, parts, ((sha256, image),))
        await self.document(turn, event, who)

    async def document(self, turn: Turn, event: Asked, who: str) -> None:
        pages = tuple(
            Page(self.canary(who, "label"), f"{self.words(who, 'page')} {self.loud(who)}")
            for _ in range(self.random.randint(1, 12))
        )
        cells = tuple((self.words(who, "cell"), number) for number in range(3))
        column = Column(self.canary(who, "column"), ColumnKind.MIXED)
        table = Table(self.canary(who, "table"), (column, column), cells, 3)
        read = Document(self.canary(who, "kind"), pages, (table,), notes=(self.words(who, "note"),))
        name, sha256 = self.canary(who, "document"), self.canary(who, "hash")
        assert await self.store.keep_document(turn, event, name, sha256, read, NOW) is not None

    def loud(self, who: str) -> str:
        """A word in capitals."""
        word = f"{self.random.getrandbits(96):024X}"
        self.indexed.setdefault(who, []).append(word[-12:].lower().encode())
        return word

    async def summary(self, thread: str, who: str) -> None:
        """Of one's own rows, or of everybody's: then it goes with anybody's."""
        address = asked("", thread=thread).address
        whose = who if thread.startswith("alone") else "all"
        memory = await self.store.oldest(address, 6)
        text = self.words(whose, "summary")
        summary = Summary(memory.rows[-1].position, text, len(text), "m", NOW)
        assert await self.store.put_summary(address, summary, memory)

    async def memory(self, who: str) -> None:
        by = self.author(who)
        for thread in (f"alone-{who}-1", "all-1"):
            address = asked("", thread=thread).address
            await self.store.pin(address, self.words(who, "pin")[:400], by, NOW)
            await self.store.choose(address, Scope.THREAD, Choices(temperature=0.5), by, NOW)
        place = replace(address, channel=f"of-{who}")
        await self.store.choose(place, Scope.CHANNEL, Choices(persona="pirate"), by, NOW)

    async def begun(self, address: Address) -> Turn:
        turn = await self.store.begin(address, NOW)
        assert turn is not None
        return turn


def found(folder: Path, canaries: list[bytes]) -> list[bytes]:
    """Which of them stand in any file of a folder."""
    everything = b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    return [canary for canary in canaries if canary in everything]


async def find(folder: Path, canaries: list[bytes]) -> list[bytes]:
    return await asyncio.to_thread(found, folder, canaries)


async def values_of(folder: Path) -> bytes:
    """Every value of every row of the database in a folder."""

    def read() -> bytes:
        address = f"file:{folder / 'tampu.db'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            rows = [row for (name,) in names for row in database.execute(f"SELECT * FROM {name}")]
        values = (value for row in rows for value in row if value is not None)
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)

    return await asyncio.to_thread(read)
