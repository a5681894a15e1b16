"""The outbox: the messages of an answer."""

import aiosqlite

from core.address import Address
from core.memory.database import Database, Row, Value, every, one, require_fence, run
from core.memory.inbox import insert_anchor
from core.memory.rows import post_key
from core.outgoing import OutFile
from core.storage import DeadLetter, Post, PostState, Turn


class PostTable:
    """Implements ``core.storage.PostStore``."""

    _database: Database

    async def posts(self, turn: Turn) -> tuple[Post, ...]:
        """Return the answer's messages by ``seq``."""
        rows = await self._database.rows("posts", {"turn_id": turn.id})
        return tuple(_post(row) for row in rows)

    async def intend(self, turn: Turn, seq: int) -> Post:
        """Commit that a message will be posted, with its key, before the request goes out."""

        async def unit(connection: aiosqlite.Connection) -> Post:
            await require_fence(connection, turn.address.key, turn.fence)
            key = await key_of(connection, turn, seq)
            await run(connection, "intend_post", {"turn_id": turn.id, "seq": seq, "key": key})
            rows = await every(connection, "posts", {"turn_id": turn.id})
            return next(post for post in map(_post, rows) if post.seq == seq)

        return await self._database.write(unit)

    async def posted(
        self, turn: Turn, seq: int, platform_id: str, shown: str, *, keeps_file: bool = False
    ) -> None:
        """Note that a message is there, and that it belongs to the thread."""
        values: dict[str, Value] = {"turn_id": turn.id, "seq": seq, "platform_id": platform_id}
        values |= {"shown": shown, "keeps_file": int(keeps_file)}

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "post_sent", values)
            await insert_anchor(connection, turn.address, platform_id)

        await self._database.write(unit)

    async def shown(self, turn: Turn, seq: int, text: str) -> None:
        """Note what a message shows now."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "post_shown", {"turn_id": turn.id, "seq": seq, "shown": text})

        await self._database.write(unit)

    async def lost(self, turn: Turn, seq: int, state: PostState, code: str, now: float) -> None:
        """Note that a message was rejected or is gone."""
        values: dict[str, Value] = {"turn_id": turn.id, "seq": seq, "state": state, "error": code, "now": now}

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "post_lost", values)

        await self._database.write(unit)

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """List what never reached people, the newest first."""
        rows = await self._database.rows("dead_letters", {"limit": limit})
        return tuple(
            DeadLetter(str(turn_id), Address.from_key(str(key)), str(text), str(reason), float(str(at)))
            for turn_id, key, text, reason, at in rows
        )


async def key_of(connection: aiosqlite.Connection, turn: Turn, seq: int) -> str:
    """Make the key of a message of this edition of an answer, within a unit of work."""
    row = await one(connection, "edition_of", {"turn_id": turn.id})
    return post_key(turn.id, seq, int(str(row[0])) if row else 0)


def _post(row: Row) -> Post:
    seq, key, state, platform_id, shown, final, name, mime, alt, content = row
    return Post(
        seq=int(str(seq)),
        key=str(key),
        state=PostState(str(state)),
        platform_id=None if platform_id is None else str(platform_id),
        shown=None if shown is None else str(shown),
        final=None if final is None else str(final),
        file=OutFile(str(name), str(mime), content, str(alt)) if isinstance(content, bytes) else None,
    )
