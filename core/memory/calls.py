"""The journal of tool calls."""

from collections.abc import Mapping

import aiosqlite

from core.memory.database import Database, Value, require_fence, run
from core.storage import JournalledCall, ToolState, Turn
from core.transcript import ToolCall


class CallTable:
    """Implements the tool calls of ``core.storage.TurnStore``."""

    _database: Database

    async def tool_started(self, turn: Turn, call_id: str, name: str, arguments: str, now: float) -> None:
        """Write down a tool call before it runs."""
        call: dict[str, Value] = {"call_id": call_id, "name": name, "arguments": arguments, "now": now}
        await self._fenced(turn, "start_tool", call)

    async def tool_ended(self, turn: Turn, call_id: str, result: str, *, failed: bool) -> None:
        """Write down what a tool call came to."""
        state = ToolState.FAILED if failed else ToolState.OK
        await self._fenced(turn, "end_tool", {"call_id": call_id, "state": state, "result": result})

    async def tool_calls(self, turn: Turn) -> tuple[JournalledCall, ...]:
        """Return the calls that earlier attempts made, oldest first."""
        rows = await self._database.rows("tool_calls", {"turn_id": turn.id})
        return tuple(
            JournalledCall(
                ToolCall(str(call_id), str(name), str(arguments)), ToolState(str(state)), str(result)
            )
            for call_id, name, arguments, state, result in rows
        )

    async def _fenced(self, turn: Turn, name: str, values: Mapping[str, Value]) -> None:
        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, name, {"turn_id": turn.id, **values})

        await self._database.write(unit)
