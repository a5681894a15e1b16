"""The store in memory: questions that are edited or deleted, and places that close."""

from dataclasses import dataclass, replace

from core.events import Asked, Closed, Revised, Withdrawn
from core.storage import Change, Effect, PostState, ToolState, TurnState
from core.thread_memory import pinned_text
from core.transcript import Role, TextPart
from tests.fakes.tables import REDO, WITHDRAW, EventRow, MessageRow, Tables, TurnRow, occurrence

LATE_S = 3600.0
LOST = (PostState.REJECTED, PostState.GONE)


@dataclass
class MemoryChanges(Tables):
    """Implements the changes of core.storage.InboxStore."""

    async def revise(self, event: Revised, *, redo: bool) -> Effect:
        row = self.events.get(occurrence(event.asked.address, event.asked.key))
        if row is None:
            return Effect(Change.UNKNOWN)
        noted = Effect(Change.NOTHING, row.event.address)
        if row.is_withdrawn or event.revision <= row.revised_at:
            return noted
        before, row.revised_at = row.event, event.revision
        row.event = replace(before, text=event.asked.text, attachments=event.asked.attachments)
        self._repin(before, row.event.text)
        has_same_files = row.has_files_of(before)
        message = self._message_of(row)
        if message is None or (row.event.text == before.text and has_same_files):
            return noted
        if not has_same_files:
            self.forget_pictures(message)
            self.forget_documents(occurrence(row.event.address, row.event.key))
        files = [part for part in message.parts if not isinstance(part, TextPart) and has_same_files]
        self.reword(message, (TextPart(row.event.text), *files))
        return self._redo(self.turn_rows[row.turn_id], noted) if redo else noted

    async def withdraw(self, event: Withdrawn, now: float) -> Effect:
        key = (event.platform, event.account, event.key)
        row = self.events.get(key)
        if row is None:
            if now - event.sent_at < LATE_S:
                self.tombstones.setdefault(key, now)
            return Effect(Change.UNKNOWN)
        noted = Effect(Change.NOTHING, row.event.address)
        if row.is_withdrawn:
            return self._off_the_screen(row, noted)
        row.is_withdrawn = True
        self._repin(row.event, "")
        row.event = replace(row.event, text="", attachments=(), opener=None)
        self.uploads = {id_: kept for id_, kept in self.uploads.items() if kept.occurrence != key}
        message = self._message_of(row)
        if message is None:
            row.state = "done"
            return noted
        self.forget_pictures(message)
        self.forget_documents(key)
        self.reword(message, ())
        return self._without(self.turn_rows[row.turn_id], noted)

    async def close(self, event: Closed) -> None:
        for row in self.events.values():
            address = row.event.address
            is_there = (address.platform, address.account) == (event.platform, event.account)
            if row.state == "new" and is_there and event.channel in {"", address.channel}:
                row.state = "done"

    def take_back(self, turn: TurnRow) -> None:
        """Forget what a turn has said."""
        for message in self.messages_of(turn):
            if message.source is None:
                self.reword(message, ())
        for row in self.posts_of(turn):
            row.post = replace(row.post, final=None, shown=None, file=None)

    def redact_tools(self, turn: TurnRow, *states: ToolState) -> None:
        """Forget what the calls of a turn were about, or of those that came so far."""
        for (turn_id, _), tool in self.tools.items():
            if turn_id == turn.id and tool.state in (states or ToolState):
                tool.arguments = tool.result = ""

    def _repin(self, event: Asked, text: str) -> None:
        """Let what was pinned by a message say what the message says now, or go with it."""
        before, after = pinned_text(event.text), pinned_text(text)
        pins = self.pinned.get(event.address.key, [])
        mine = [row for row in pins if row.author_id == event.author.id and row.pin.text == before]
        for row in mine:
            left = [other for other in pins if other is not row and other.pin.text != after]
            again = [] if after is None else [replace(row, pin=replace(row.pin, text=after))]
            self.pinned[event.address.key] = left + again

    def _message_of(self, row: EventRow) -> MessageRow | None:
        return next((message for message in self.rows if message.source is row), None)

    def _without(self, turn: TurnRow, noted: Effect) -> Effect:
        self.redact_tools(turn)
        if not all(row.is_withdrawn for row in self.questions_of(turn)):
            return self._redo(turn, noted)
        turn.wish = WITHDRAW
        self.take_back(turn)
        return replace(noted, change=Change.ANEW, turn=turn.id)

    def _off_the_screen(self, row: EventRow, noted: Effect) -> Effect:
        """Take back an answer whose words were forgotten, and that people still see."""
        turn = self.turn_rows.get(row.turn_id)
        if row.event.author.id or turn is None:
            return noted
        if not any(post.post.state is PostState.SENT for post in self.posts_of(turn)):
            return noted
        turn.wish = WITHDRAW
        return replace(noted, change=Change.ANEW, turn=turn.id)

    def _redo(self, turn: TurnRow, noted: Effect) -> Effect:
        if turn.state is not TurnState.RUNNING and not self._is_newest_and_whole(turn):
            return noted
        turn.wish = REDO
        return replace(noted, change=Change.ANEW, turn=turn.id)

    def _is_newest_and_whole(self, turn: TurnRow) -> bool:
        begins = self.messages_of(turn)[0].number
        is_behind_reset = begins > self.threads[turn.address.key].reset_after
        followed = any(
            row.address == turn.address
            and row.role is Role.USER
            and row.turn_id != turn.id
            and row.number > begins
            and row.parts
            for row in self.rows
        )
        is_newest = is_behind_reset and not followed and not self.waiting_in(turn.address)
        return is_newest and self._is_all_there(turn)

    def _is_all_there(self, turn: TurnRow) -> bool:
        """Whether people see the answer without a gap, or will soon, or were given none."""
        states = [row.post.state for row in self.posts_of(turn) if not row.post.is_file]
        if PostState.SENT not in states:
            return turn.state is TurnState.DELIVERING or turn.error == "stale"
        last_sent = len(states) - 1 - states[::-1].index(PostState.SENT)
        return not any(state in LOST for state in states[:last_sent])
