"""The store in memory: what the model is to know of a thread."""

from dataclasses import dataclass

from core import acts
from core.address import Address
from core.commands import COMMAND_SIGN
from core.conversation.checking import MODERATED
from core.conversation.permits import NOT_ALLOWED
from core.message import Author
from core.storage import TurnState
from core.thread_memory import PINS_MOST, MemoryRow, Pin, Summary, ThreadMemory
from core.transcript import ImagePart, Message, Role, TextPart
from tests.fakes.tables import OPEN, MessageRow, PinRow, Tables


@dataclass
class MemoryRecall(Tables):
    """Implements core.thread_memory.RecallStore, and the transcript of core.storage.TurnStore."""

    async def transcript(self, address: Address, limit: int) -> tuple[Message, ...]:
        found = self._read(address, self._forgotten(address))
        return tuple(row.message for row in found[-limit:]) if limit > 0 else ()

    async def memory(self, address: Address, limit: int) -> ThreadMemory:
        found = self._read(address, self._past(address))
        return self._memory(address, found[-limit:] if limit > 0 else [])

    async def oldest(self, address: Address, limit: int) -> ThreadMemory:
        return self._memory(address, self._read_of_what_is_over(address)[:limit])

    async def pictures_about(self, address: Address, message_id: str) -> tuple[ImagePart, ...]:
        shown_as = {
            row.post.platform_id: turn_id
            for (turn_id, _), row in self.outbox.items()
            if self.turn_rows[turn_id].address == address and row.post.platform_id is not None
        }
        meant: set[str] = set()
        found = [shown_as[message_id]] if message_id in shown_as else []
        while found:
            meant.add(turn_id := found.pop())
            about = (row.source.event.about for row in self.rows if row.turn_id == turn_id and row.source)
            found.extend(shown_as[one] for one in about if one in shown_as and shown_as[one] not in meant)
        rows = [row for row in self.rows if row.turn_id in meant and self._is_shown(row)]
        return tuple(part for row in rows for part in row.parts if isinstance(part, ImagePart))

    async def put_summary(self, address: Address, summary: Summary, made_from: ThreadMemory) -> bool:
        covered = [row for row in made_from.rows if row.position <= summary.upto]
        still = [row for row in self._read_of_what_is_over(address) if row.position <= summary.upto]
        if not covered or covered[-1].position != summary.upto or covered != still:
            return False
        if self.summaries.get(address.key) != made_from.summary:
            return False
        self.summaries[address.key] = summary
        return True

    async def pin(self, address: Address, text: str, by: Author, now: float) -> Pin | None:
        pins = self.pinned.setdefault(address.key, [])
        known = next((row.pin for row in pins if row.pin.text == text), None)
        if known is not None or len(pins) >= PINS_MOST:
            return known
        pin = Pin(max((row.pin.number for row in pins), default=0) + 1, text, by.name, now)
        pins.append(PinRow(pin, by.id))
        self.note(acts.pinned(by, address, pin.number, now))
        return pin

    async def unpin(self, address: Address, number: int, by: Author, now: float) -> Pin | None:
        pins = self.pinned.get(address.key, [])
        row = next((row for row in pins if row.pin.number == number), None)
        if row is None:
            return None
        pins.remove(row)
        self.note(acts.unpinned(by, address, number, now))
        return row.pin

    async def pins(self, address: Address) -> tuple[Pin, ...]:
        pins = [row.pin for row in self.pinned.get(address.key, [])]
        return tuple(sorted(pins, key=lambda pin: pin.number))

    def _memory(self, address: Address, rows: list[MemoryRow]) -> ThreadMemory:
        pins = sorted((row.pin for row in self.pinned.get(address.key, [])), key=lambda pin: pin.number)
        return ThreadMemory(tuple(pins), self.summaries.get(address.key), tuple(rows))

    def _forgotten(self, address: Address) -> int:
        return self.threads[address.key].reset_after if address.key in self.threads else 0

    def _past(self, address: Address) -> int:
        summary = self.summaries.get(address.key)
        return max(self._forgotten(address), summary.upto if summary else 0)

    def _read_of_what_is_over(self, address: Address) -> list[MemoryRow]:
        over = [row.number for row in self.rows if self.turn_rows[row.turn_id].state not in OPEN]
        return [row for row in self._read(address, self._past(address)) if row.position in over]

    def _read(self, address: Address, past: int) -> list[MemoryRow]:
        return [
            MemoryRow(row.number, row.version, Message(row.role, row.parts, row.author))
            for row in self.rows
            if row.address == address and self._is_read(row, past)
        ]

    def _is_shown(self, row: MessageRow) -> bool:
        """Whether it was not left behind, and let pass."""
        turn = self.turn_rows[row.turn_id]
        is_refused = turn.error in {MODERATED, NOT_ALLOWED} and not turn.model
        is_refused = is_refused and turn.state is not TurnState.RUNNING
        return row.number > self._forgotten(row.address) and not is_refused

    def _is_read(self, row: MessageRow, past: int) -> bool:
        """Whether the model reads it: no notice, nothing taken back or refused, no command of its own."""
        turn = self.turn_rows[row.turn_id]
        is_running = turn.state is TurnState.RUNNING
        if row.role is Role.NOTICE or not row.parts:
            return False
        if row.number <= past and not is_running:
            return False
        first = row.parts[0]
        is_command = isinstance(first, TextPart) and first.text.startswith(COMMAND_SIGN)
        is_unread = is_command or turn.error in {MODERATED, NOT_ALLOWED}
        return not (row.role is Role.USER and is_unread and not turn.model and not is_running)
