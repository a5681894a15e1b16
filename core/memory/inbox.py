"""Events on their way in, and which message belongs to which thread."""

import aiosqlite

from core.address import Address
from core.events import Asked
from core.memory.database import Database, one, run
from core.memory.rows import event_json
from core.message import Upload


class InboxTable:
    """Implements ``core.storage.InboxStore``."""

    _database: Database

    async def accept(self, event: Asked, uploads: tuple[Upload, ...], now: float) -> bool:
        """Keep an event. False when its key was there already, or its message is deleted."""
        address = event.address
        whose = {"platform": address.platform, "account": address.account}
        occurrence = {**whose, "event_key": event.key}
        if not event.about and await self._database.row("event_seen", occurrence):
            return False

        async def unit(connection: aiosqlite.Connection) -> bool:
            if event.about:
                await run(connection, "free_key", occurrence)
            if await one(connection, "event_seen", occurrence):
                return False
            await run(connection, "insert_thread", {**whose, "key": address.key, "now": now})
            row = await one(
                connection,
                "insert_event",
                {
                    **occurrence,
                    "thread_key": address.key,
                    "author_id": event.author.id,
                    "sent_at": event.sent_at,
                    "now": now,
                    "payload": event_json(event),
                },
            )
            assert row is not None
            for upload in uploads:
                await run(
                    connection,
                    "insert_upload",
                    {"id": upload.attachment_id, "inbox_id": row[0], "content": upload.content},
                )
            await insert_anchor(connection, address, event.message_id)
            return True

        return await self._database.write(unit)

    async def known_since(self, address: Address) -> float | None:
        """When the first question in this thread was sent, in unix seconds."""
        row = await self._database.row("known_since", {"key": address.key})
        return None if row is None or row[0] is None else float(str(row[0]))

    async def recent(self, platform: str, since: float) -> tuple[Address, ...]:
        """List the threads with something said since a time, the newest first."""
        rows = await self._database.rows("recent_threads", {"platform": platform, "since": since})
        return tuple(Address.from_key(str(row[0])) for row in rows)

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        """Find the thread of a message."""
        row = await self._database.row(
            "select_anchor",
            {"platform": platform, "account": account, "channel": channel, "message_id": message_id},
        )
        return Address.from_key(str(row[0])) if row else None

    async def anchor(self, address: Address, message_id: str) -> None:
        """Tie a message to a thread."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await insert_anchor(connection, address, message_id)

        await self._database.write(unit)

    async def waiting(self) -> tuple[Address, ...]:
        """List the threads with unanswered events or unfinished turns: fewest strikes, then oldest first."""
        return tuple(
            Address.from_key(str(row[0])) for row in await self._database.rows("waiting_threads", {})
        )


async def insert_anchor(connection: aiosqlite.Connection, address: Address, message_id: str) -> None:
    """Tie a message to a thread within a unit of work."""
    await run(
        connection,
        "insert_anchor",
        {
            "platform": address.platform,
            "account": address.account,
            "channel": address.channel,
            "message_id": message_id,
            "thread_key": address.key,
        },
    )
