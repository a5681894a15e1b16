"""Letting go by age."""

import json
from collections.abc import Mapping

import aiosqlite

from core.documents import UNUSED_S
from core.forgetting import Signs
from core.memory.boots import KEPT_S
from core.memory.database import Database, Value, every, run
from core.memory.document_writing import hide, let_go_of
from core.memory.forgetting import COUNTED_S

# Children before their parents.
OF_THREADS = (
    "prune_documents",
    "prune_uploads",
    "prune_tool_calls",
    "prune_posts",
    "prune_messages",
    "prune_events",
    "prune_turns",
    "prune_summaries",
    "prune_pins",
    "prune_choices",
    "prune_anchors",
    "prune_leases",
    "prune_threads",
)

DAY_S = 86_400.0
NEWEST = 50


class RetentionTable:
    """Implements ``core.forgetting.RetentionStore``, but for the erasing."""

    _database: Database

    async def prune_threads(self, before: float, most: int) -> int:
        """Let go of at most ``most`` threads with nothing newer than a time; how many went."""
        await self._prune_documents_of(before, most)

        async def unit(connection: aiosqlite.Connection) -> int:
            found = await every(connection, "threads_to_prune", {"before": before, "most": most})
            keys: dict[str, Value] = {"keys": json.dumps([key for (key,) in found])}
            if found:
                pictures = [row[0] for row in await every(connection, "pictures_of_threads", keys)]
                for statement in OF_THREADS:
                    await run(connection, statement, keys)
                if pictures:
                    await run(connection, "forget_images", {"hashes": json.dumps(pictures)})
                await run(connection, "mark_erasure", {})
            for statement in ("prune_stray_pins", "prune_stray_choices"):
                await run(connection, statement, {"before": before})
            return len(found)

        return await self._database.write(unit)

    async def prune_notes(self, now: float) -> None:
        """Let go of what mattered for a while: starts, deletions, redone answers, unused documents ..."""

        async def unit(connection: aiosqlite.Connection) -> None:
            for statement in ("prune_old_boots", "prune_tombstones", "prune_editions"):
                await run(connection, statement, {"before": now - KEPT_S})
            await run(connection, "forget_told", {"now": now})
            await run(
                connection, "forget_whose_turns_were", {"since": now - KEPT_S, "before": now - COUNTED_S}
            )

        await self._database.write(unit)
        await self._prune_documents(now - UNUSED_S)

    async def _prune_documents(self, before: float) -> None:
        await self._let_go("documents_unused", {"before": before})

    async def _prune_documents_of(self, before: float, most: int) -> None:
        """Let go of what takes long before the rest goes at once."""
        found = await self._database.rows("threads_to_prune", {"before": before, "most": most})
        if found:
            await self._let_go("documents_of_threads", {"keys": json.dumps([key for (key,) in found])})

    async def _let_go(self, statement: str, values: Mapping[str, Value]) -> None:
        async def unit(connection: aiosqlite.Connection) -> list[int]:
            documents = [int(str(row[0])) for row in await every(connection, statement, values)]
            await hide(connection, documents)
            return documents

        await let_go_of(self._database, await self._database.write(unit))

    async def prune_audit(self, before: float) -> int:
        """Let go of the audit's entries from before a time; how many went."""

        async def unit(connection: aiosqlite.Connection) -> int:
            return len(await every(connection, "prune_audit", {"before": before}))

        return await self._database.write(unit)

    async def signs(self, now: float) -> Signs:
        """Say what speaks for and against a time, unix seconds."""
        window = {"since": now - KEPT_S, "until": now - DAY_S}
        life = await self._database.row("signs_of_life", window)
        newest = {"since": now - DAY_S, "now": now, "newest": NEWEST}
        lag = await self._database.row("lag_of_messages", newest)
        return Signs(
            bool(life and life[0]), max(0.0, float(str(lag[0]))) if lag and lag[0] is not None else 0.0
        )
