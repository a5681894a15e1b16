"""The store in memory: the journal of tool calls."""

from dataclasses import dataclass

from core import acts
from core.audit import Action, AuditEntry
from core.outgoing import FILES_MOST, OutFile
from core.storage import JournalledCall, ToolState, Turn
from core.transcript import ToolCall
from tests.fakes.tables import Tables, ToolRow


@dataclass
class MemoryCalls(Tables):
    """Implements the tool calls of core.storage.TurnStore."""

    async def tool_started(
        self,
        turn: Turn,
        call_id: str,
        name: str,
        arguments: str,
        now: float,
        entry: AuditEntry | None = None,
    ) -> None:
        edition = self.require_no_wish(turn).edition
        self.tools[turn.id, call_id] = ToolRow(name, arguments, now, edition)
        self.note(entry)

    async def tool_ended(
        self, turn: Turn, call_id: str, result: str, *, failed: bool, files: tuple[OutFile, ...] = ()
    ) -> None:
        edition = self.require_fence(turn).edition
        self.keep_files(turn.id, edition, files, FILES_MOST)
        if (row := self.tools.get((turn.id, call_id))) is not None:
            row.state, row.result = ToolState.FAILED if failed else ToolState.OK, result
            self._note_end(turn, row, acts.ended(failed=failed))

    def _note_end(self, turn: Turn, row: ToolRow, end: str) -> None:
        begun = (row.started_at, Action.TOOL_RAN, turn.address.key)
        unended = {acts.TOOL: row.name, acts.END: acts.END_UNKNOWN}
        for entry in reversed(self.audited):
            if (entry.at, entry.action, entry.place) == begun and entry.detail == unended:
                entry.detail[acts.END] = end
                return

    async def tool_calls(self, turn: Turn) -> tuple[JournalledCall, ...]:
        edition = self.turn_rows[turn.id].edition
        found = [
            (row.started_at, call_id, row)
            for (turn_id, call_id), row in self.tools.items()
            if turn_id == turn.id and (row.edition == edition or row.state is ToolState.UNCERTAIN)
        ]
        found.sort(key=lambda item: item[:2])
        return tuple(
            JournalledCall(
                ToolCall(call_id, row.name, row.arguments), row.state, row.result, row.edition != edition
            )
            for _, call_id, row in found
        )
