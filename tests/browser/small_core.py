"""A core small enough to read: it stores what it is asked and answers by a script, in memory."""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from core.address import Address
from core.delivery import Draft, FileDraft, MessageRef, Sent
from core.errors import StoreError
from core.events import Asked, Closed, Revised, Verdict, Withdrawn
from core.library import ConversationSummary, ShownFile, ShownMessage
from core.message import Author, Upload
from core.outgoing import OutFile
from core.ports import Platform
from core.transcript import Role

DEADLINE = 20.0
DEFAULT = ("Hello", " from", " the small core.")


@dataclass(slots=True)
class Script:
    """One answer: its pieces, the seconds before each, and a gate that the last piece waits for."""

    pieces: tuple[str, ...] = DEFAULT
    pause: float = 0.0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    role: Role = Role.ASSISTANT
    files: tuple[OutFile, ...] = ()

    @classmethod
    def gated(cls, *pieces: str, pause: float = 0.0) -> "Script":
        return cls(pieces, pause)

    @classmethod
    def of(cls, *pieces: str, pause: float = 0.0) -> "Script":
        script = cls(pieces, pause)
        script.gate.set()
        return script


class SmallCore:
    """Implements ``Inbox`` and ``Library``. Use ``async with core.answering(platform):``."""

    def __init__(self) -> None:
        self.scripts: deque[Script] = deque()
        self.events: list[Asked] = []
        self.commands: list[tuple[str, Address, str]] = []
        self.uploads: dict[str, bytes] = {}
        # Files of answers by their keys, with where they belong and the turn.
        self.outgoing: dict[str, tuple[Address, str, OutFile]] = {}
        self.rows: dict[Address, list[ShownMessage]] = {}
        self.outage: StoreError | None = None
        self._questions: asyncio.Queue[Asked] = asyncio.Queue()
        self._stops: dict[Address, asyncio.Event] = {}
        self._turns = itertools.count(1)

    async def accept(self, event: Asked, uploads: tuple[Upload, ...] = ()) -> Verdict:
        if self.outage is not None:
            raise self.outage
        if any(known.key == event.key for known in self.events):
            return Verdict.DUPLICATE
        self.events.append(event)
        self.uploads.update({each.attachment_id: each.content for each in uploads})
        files = tuple(each.name for each in event.attachments)
        row = ShownMessage(event.message_id, Role.USER, event.author.name, event.text, files, event.sent_at)
        self.rows.setdefault(event.address, []).append(row)
        if event.text == "/stop":
            self._stop(event.address)
        await self._questions.put(event)
        return Verdict.STORED

    async def revise(self, event: Revised) -> Verdict:
        return Verdict.NOT_ADDRESSED

    async def withdraw(self, event: Withdrawn) -> Verdict:
        return Verdict.NOT_ADDRESSED

    async def close(self, event: Closed) -> None:
        return None

    async def recent(self, platform: str) -> tuple[Address, ...]:
        return ()

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        return None

    async def anchor(self, address: Address, message_id: str) -> None:
        return None

    async def command(
        self, name: str, address: Address, author: Author, argument: str, parent: str = ""
    ) -> str:
        self.commands.append((name, address, argument))
        if name == "stop":
            self._stop(address)
        return f"/{name} is done."

    async def conversations(self, platform: str, account: str) -> tuple[ConversationSummary, ...]:
        found = [
            ConversationSummary(address, rows[0].text[:60] or rows[0].files[0], rows[-1].sent_at)
            for address, rows in self.rows.items()
            if (address.platform, address.account) == (platform, account)
        ]
        return tuple(sorted(found, key=lambda each: -each.updated_at))

    async def messages(self, address: Address) -> tuple[ShownMessage, ...]:
        return tuple(self.rows.get(address, ()))

    async def upload(self, attachment_id: str) -> bytes | None:
        return self.uploads.get(attachment_id)

    async def files(self, address: Address) -> tuple[ShownFile, ...]:
        return tuple(
            ShownFile(turn, key, file.name, file.mime, file.alt, len(file.content))
            for key, (where, turn, file) in self.outgoing.items()
            if where == address
        )

    async def file(self, address: Address, key: str) -> OutFile | None:
        where, _, file = self.outgoing.get(key, (None, "", None))
        return file if where == address else None

    @contextlib.asynccontextmanager
    async def answering(self, platform: Platform) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self._answer_all(platform, group))
            try:
                yield
            finally:
                reader.cancel()

    async def _answer_all(self, platform: Platform, group: asyncio.TaskGroup) -> None:
        lanes: dict[Address, asyncio.Lock] = {}
        answers: set[asyncio.Task[None]] = set()
        try:
            while True:
                event = await self._questions.get()
                lane = lanes.setdefault(event.address, asyncio.Lock())
                answers.add(group.create_task(self._answer(platform, event, lane)))
        finally:
            for answer in answers:
                answer.cancel()

    async def _answer(self, platform: Platform, event: Asked, lane: asyncio.Lock) -> None:
        async with lane:
            stop = self._stops[event.address] = asyncio.Event()
            turn = f"turn{next(self._turns)}"
            await platform.show_working(event.address)
            if event.text.startswith("/"):
                script = Script.of(f"This is what `{event.text}` says.")
                script.role = Role.NOTICE
            else:
                script = self.scripts.popleft() if self.scripts else Script.of(*DEFAULT)
            said = await self._say(platform, event, turn, script)
            await self._enclose(platform, event, turn, script)
            row = ShownMessage(f"{turn}.row", script.role, "Tampu", said, (), event.sent_at, turn)
            self.rows[event.address].append(replace(row, stopped=stop.is_set()))
            await platform.show_idle(event.address)

    async def _enclose(self, platform: Platform, event: Asked, turn: str, script: Script) -> None:
        for number, file in enumerate(script.files):
            key = f"{turn}f{number}".ljust(25, "a")
            draft = FileDraft(event.address, key, turn, file, event.message_id)
            assert isinstance(await platform.post_file(draft), Sent)
            self.outgoing[key] = (event.address, turn, file)

    async def _say(self, platform: Platform, event: Asked, turn: str, script: Script) -> str:
        stop = self._stops[event.address]
        said, ref = "", None
        for number, piece in enumerate(script.pieces, start=1):
            await asyncio.sleep(script.pause)
            if number == len(script.pieces):
                await _first_of(script.gate, stop)
            if stop.is_set():
                break
            said += piece
            if ref is None:
                draft = Draft(event.address, turn.rjust(25, "a"), turn, said, event.message_id, first=True)
                sent = await platform.post(draft)
                assert isinstance(sent, Sent)
                ref = MessageRef(event.address, sent.id)
            else:
                await platform.edit(ref, said)
        return said

    def _stop(self, address: Address) -> None:
        if address in self._stops:
            self._stops[address].set()


async def _first_of(*events: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        waits = [group.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
