"""The store in memory: what one process forgets at its end, and a test can copy."""

from dataclasses import dataclass, field, replace

from core.address import Address
from core.commands import COMMAND_SIGN
from core.errors import LeaseLost
from core.events import Asked
from core.memory.rows import post_key
from core.message import Upload
from core.storage import Answer, Post, PostState, Turn, TurnState
from core.transcript import Image, Message, Part, Role, TextPart
from tests.fakes.library import MemoryLibrary
from tests.fakes.tables import OPEN, EventRow, MessageRow, Spent, ThreadRow, ToolRow, TurnRow, leading


@dataclass
class MemoryInbox(MemoryLibrary):
    """Implements core.storage.InboxStore."""

    anchors: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    async def accept(self, event: Asked, uploads: tuple[Upload, ...], now: float) -> bool:
        address = event.address
        key = (address.platform, address.account, event.key)
        if key in self.events:
            return False
        thread = self.threads.setdefault(address.key, ThreadRow(address, now))
        thread.updated_at = max(thread.updated_at, now)
        self.events[key] = EventRow(event, now)
        for upload in uploads:
            self.uploads.setdefault(upload.attachment_id, upload.content)
        self._tie(address, event.message_id)
        return True

    async def thread_known(self, address: Address) -> bool:
        return address.key in self.threads

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        key = self.anchors.get((platform, account, channel, message_id))
        return None if key is None else Address.from_key(key)

    async def anchor(self, address: Address, message_id: str) -> None:
        self._tie(address, message_id)

    async def waiting(self) -> tuple[Address, ...]:
        since: dict[str, float] = {}
        open_events = [
            (row.event.address.key, row.received_at) for row in self.events.values() if row.state != "done"
        ]
        open_turns = [(row.address.key, row.begun_at) for row in self.turn_rows.values() if row.state in OPEN]
        for key, at in (*open_events, *open_turns):
            since[key] = min(at, since.get(key, at))
        return tuple(Address.from_key(key) for key in sorted(since, key=lambda key: since[key]))

    def _tie(self, address: Address, message_id: str) -> None:
        place = (address.platform, address.account, address.channel, message_id)
        self.anchors.setdefault(place, address.key)


@dataclass
class MemoryTurns(MemoryInbox):
    """Implements core.storage.TurnStore."""

    fences: dict[str, int] = field(default_factory=dict, repr=False)
    held: set[str] = field(default_factory=set)
    tools: dict[tuple[str, str], ToolRow] = field(default_factory=dict)
    pictures: dict[str, Image] = field(default_factory=dict)

    async def begin(self, address: Address, now: float) -> Turn | None:
        if address.key not in self.threads:
            return None
        self.fences[address.key] = self.fences.get(address.key, 0) + 1
        self.held.add(address.key)
        turn = self._resume(address) or self._claim(address, now)
        if turn is None:
            self.held.discard(address.key)
        return turn

    async def keep_parts(
        self, turn: Turn, question: Asked, parts: tuple[Part, ...], images: tuple[tuple[str, Image], ...]
    ) -> None:
        self._require_fence(turn)
        for sha256, image in images:
            self.pictures.setdefault(sha256, image)
        for row in self.rows:
            if row.question == question:
                row.parts = parts

    async def transcript(self, address: Address, limit: int) -> tuple[Message, ...]:
        after = self.threads[address.key].reset_after if address.key in self.threads else 0
        found = [
            Message(row.role, row.parts, row.author)
            for row in self.rows
            if row.address == address
            and row.number > after
            and row.role is not Role.NOTICE
            and not self._is_answered_command(row)
        ]
        return tuple(found[-limit:]) if limit > 0 else ()

    async def images(self, hashes: tuple[str, ...]) -> tuple[tuple[str, Image], ...]:
        return tuple((sha256, self.pictures[sha256]) for sha256 in hashes if sha256 in self.pictures)

    async def joined_midway(self, address: Address) -> Asked | None:
        thread = self.threads.get(address.key)
        if thread is None or thread.reset_after:
            return None
        first = min(self.events_of(address), key=lambda row: row.event.sent_at).event
        return first if first.joined_midway else None

    async def commit_answer(self, turn: Turn, answer: Answer, texts: tuple[str, ...], now: float) -> None:
        self._require_fence(turn)
        for seq, text in enumerate(texts):
            self.outbox[turn.id, seq] = replace(self._post(turn, seq), final=text)
        parts = (TextPart(answer.text),)
        self.rows.append(
            MessageRow(len(self.rows) + 1, turn.address, turn.id, answer.role, parts, now, turn.id)
        )
        own = [row.number for row in self.rows if row.turn_id == turn.id]
        thread = self.threads[turn.address.key]
        if thread.reset_after >= min(own):
            thread.reset_after = max(own)
        if answer.usage is not None:
            tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens
            self.spent.append(Spent(tokens if answer.hosted else 0, now))
        row = self.turn_rows[turn.id]
        row.state, row.ending, row.model = TurnState.DELIVERING, answer.ending, answer.model

    async def end(self, turn: Turn, now: float) -> None:
        self._require_fence(turn)
        row = self.turn_rows[turn.id]
        row.state = row.ending
        for event in self.events.values():
            if event.turn_id == turn.id:
                event.state = "done"
        self.threads[turn.address.key].updated_at = now

    async def tool_started(self, turn: Turn, call_id: str, name: str, arguments: str, now: float) -> None:
        self._require_fence(turn)
        self.tools[turn.id, call_id] = ToolRow("started", arguments)

    async def tool_ended(self, turn: Turn, call_id: str, result: str, *, failed: bool) -> None:
        self._require_fence(turn)
        if (row := self.tools.get((turn.id, call_id))) is not None:
            row.state, row.result = "failed" if failed else "ok", result

    async def reset(self, address: Address) -> None:
        if (thread := self.threads.get(address.key)) is not None:
            thread.reset_after = max((row.number for row in self.rows if row.address == address), default=0)

    def _resume(self, address: Address) -> Turn | None:
        row = next(
            (row for row in self.turn_rows.values() if row.address == address and row.state in OPEN), None
        )
        if row is None:
            return None
        row.attempts += 1
        for (turn_id, _), tool in self.tools.items():
            if turn_id == row.id and tool.state == "started":
                tool.state = "uncertain"
        for (turn_id, seq), post in self.outbox.items():
            if turn_id == row.id and post.final is None:
                self.outbox[turn_id, seq] = replace(post, shown=None)
        return self._turn(row)

    def _claim(self, address: Address, now: float) -> Turn | None:
        taken = leading([row for row in self.events_of(address) if row.state == "new"])
        if not taken:
            return None
        number = len(self.turn_rows) + 1
        row = TurnRow(f"turn{number}", address, taken[0].event.author.id, begun_at=now)
        self.turn_rows[row.id] = row
        for event in taken:
            event.state, event.turn_id = "claimed", row.id
            asked = event.event
            parts = (TextPart(asked.text),)
            self.rows.append(
                MessageRow(
                    len(self.rows) + 1,
                    address,
                    row.id,
                    Role.USER,
                    parts,
                    asked.sent_at,
                    asked.message_id,
                    asked,
                )
            )
        return self._turn(row)

    def _turn(self, row: TurnRow) -> Turn:
        questions = tuple(event.event for event in self.events_of(row.address) if event.turn_id == row.id)
        fence = self.fences[row.address.key]
        return Turn(row.id, row.address, fence, row.attempts, row.state, questions, row.ending)

    def _is_answered_command(self, row: MessageRow) -> bool:
        turn = self.turn_rows[row.turn_id]
        first = row.parts[0]
        is_command = isinstance(first, TextPart) and first.text.startswith(COMMAND_SIGN)
        return row.role is Role.USER and is_command and not turn.model and turn.state is not TurnState.RUNNING

    def _post(self, turn: Turn, seq: int) -> Post:
        fresh = Post(seq, post_key(turn.id, seq), PostState.INTENT, None, None, None)
        return self.outbox.get((turn.id, seq), fresh)

    def _require_fence(self, turn: Turn) -> None:
        if self.fences.get(turn.address.key) != turn.fence:
            raise LeaseLost(f"fence {turn.fence} of {turn.address.key} is old")


@dataclass
class MemoryStore(MemoryTurns):
    """Implements core.storage.Store. Nothing waits in it, so every method is one transaction."""

    async def posts(self, turn: Turn) -> tuple[Post, ...]:
        return tuple(post for (turn_id, _), post in sorted(self.outbox.items()) if turn_id == turn.id)

    async def intend(self, turn: Turn, seq: int) -> Post:
        self._require_fence(turn)
        return self.outbox.setdefault((turn.id, seq), self._post(turn, seq))

    async def posted(self, turn: Turn, seq: int, platform_id: str, shown: str) -> None:
        def sent(post: Post) -> Post:
            kept = post.platform_id or platform_id
            return replace(post, state=PostState.SENT, platform_id=kept, shown=shown)

        self._require_fence(turn)
        if (turn.id, seq) in self.outbox:
            self.outbox[turn.id, seq] = sent(self.outbox[turn.id, seq])
        self._tie(turn.address, platform_id)

    async def shown(self, turn: Turn, seq: int, text: str) -> None:
        self._require_fence(turn)
        if (turn.id, seq) in self.outbox:
            self.outbox[turn.id, seq] = replace(self.outbox[turn.id, seq], shown=text)

    async def lost(self, turn: Turn, seq: int, state: PostState, code: str) -> None:
        self._require_fence(turn)
        if (turn.id, seq) in self.outbox:
            self.outbox[turn.id, seq] = replace(self.outbox[turn.id, seq], state=state)
