"""What the model is to know of a thread: pinned facts, a summary, and the rows since."""

import aiosqlite

from core import acts
from core.address import Address
from core.commands import COMMAND_SIGN
from core.memory.audit import note
from core.memory.database import Database, Row, Value, every, one, run
from core.memory.rows import parts_from
from core.message import Author
from core.thread_memory import PINS_MOST, MemoryRow, Pin, Summary, ThreadMemory
from core.transcript import ImagePart, Message, Role

PIN, SUMMARY, ROW = "pin", "summary", "row"


class RecallTable:
    """Implements ``core.thread_memory.RecallStore``."""

    _database: Database

    async def memory(self, address: Address, limit: int) -> ThreadMemory:
        """Read a thread with the newest ``limit`` rows behind its summary."""
        return await recalled(self._database, address, limit)

    async def oldest(self, address: Address, limit: int) -> ThreadMemory:
        """Read a thread with the oldest ``limit`` rows behind its summary."""
        values = {**_readable(address), "limit": limit}
        return _memory(await self._database.rows("oldest", values))

    async def pictures_about(self, address: Address, message_id: str) -> tuple[ImagePart, ...]:
        """Find the pictures that one of a thread's answers is about, in the order in which they were sent."""
        values: dict[str, Value] = {"thread_key": address.key, "message_id": message_id}
        rows = await self._database.rows("pictures_about", values)
        parts = (part for (text,) in rows for part in parts_from(str(text)))
        return tuple(part for part in parts if isinstance(part, ImagePart))

    async def put_summary(self, address: Address, summary: Summary, made_from: ThreadMemory) -> bool:
        """Let a summary stand for ``made_from``'s own and its rows up to ``summary.upto``."""
        covered = [row for row in made_from.rows if row.position <= summary.upto]
        values: dict[str, Value] = {
            "thread_key": address.key,
            "upto": summary.upto,
            "text": summary.text,
            "tokens": summary.tokens,
            "model": summary.model,
            "made_at": summary.made_at,
        }

        async def unit(connection: aiosqlite.Connection) -> bool:
            # What stands there now up to that row, in the words that were read, and nothing else.
            found = _memory(
                await every(connection, "oldest", {**_readable(address), "limit": len(covered) + 1})
            )
            still = [row for row in found.rows if row.position <= summary.upto]
            is_there = still == covered and found.summary == made_from.summary
            if not is_there or not covered or covered[-1].position != summary.upto:
                return False
            await run(connection, "put_summary", values)
            return True

        return await self._database.write(unit)

    async def pin(self, address: Address, text: str, by: Author, now: float) -> Pin | None:
        """Pin a fact; the same text is pinned once."""
        whose = {"thread_key": address.key}
        values: dict[str, Value] = {**whose, "text": text, "author_id": by.id, "author": by.name, "now": now}

        async def unit(connection: aiosqlite.Connection) -> Pin | None:
            pins = _pins(await every(connection, "pins", whose))
            if (known := next((pin for pin in pins if pin.text == text), None)) is not None:
                return known
            if len(pins) >= PINS_MOST:
                return None
            row = await one(connection, "insert_pin", values)
            assert row is not None
            pin = _pin(row)
            await note(connection, acts.pinned(by, address, pin.number, now))
            return pin

        return await self._database.write(unit)

    async def unpin(self, address: Address, number: int, by: Author, now: float) -> Pin | None:
        """Take a pinned fact away, and return it."""

        async def unit(connection: aiosqlite.Connection) -> Pin | None:
            row = await one(connection, "delete_pin", {"thread_key": address.key, "number": number})
            if row is None:
                return None
            await note(connection, acts.unpinned(by, address, number, now))
            return _pin(row)

        return await self._database.write(unit)

    async def pins(self, address: Address) -> tuple[Pin, ...]:
        """List a thread's pinned facts, the oldest first."""
        return _pins(await self._database.rows("pins", {"thread_key": address.key}))


async def recalled(database: Database, address: Address, limit: int, *, whole: bool = False) -> ThreadMemory:
    """Read a thread with its newest rows; ``whole`` also those that its summary covers."""
    values = {**_readable(address), "limit": limit, "whole": int(whole)}
    return _memory(await database.rows("newest", values))


def _readable(address: Address) -> dict[str, Value]:
    return {"thread_key": address.key, "command_sign": COMMAND_SIGN}


def _memory(found: list[Row]) -> ThreadMemory:
    of = {kind: [row[1:] for row in found if row[0] == kind] for kind in (PIN, SUMMARY, ROW)}
    summaries = [_summary(row) for row in of[SUMMARY]]
    rows = sorted((_row(row) for row in of[ROW]), key=lambda row: row.position)
    return ThreadMemory(_pins(of[PIN]), summaries[0] if summaries else None, tuple(rows))


def _pins(rows: list[Row]) -> tuple[Pin, ...]:
    return tuple(sorted(map(_pin, rows), key=lambda pin: pin.number))


def _pin(row: Row) -> Pin:
    number, text, by, at, *_ = row
    return Pin(int(str(number)), str(text), str(by), float(str(at)))


def _summary(row: Row) -> Summary:
    upto, text, model, made_at, tokens = row
    return Summary(int(str(upto)), str(text), int(str(tokens)), str(model), float(str(made_at)))


def _row(row: Row) -> MemoryRow:
    position, parts, author, version, role = row
    message = Message(role=Role(str(role)), parts=parts_from(str(parts)), author=str(author))
    return MemoryRow(int(str(position)), int(str(version)), message)
