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
        """Keep an event. False when its key was there already."""
        address = event.address
        whose = {"platform": address.platform, "account": address.account}
        if await self._database.row("event_seen", {**whose, "event_key": event.key}):
            return False

        async def unit(connection: aiosqlite.Connection) -> bool:
            await run(connection, "insert_thread", {**whose, "key": address.key, "now": now})
            row = await one(
                connection,
                "insert_event",
                {
                    **whose,
                    "event_key": event.key,
                    "thread_key": address.key,
                    "author_id": event.author.id,
                    "sent_at": event.sent_at,
                    "now": now,
                    "payload": event_json(event),
                },
            )
            if row is None:
                return False
            for upload in uploads:
                await run(
                    connection,
                    "insert_upload",
                    {"id": upload.attachment_id, "inbox_id": row[0], "content": upload.content},
                )
            await insert_anchor(connection, address, event.message_id)
            return True

        return await self._database.write(unit)

    async def thread_known(self, address: Address) -> bool:
        """Tell whether the assistant was asked in this thread before."""
        return await self._database.row("thread_exists", {"key": address.key}) is not None

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
        """List the threads with unanswered events or unfinished turns, the oldest first."""
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
