"""Questions that are edited or deleted, and places that close."""

from dataclasses import replace
from urllib.parse import quote

import aiosqlite

from core.events import Closed, Revised, Withdrawn
from core.memory.database import Database, Value, one, run
from core.memory.document_writing import let_go_of_unwanted, take_from
from core.memory.questions import StoredQuestion, stored_question, worded
from core.memory.rows import event_json, parts_from, parts_json
from core.storage import Change, Effect
from core.thread_memory import pinned_text
from core.transcript import TextPart

# A deleted message may still be delivered for so long.
LATE_S = 3600.0


class ChangeTable:
    """Implements the changes of ``core.storage.InboxStore``."""

    _database: Database

    async def revise(self, event: Revised, *, redo: bool) -> Effect:
        """Set a stored question to its new words; an older edit than the last changes nothing."""
        address = event.asked.address

        async def unit(connection: aiosqlite.Connection) -> Effect:
            stored = await stored_question(connection, address.platform, address.account, event.asked.key)
            if stored is None:
                return Effect(Change.UNKNOWN)
            nothing = Effect(Change.NOTHING, stored.asked.address)
            if stored.is_withdrawn or event.revision <= stored.revised_at:
                return nothing
            after = replace(stored.asked, text=event.asked.text, attachments=event.asked.attachments)
            values: dict[str, Value] = {
                "id": stored.id,
                "payload": event_json(after),
                "revised_at": event.revision,
            }
            await run(connection, "revise_event", values)
            await _repin(connection, stored, after.text)
            if stored.turn_id is None or (after.text == stored.asked.text and stored.has_files_of(after)):
                return nothing
            await _reword(connection, stored, after.text, keep_files=stored.has_files_of(after))
            return await _redo(connection, stored.turn_id, nothing) if redo else nothing

        effect = await self._database.write(unit)
        await let_go_of_unwanted(self._database)
        return effect

    async def withdraw(self, event: Withdrawn, now: float) -> Effect:
        """Redact a question. Its turn goes on without it, or takes its answer back."""
        whose = {"platform": event.platform, "account": event.account, "event_key": event.key}

        async def unit(connection: aiosqlite.Connection) -> Effect:
            stored = await stored_question(connection, event.platform, event.account, event.key)
            if stored is None:
                if now - event.sent_at < LATE_S:
                    await run(connection, "insert_tombstone", {**whose, "now": now})
                return Effect(Change.UNKNOWN)
            nothing = Effect(Change.NOTHING, stored.asked.address)
            if stored.is_withdrawn:
                return await _off_the_screen(connection, stored, nothing) if stored.is_forgotten else nothing
            redacted = replace(stored.asked, text="", attachments=(), opener=None)
            await run(connection, "withdraw_event", {"id": stored.id, "payload": event_json(redacted)})
            await _repin(connection, stored, "")
            await run(connection, "delete_uploads", {"inbox_id": stored.id})
            await run(connection, "forget_pictures", {"inbox_id": stored.id})
            await take_from(connection, "forget_sources_of", {"inbox_id": stored.id})
            await run(connection, "set_parts", {"inbox_id": stored.id, "parts": parts_json(())})
            return nothing if stored.turn_id is None else await _without(connection, stored.turn_id, nothing)

        effect = await self._database.write(unit)
        await let_go_of_unwanted(self._database)
        return effect

    async def close(self, event: Closed) -> None:
        """Let nothing more wait in a channel."""
        parts = (event.platform, event.account, *((event.channel,) if event.channel else ()))
        prefix = ":".join(quote(part, safe="") for part in parts)

        async def unit(connection: aiosqlite.Connection) -> None:
            # The keys of a place begin with it and a colon; the next character ends them.
            await run(connection, "close_waiting", {"first": f"{prefix}:", "behind": f"{prefix};"})

        await self._database.write(unit)


async def _reword(
    connection: aiosqlite.Connection, stored: StoredQuestion, text: str, *, keep_files: bool
) -> None:
    """Put new words into the transcript; what other files came to is read anew."""
    row = await one(connection, "parts_of_question", {"inbox_id": stored.id})
    if row is None:
        return
    if not keep_files:
        await run(connection, "forget_pictures", {"inbox_id": stored.id})
        await take_from(connection, "forget_sources_of", {"inbox_id": stored.id})
    parts = worded(parts_from(str(row[0])), text) if keep_files else (TextPart(text),)
    await run(connection, "set_parts", {"inbox_id": stored.id, "parts": parts_json(parts)})


async def _repin(connection: aiosqlite.Connection, stored: StoredQuestion, text: str) -> None:
    """Let what was pinned by a message say what the message says now, or go with it."""
    before, after = pinned_text(stored.asked.text), pinned_text(text)
    if before is None:
        return
    asked = stored.asked
    pinned = {"thread_key": asked.address.key, "author_id": asked.author.id, "text": before}
    if after is None:
        await run(connection, "forget_pinned", pinned)
    else:
        await run(connection, "reword_pin", {**pinned, "after": after})


async def _without(connection: aiosqlite.Connection, turn_id: str, nothing: Effect) -> Effect:
    left = await one(connection, "questions_left", {"turn_id": turn_id})
    if left is not None and int(str(left[0])) > 0:
        await run(connection, "redact_tools", {"turn_id": turn_id})
        return await _redo(connection, turn_id, nothing)
    await run(connection, "wish", {"turn_id": turn_id, "wish": "withdraw"})
    # What was said is forgotten in the same moment; only taking it off the screen takes longer.
    await run(connection, "redact_answer", {"turn_id": turn_id})
    await run(connection, "forget_finals", {"turn_id": turn_id})
    await run(connection, "redact_tools", {"turn_id": turn_id})
    return replace(nothing, change=Change.ANEW, turn=turn_id)


async def _off_the_screen(
    connection: aiosqlite.Connection, stored: StoredQuestion, nothing: Effect
) -> Effect:
    """Take back an answer whose words were forgotten, and that people still see."""
    if stored.turn_id is None or await one(connection, "has_posts", {"turn_id": stored.turn_id}) is None:
        return nothing
    await run(connection, "wish", {"turn_id": stored.turn_id, "wish": "withdraw"})
    return replace(nothing, change=Change.ANEW, turn=stored.turn_id)


async def _redo(connection: aiosqlite.Connection, turn_id: str, nothing: Effect) -> Effect:
    if await one(connection, "may_redo", {"turn_id": turn_id}) is None:
        return nothing
    await run(connection, "wish", {"turn_id": turn_id, "wish": "redo"})
    return replace(nothing, change=Change.ANEW, turn=turn_id)
