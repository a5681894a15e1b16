"""Turns under their lease, and the rows that the model reads."""

import json
from typing import Final

import aiosqlite

from core import acts
from core.address import Address
from core.documents import TOOLS
from core.events import Asked
from core.memory.audit import note
from core.memory.claims import claim, join, resume
from core.memory.database import Database, every, one, require_fence, require_no_wish, run
from core.memory.files_out import commit_files
from core.memory.posts import key_of
from core.memory.questions import stored_question, worded
from core.memory.recall import recalled
from core.memory.rows import event_from, parts_from, parts_json
from core.message import Author
from core.storage import Answer, Turn, TurnState
from core.transcript import Image, Message, Part, TextPart

READING_TOOLS: Final = json.dumps(TOOLS)


class TurnTable:
    """Implements ``core.storage.TurnStore``."""

    _database: Database

    async def begin(self, address: Address, now: float, *, strike: bool = False) -> Turn | None:
        """Take the lane: the unfinished turn, or the waiting rows of the next author."""

        async def unit(connection: aiosqlite.Connection) -> Turn | None:
            row = await one(connection, "take_lease", {"thread_key": address.key})
            if row is None:
                return None
            fence = int(str(row[0]))
            turn = await resume(connection, address, fence, now, strike=strike)
            turn = turn or await claim(connection, address, fence, now)
            if turn is None:
                await run(connection, "free_lease", {"thread_key": address.key})
            return turn

        return await self._database.write(unit)

    async def pardon(self, turn: Turn) -> None:
        """Take the last strike back: it was not this turn that ended the process."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "pardon_turn", {"id": turn.id})

        await self._database.write(unit)

    async def join(self, turn: Turn, now: float) -> tuple[Asked, ...]:
        """Let the same author's waiting messages, up to somebody else's or a command, join the turn."""
        if not await self._database.rows("waiting_events", {"thread_key": turn.address.key}):
            return ()

        async def unit(connection: aiosqlite.Connection) -> tuple[Asked, ...]:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "touch_thread", {"key": turn.address.key, "now": now})
            return await join(connection, turn)

        return await self._database.write(unit)

    async def keep_parts(
        self, turn: Turn, question: Asked, parts: tuple[Part, ...], images: tuple[tuple[str, Image], ...]
    ) -> None:
        """Store what a question's files came to, unless it has others meanwhile."""
        place = question.address

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            stored = await stored_question(connection, place.platform, place.account, question.key)
            if stored is None or stored.is_withdrawn or not stored.has_files_of(question):
                return
            for sha256, image in images:
                await run(
                    connection,
                    "insert_image",
                    {"sha256": sha256, "mime": image.mime, "content": image.content},
                )
            await run(
                connection,
                "set_parts",
                {"inbox_id": stored.id, "parts": parts_json(worded(parts, stored.asked.text))},
            )

        await self._database.write(unit)

    async def question_parts(self, turn: Turn) -> tuple[Part, ...]:
        """Return what a turn's questions are made of, oldest first."""
        rows = await self._database.rows("question_parts", {"turn_id": turn.id})
        return tuple(part for (text,) in rows for part in parts_from(str(text)))

    async def transcript(self, address: Address, limit: int) -> tuple[Message, ...]:
        """Return the newest rows since the last reset, oldest first, notices left out."""
        memory = await recalled(self._database, address, limit, whole=True)
        return tuple(row.message for row in memory.rows)

    async def images(self, hashes: tuple[str, ...]) -> tuple[tuple[str, Image], ...]:
        """Return the bytes of stored pictures."""
        found = []
        for sha256 in hashes:
            row = await self._database.row("select_image", {"sha256": sha256})
            if row is not None and isinstance(row[1], bytes):
                found.append((sha256, Image(mime=str(row[0]), content=row[1])))
        return tuple(found)

    async def joined_midway(self, address: Address) -> Asked | None:
        """Return the thread's first question if people had written there before it."""
        if (row := await self._database.row("is_reset", {"thread_key": address.key})) and row[0]:
            return None
        row = await self._database.row("first_event", {"thread_key": address.key})
        first = event_from(str(row[0])) if row else None
        return first if first and first.joined_midway else None

    async def commit_answer(self, turn: Turn, answer: Answer, texts: tuple[str, ...], now: float) -> bool:
        """Set the final texts of the answer's messages and begin to deliver it, in the place of another."""

        async def unit(connection: aiosqlite.Connection) -> bool:
            await require_fence(connection, turn.address.key, turn.fence)
            await require_no_wish(connection, turn)
            if turn.state is TurnState.DELIVERING:
                await run(connection, "redact_answer", {"turn_id": turn.id})
                await run(connection, "forget_finals", {"turn_id": turn.id})
            for seq, text in enumerate(texts):
                key = await key_of(connection, turn, seq)
                await run(
                    connection, "set_final", {"turn_id": turn.id, "seq": seq, "key": key, "final": text}
                )
            files_follow = await commit_files(connection, turn, answer)
            await note(connection, answer.act)
            await _insert_answer(connection, turn, answer, now)
            await run(connection, "reset_covers_answer", {"thread_key": turn.address.key, "turn_id": turn.id})
            await run(
                connection,
                "deliver_turn",
                {"id": turn.id, "ending": answer.ending, "model": answer.model, "error": answer.error},
            )
            return files_follow

        return await self._database.write(unit)

    async def end(self, turn: Turn, now: float, *, error: str = "") -> None:
        """Close a delivered turn and its events."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await require_no_wish(connection, turn)
            await run(connection, "end_turn", {"id": turn.id, "now": now, "error": error})
            await run(connection, "end_events", {"turn_id": turn.id})
            await run(connection, "forget_what_was_read", {"turn_id": turn.id, "tools": READING_TOOLS})
            await run(connection, "touch_thread", {"key": turn.address.key, "now": now})

        await self._database.write(unit)

    async def reset(self, address: Address, by: Author, now: float) -> None:
        """Begin afresh: the model no longer sees what stands before, nor its summary and pins."""
        whose = {"thread_key": address.key}

        async def unit(connection: aiosqlite.Connection) -> None:
            moved = await every(connection, "reset_thread", whose)
            await run(connection, "forget_summary", whose)
            pins = await every(connection, "forget_pins", whose)
            if moved or pins:
                await note(connection, acts.began_afresh(by, address, len(pins), now))

        await self._database.write(unit)


async def _insert_answer(connection: aiosqlite.Connection, turn: Turn, answer: Answer, now: float) -> None:
    await run(
        connection,
        "insert_message",
        {
            "thread_key": turn.address.key,
            "turn_id": turn.id,
            "inbox_id": None,
            "role": answer.role,
            "author": "",
            "author_id": "",
            "platform_id": turn.id,
            "parts": parts_json((TextPart(answer.text),)),
            "sent_at": now,
        },
    )
