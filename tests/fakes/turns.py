"""The store in memory: turns under their lease."""

from dataclasses import dataclass, replace

from core import acts
from core.address import Address
from core.documents import TOOLS
from core.events import Asked
from core.memory.rows import post_key
from core.message import Author
from core.outgoing import FILES_OF_EDITION, described
from core.storage import Answer, Post, PostState, ToolState, Turn, TurnState
from core.transcript import Image, Part, Role, TextPart
from tests.fakes.changes import LOST, MemoryChanges
from tests.fakes.spending import MemorySpending
from tests.fakes.tables import (
    OPEN,
    WITHDRAW,
    Counted,
    EventRow,
    MessageRow,
    PostRow,
    TurnRow,
    leading,
    occurrence,
    stands_alone,
)


@dataclass
class MemoryTurns(MemoryChanges, MemorySpending):
    """Implements core.storage.TurnStore, but for the tool calls and the transcript."""

    async def begin(self, address: Address, now: float, *, strike: bool = False) -> Turn | None:
        if address.key not in self.threads:
            return None
        self.fences[address.key] = self.fences.get(address.key, 0) + 1
        return self._resume(address, now, strike=strike) or self._claim(address, now)

    async def pardon(self, turn: Turn) -> None:
        row = self.require_fence(turn)
        row.strikes = max(0, row.strikes - 1)

    async def join(self, turn: Turn, now: float) -> tuple[Asked, ...]:
        waiting = self.waiting_in(turn.address)
        if not waiting:
            return ()
        row = self.require_fence(turn)
        self.threads[turn.address.key].updated_at = now
        taken: list[EventRow] = []
        may_join = row.state is TurnState.RUNNING and not row.wish
        for event in waiting:
            if not may_join or event.event.author.id != row.author_id or stands_alone(event):
                break
            taken.append(event)
        self._take(row, taken, is_joined=True)
        return tuple(event.event for event in taken)

    async def keep_parts(
        self, turn: Turn, question: Asked, parts: tuple[Part, ...], images: tuple[tuple[str, Image], ...]
    ) -> None:
        self.require_fence(turn)
        event = self.events.get(occurrence(question.address, question.key))
        if event is None or event.is_withdrawn or not event.has_files_of(question):
            return
        for sha256, image in images:
            self.pictures.setdefault(sha256, image)
        files = [part for part in parts if not isinstance(part, TextPart)]
        for row in self.rows:
            if row.source is event:
                self.reword(row, (TextPart(event.event.text), *files))

    async def question_parts(self, turn: Turn) -> tuple[Part, ...]:
        rows = [row for row in self.rows if row.turn_id == turn.id and row.role is Role.USER]
        return tuple(part for row in sorted(rows, key=lambda one: one.number) for part in row.parts)

    async def images(self, hashes: tuple[str, ...]) -> tuple[tuple[str, Image], ...]:
        return tuple((sha256, self.pictures[sha256]) for sha256 in hashes if sha256 in self.pictures)

    async def joined_midway(self, address: Address) -> Asked | None:
        thread = self.threads.get(address.key)
        if thread is None or thread.reset_after:
            return None
        first = self.events_of(address)[0].event
        return first if first.joined_midway else None

    async def commit_answer(self, turn: Turn, answer: Answer, texts: tuple[str, ...], now: float) -> bool:
        row = self.require_no_wish(turn)
        if turn.state is TurnState.DELIVERING:
            self.take_back(row)
        for seq, text in enumerate(texts):
            post = self.post_row(turn, seq)
            post.post = replace(post.post, final=text)
        files_follow = self._commit_files(row, answer)
        parts = (TextPart(answer.text),)
        number = self.next_number
        self.rows.append(MessageRow(number, turn.address, turn.id, answer.role, parts, now, turn.id))
        thread = self.threads[turn.address.key]
        if thread.reset_after >= self.messages_of(row)[0].number:
            thread.reset_after = number
        row.state, row.ending, row.model = TurnState.DELIVERING, answer.ending, answer.model
        row.error = answer.error
        self.note(answer.act)
        return files_follow

    def _commit_files(self, row: TurnRow, answer: Answer) -> bool:
        made = [post for post in self.posts_of(row) if post.post.file is not None and post.post.final is None]
        for post in made if not answer.brings_files else ():
            del self.outbox[row.id, post.post.seq]
        if not (answer.files or answer.brings_files):
            return False
        self.keep_files(row.id, row.edition, answer.files, FILES_OF_EDITION)
        committed = self.files_of(row.id, row.edition)
        for post in committed:
            file = post.post.file
            assert file is not None
            post.post = replace(post.post, final=described(file.name, len(file.content)))
        return bool(committed)

    async def end(self, turn: Turn, now: float, *, error: str = "") -> None:
        row = self.require_no_wish(turn)
        row.state, row.ended_at, row.error = row.ending, now, error or row.error
        for event in self.questions_of(row):
            event.state = "done"
        for (of, _), call in self.tools.items():
            if of == turn.id and call.name in TOOLS and call.state in {ToolState.OK, ToolState.FAILED}:
                call.arguments = call.result = ""
        self.threads[turn.address.key].updated_at = now

    async def reset(self, address: Address, by: Author, now: float) -> None:
        has_moved = False
        if (thread := self.threads.get(address.key)) is not None:
            newest = max((row.number for row in self.rows if row.address == address), default=0)
            has_moved, thread.reset_after = newest > thread.reset_after, newest
        self.summaries.pop(address.key, None)
        pins = self.pinned.pop(address.key, [])
        if has_moved or pins:
            self.note(acts.began_afresh(by, address, len(pins), now))

    def post_row(self, turn: Turn, seq: int) -> PostRow:
        """The row of a message, made if need be."""
        key = post_key(turn.id, seq, self.turn_rows[turn.id].edition)
        fresh = PostRow(Post(seq, key, PostState.INTENT, None, None, None))
        return self.outbox.setdefault((turn.id, seq), fresh)

    def _resume(self, address: Address, now: float, *, strike: bool) -> Turn | None:
        own = [row for row in self.turn_rows.values() if row.address == address]
        unfinished = [row for row in own if row.state in OPEN]
        wished = sorted((row for row in own if row.wish), key=lambda row: row.begun_at)
        if not unfinished + wished:
            return None
        row = (unfinished + wished)[0]
        self._grant(row, now)
        row.attempts += 1
        row.strikes += strike
        for (turn_id, _), tool in self.tools.items():
            if turn_id == row.id and tool.state is ToolState.STARTED:
                tool.state = ToolState.UNCERTAIN
        for post in self.posts_of(row):
            if post.post.final is None:
                post.post = replace(post.post, shown=None)
        return self._turn(row)

    def _grant(self, row: TurnRow, now: float) -> None:
        """Do what an edit or a deletion wants of the turn."""
        wish, row.wish = row.wish, ""
        if not wish:
            return
        self.take_back(row)
        was_running = row.state is TurnState.RUNNING
        if wish == WITHDRAW:
            self.redact_tools(row)
            row.state, row.error = TurnState.DELIVERING, "withdrawn"
            row.ending = TurnState.STOPPED if was_running else row.ending
            return
        self.redact_tools(row, ToolState.OK, ToolState.FAILED)
        if row.counts:
            self.counted.append(
                Counted(row.address.platform, row.address.account, row.author_id, row.begun_at, row.id)
            )
        row.state, row.ending, row.begun_at, row.ended_at = TurnState.RUNNING, TurnState.DONE, now, None
        row.edition, row.strikes, row.model, row.error = row.edition + 1, 0, "", ""
        for event in self.questions_of(row):
            event.state = "claimed"
        for post in reversed([kept for kept in self.posts_of(row) if not kept.post.is_file]):
            is_there = post.post.state is PostState.REJECTED and post.post.platform_id is not None
            if post.post.state not in LOST or is_there:
                break
            del self.outbox[row.id, post.post.seq]

    def _claim(self, address: Address, now: float) -> Turn | None:
        taken = leading(self.waiting_in(address))
        if not taken:
            return None
        self.turns_begun += 1
        row = TurnRow(f"turn{self.turns_begun}", address, taken[0].event.author.id, begun_at=now)
        self.turn_rows[row.id] = row
        self._take(row, taken, is_joined=False)
        return self._turn(row)

    def _take(self, turn: TurnRow, events: list[EventRow], *, is_joined: bool) -> None:
        for row in events:
            row.state, row.turn_id, row.is_joined = "claimed", turn.id, is_joined
            asked = row.event
            parts = (TextPart(asked.text),)
            number = self.next_number
            self.rows.append(
                MessageRow(
                    number, turn.address, turn.id, Role.USER, parts, asked.sent_at, asked.message_id, row
                )
            )

    def _turn(self, row: TurnRow) -> Turn:
        events = self.questions_of(row)
        first = tuple(event.event for event in events if not event.is_joined)
        live = [event for event in events if not event.is_withdrawn]
        questions = tuple(event.event for event in live if not event.is_joined)
        joined = tuple(event.event for event in live if event.is_joined)
        return Turn(
            id=row.id,
            address=row.address,
            fence=self.fences[row.address.key],
            attempt=row.attempts,
            state=row.state,
            questions=questions or joined or first,
            anchor=first[-1].message_id,
            ending=row.ending,
            joined=joined if questions else (),
            strikes=row.strikes,
            revised_at=max(event.revised_at for event in events),
        )
