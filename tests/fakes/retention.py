"""The store in memory: letting go by age."""

from dataclasses import dataclass

from core.forgetting import Signs
from tests.fakes.audit import MemoryAudit
from tests.fakes.documents import prune_documents
from tests.fakes.tables import OPEN, ThreadRow

DAY_S = 86_400.0
KEPT_S = 7 * DAY_S
COUNTED_S = 3600.0
NEWEST = 50
COLONS_OF_A_THREAD = 3


@dataclass
class MemoryRetention(MemoryAudit):
    """Implements core.forgetting.RetentionStore, but for the erasing."""

    async def prune_threads(self, before: float, most: int) -> int:
        old = [row for row in self.threads.values() if self._is_old(row, before)]
        old.sort(key=lambda row: (row.updated_at, row.address.key))
        gone = {row.address.key for row in old[:most]}
        self._prune_rows(gone)
        for key in gone:
            del self.threads[key]
            self.fences.pop(key, None)
            self.summaries.pop(key, None)
        self._prune_pins_and_choices(gone, before)
        return len(gone)

    async def prune_notes(self, now: float) -> None:
        newest = max(self.boots, default=0)
        self.boots = {
            id_: row for id_, row in self.boots.items() if row.started_at >= now - KEPT_S or id_ == newest
        }
        self.tombstones = {key: at for key, at in self.tombstones.items() if at >= now - KEPT_S}
        self.counted = [row for row in self.counted if row.begun_at >= now - KEPT_S]
        self.told = {key: until for key, until in self.told.items() if until > now}
        for turn in self.turn_rows.values():
            asked = [row.event.author.id for row in self.questions_of(turn)]
            if now - KEPT_S <= turn.begun_at <= now - COUNTED_S and not any(asked):
                turn.author_id = ""
        prune_documents(self, now)

    async def prune_audit(self, before: float) -> int:
        kept = [entry for entry in self.audited if entry.at >= before]
        gone = len(self.audited) - len(kept)
        self.audited = kept
        return gone

    async def signs(self, now: float) -> Signs:
        noted = [
            at for row in self.boots.values() for at in (row.started_at, row.alive_at, row.ended_at or 0.0)
        ]
        noted += [row.updated_at for row in self.threads.values()]
        noted += [row.begun_at for row in self.turn_rows.values()]
        lags: dict[str, float] = {}
        for row in list(self.events.values())[-NEWEST:]:
            if now - DAY_S <= row.received_at <= now:
                platform, lag = row.event.address.platform, row.received_at - row.event.sent_at
                lags[platform] = min(lag, lags.get(platform, lag))
        lived = any(now - KEPT_S <= at <= now - DAY_S for at in noted)
        return Signs(lived, max(0.0, *lags.values(), 0.0))

    def _is_old(self, thread: ThreadRow, before: float) -> bool:
        key = thread.address.key
        events = self.events_of(thread.address)
        turns = [row for row in self.turn_rows.values() if row.address == thread.address]
        times = [thread.updated_at]
        times += [max(row.received_at, row.event.sent_at, row.revised_at) for row in events]
        times += [row.pin.at for row in self.pinned.get(key, [])]
        times += [chosen.at for (place, _), chosen in self.choices.items() if place == key]
        is_over = all(row.state == "done" for row in events) and not any(
            row.state in OPEN or row.wish for row in turns
        )
        return is_over and all(at < before for at in times)

    def _prune_rows(self, gone: set[str]) -> None:
        pictures = set().union(*(row.pictures for row in self.rows if row.address.key in gone))
        self.rows = [row for row in self.rows if row.address.key not in gone]
        for sha256 in pictures - set().union(*(row.pictures for row in self.rows)):
            self.pictures.pop(sha256, None)
        turns = {row.id for row in self.turn_rows.values() if row.address.key in gone}
        self.turn_rows = {id_: row for id_, row in self.turn_rows.items() if id_ not in turns}
        self.tools = {key: row for key, row in self.tools.items() if key[0] not in turns}
        self.outbox = {key: row for key, row in self.outbox.items() if key[0] not in turns}
        for charge in self.charges.values():
            charge.turn = None if charge.turn in turns else charge.turn
        self.events = {key: row for key, row in self.events.items() if row.event.address.key not in gone}
        self.uploads = {id_: row for id_, row in self.uploads.items() if row.occurrence in self.events}
        self.anchors = {place: key for place, key in self.anchors.items() if key not in gone}
        self.kept = {number: row for number, row in self.kept.items() if row.thread not in gone}

    def _prune_pins_and_choices(self, gone: set[str], before: float) -> None:
        for key in list(self.pinned):
            is_stray = key not in self.threads
            self.pinned[key] = [
                row for row in self.pinned[key] if key not in gone and not (is_stray and row.pin.at < before)
            ]
        self.choices = {
            (place, setting): chosen
            for (place, setting), chosen in self.choices.items()
            if place not in gone
            and not (
                place.count(":") == COLONS_OF_A_THREAD and place not in self.threads and chosen.at < before
            )
        }
