"""The journal of tool calls."""

import aiosqlite

from core import acts
from core.audit import AuditEntry
from core.memory.audit import note
from core.memory.database import Database, Value, require_fence, require_no_wish, run
from core.memory.files_out import keep_made
from core.outgoing import OutFile
from core.storage import JournalledCall, ToolState, Turn
from core.transcript import ToolCall


class CallTable:
    """Implements the tool calls of ``core.storage.TurnStore``."""

    _database: Database

    async def tool_started(
        self,
        turn: Turn,
        call_id: str,
        name: str,
        arguments: str,
        now: float,
        entry: AuditEntry | None = None,
    ) -> None:
        """Write down a tool call before it runs, and that it does."""
        call: dict[str, Value] = {
            "turn_id": turn.id,
            "call_id": call_id,
            "name": name,
            "arguments": arguments,
            "now": now,
        }

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await require_no_wish(connection, turn)
            await run(connection, "start_tool", call)
            await note(connection, entry)

        await self._database.write(unit)

    async def tool_ended(
        self, turn: Turn, call_id: str, result: str, *, failed: bool, files: tuple[OutFile, ...] = ()
    ) -> None:
        """Write down what a tool call came to, and keep what it made."""
        state = ToolState.FAILED if failed else ToolState.OK
        ended: dict[str, Value] = {
            "turn_id": turn.id,
            "call_id": call_id,
            "state": state,
            "result": result,
            "thread_key": turn.address.key,
            "end": acts.ended(failed=failed),
        }

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "end_tool", ended)
            await run(connection, "note_end_of_tool", ended)
            await keep_made(connection, turn, files)

        await self._database.write(unit)

    async def tool_calls(self, turn: Turn) -> tuple[JournalledCall, ...]:
        """Return the calls that earlier attempts made, oldest first."""
        rows = await self._database.rows("tool_calls", {"turn_id": turn.id})
        return tuple(
            JournalledCall(
                ToolCall(str(call_id), str(name), str(arguments)),
                ToolState(str(state)),
                str(result),
                outdated=bool(outdated),
            )
            for call_id, name, arguments, state, result, outdated in rows
        )
