"""Turns under their lease, and the rows that the model reads."""

import uuid

import aiosqlite

from core.address import Address
from core.commands import COMMAND_SIGN
from core.events import Asked
from core.memory.database import Database, Row, every, one, require_fence, run
from core.memory.rows import event_from, parts_from, parts_json, post_key
from core.storage import Answer, Turn, TurnState
from core.transcript import Image, Message, Part, Role, TextPart


class TurnTable:
    """Implements ``core.storage.TurnStore``."""

    _database: Database

    async def begin(self, address: Address, now: float) -> Turn | None:
        """Take the lane: the unfinished turn, or the waiting rows of the next author."""

        async def unit(connection: aiosqlite.Connection) -> Turn | None:
            row = await one(connection, "take_lease", {"thread_key": address.key})
            if row is None:
                return None
            fence = int(str(row[0]))
            turn = await _resume(connection, address, fence) or await _claim(connection, address, fence, now)
            if turn is None:
                await run(connection, "free_lease", {"thread_key": address.key})
            return turn

        return await self._database.write(unit)

    async def keep_parts(
        self, turn: Turn, question: Asked, parts: tuple[Part, ...], images: tuple[tuple[str, Image], ...]
    ) -> None:
        """Store what a question's files came to."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            for sha256, image in images:
                await run(
                    connection,
                    "insert_image",
                    {"sha256": sha256, "mime": image.mime, "content": image.content},
                )
            await run(
                connection,
                "set_parts",
                {
                    "parts": parts_json(parts),
                    "platform": question.address.platform,
                    "account": question.address.account,
                    "event_key": question.key,
                },
            )

        await self._database.write(unit)

    async def transcript(self, address: Address, limit: int) -> tuple[Message, ...]:
        """Return the newest rows since the last reset, oldest first, notices left out."""
        rows = await self._database.rows(
            "transcript", {"thread_key": address.key, "limit": limit, "command_sign": COMMAND_SIGN}
        )
        return tuple(
            Message(role=Role(str(role)), parts=parts_from(str(parts)), author=str(author))
            for role, author, parts in rows
        )

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

    async def commit_answer(self, turn: Turn, answer: Answer, texts: tuple[str, ...], now: float) -> None:
        """Set the final texts of the answer's messages and begin to deliver it."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            for seq, text in enumerate(texts):
                await run(
                    connection,
                    "set_final",
                    {"turn_id": turn.id, "seq": seq, "key": post_key(turn.id, seq), "final": text},
                )
            await _insert_answer(connection, turn, answer, now)
            await run(connection, "reset_covers_answer", {"thread_key": turn.address.key, "turn_id": turn.id})
            if answer.usage is not None:
                await run(
                    connection,
                    "insert_spend",
                    {
                        "turn_id": turn.id,
                        "model": answer.model,
                        "hosted": int(answer.hosted),
                        "prompt_tokens": answer.usage.prompt_tokens,
                        "completion_tokens": answer.usage.completion_tokens,
                        "now": now,
                    },
                )
            await run(
                connection,
                "deliver_turn",
                {"id": turn.id, "ending": answer.ending, "model": answer.model, "error": answer.error},
            )

        await self._database.write(unit)

    async def end(self, turn: Turn, now: float) -> None:
        """Close a delivered turn and its events."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "end_turn", {"id": turn.id, "now": now})
            await run(connection, "end_events", {"turn_id": turn.id})
            await run(connection, "touch_thread", {"key": turn.address.key, "now": now})

        await self._database.write(unit)

    async def tool_started(self, turn: Turn, call_id: str, name: str, arguments: str, now: float) -> None:
        """Write down a tool call before it runs."""
        await self._fenced(
            turn,
            "start_tool",
            {"turn_id": turn.id, "call_id": call_id, "name": name, "arguments": arguments, "now": now},
        )

    async def tool_ended(self, turn: Turn, call_id: str, result: str, *, failed: bool) -> None:
        """Write down what a tool call came to."""
        state = "failed" if failed else "ok"
        await self._fenced(
            turn, "end_tool", {"turn_id": turn.id, "call_id": call_id, "state": state, "result": result}
        )

    async def reset(self, address: Address) -> None:
        """Begin afresh: the model no longer sees what stands before."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await run(connection, "reset_thread", {"thread_key": address.key})

        await self._database.write(unit)

    async def _fenced(self, turn: Turn, name: str, values: dict[str, str | float | int]) -> None:
        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, name, values)

        await self._database.write(unit)


async def _resume(connection: aiosqlite.Connection, address: Address, fence: int) -> Turn | None:
    row = await one(connection, "open_turn", {"thread_key": address.key})
    if row is None:
        return None
    turn_id, state, ending, attempts = str(row[0]), TurnState(str(row[1])), str(row[2]), int(str(row[3]))
    await run(connection, "count_attempt", {"id": turn_id})
    await run(connection, "tools_uncertain", {"id": turn_id})
    await run(connection, "forget_shown", {"id": turn_id})
    events = await every(connection, "events_of_turn", {"turn_id": turn_id})
    return Turn(
        id=turn_id,
        address=address,
        fence=fence,
        attempt=attempts + 1,
        state=state,
        questions=_questions(events),
        ending=TurnState(ending),
    )


async def _claim(connection: aiosqlite.Connection, address: Address, fence: int, now: float) -> Turn | None:
    waiting = await every(connection, "waiting_events", {"thread_key": address.key})
    if not waiting:
        return None
    author_id = waiting[0][1]
    taken = _leading(waiting)
    turn = Turn(
        id=uuid.uuid4().hex,
        address=address,
        fence=fence,
        attempt=1,
        state=TurnState.RUNNING,
        questions=_questions(taken),
    )
    await run(
        connection,
        "insert_turn",
        {
            "id": turn.id,
            "thread_key": address.key,
            "platform": address.platform,
            "account": address.account,
            "author_id": str(author_id),
            "now": now,
        },
    )
    for row, question in zip(taken, turn.questions, strict=True):
        await run(connection, "claim_event", {"id": row[0], "turn_id": turn.id})
        await _insert_question(connection, turn, row, question)
    return turn


def _leading(waiting: list[Row]) -> list[Row]:
    """Take the first author's rows up to someone else's; a command, or what has an opener, stands alone."""
    taken: list[Row] = []
    for row in waiting:
        event = event_from(str(row[2]))
        alone = event.text.startswith(COMMAND_SIGN) or event.opener is not None
        if taken and (row[1] != taken[0][1] or alone):
            break
        taken.append(row)
        if alone:
            break
    return taken


def _questions(rows: list[Row]) -> tuple[Asked, ...]:
    return tuple(event_from(str(row[2])) for row in rows)


async def _insert_question(connection: aiosqlite.Connection, turn: Turn, row: Row, question: Asked) -> None:
    await run(
        connection,
        "insert_message",
        {
            "thread_key": turn.address.key,
            "turn_id": turn.id,
            "inbox_id": row[0],
            "role": Role.USER,
            "author": question.author.name,
            "author_id": question.author.id,
            "platform_id": question.message_id,
            "parts": parts_json((TextPart(question.text),)),
            "sent_at": question.sent_at,
        },
    )


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
