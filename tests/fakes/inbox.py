"""The store in memory: events on their way in."""

from dataclasses import dataclass

from core.address import Address
from core.events import Asked
from core.message import Upload
from core.storage import TurnState
from tests.fakes.tables import OPEN, EventRow, Occurrence, Tables, ThreadRow, UploadRow, occurrence


@dataclass
class MemoryInbox(Tables):
    """Implements core.storage.InboxStore, but for what changes later."""

    async def accept(self, event: Asked, uploads: tuple[Upload, ...], now: float) -> bool:
        address = event.address
        key = occurrence(address, event.key)
        if event.about:
            self._free(key)
        if key in self.events or key in self.tombstones:
            return False
        thread = self.threads.setdefault(address.key, ThreadRow(address, now))
        thread.updated_at = max(thread.updated_at, now)
        self.events[key] = EventRow(event, now)
        for upload in uploads:
            self.uploads.setdefault(upload.attachment_id, UploadRow(key, upload.content))
        self.tie(address, event.message_id)
        return True

    def _free(self, key: Occurrence) -> None:
        """Let what came of nothing be asked again."""
        turn = self.turn_rows.get(self.events[key].turn_id) if key in self.events else None
        ended = {TurnState.FAILED, TurnState.STOPPED, TurnState.REFUSED}
        if turn is not None and turn.state in ended and turn.error != "NoPictures":
            self.events[key[0], key[1], f"{key[2]}#{len(self.events)}"] = self.events.pop(key)

    async def known_since(self, address: Address) -> float | None:
        return min((row.event.sent_at for row in self.events_of(address)), default=None)

    async def recent(self, platform: str, since: float) -> tuple[Address, ...]:
        found = [
            row
            for row in self.threads.values()
            if row.address.platform == platform and row.updated_at >= since
        ]
        return tuple(row.address for row in sorted(found, key=lambda row: -row.updated_at))

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        key = self.anchors.get((platform, account, channel, message_id))
        return None if key is None else Address.from_key(key)

    async def anchor(self, address: Address, message_id: str) -> None:
        self.tie(address, message_id)

    async def waiting(self) -> tuple[Address, ...]:
        found: dict[str, tuple[int, float]] = {}
        events = [
            (row.event.address.key, 0, row.received_at) for row in self.events.values() if row.state != "done"
        ]
        turns = [
            (row.address.key, row.strikes, row.begun_at)
            for row in self.turn_rows.values()
            if row.state in OPEN or row.wish
        ]
        for key, strikes, at in (*events, *turns):
            most, since = found.get(key, (0, at))
            found[key] = (max(most, strikes), min(since, at))
        return tuple(Address.from_key(key) for key in sorted(found, key=lambda key: found[key]))
