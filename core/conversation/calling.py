"""Tool calls of one turn: each is written down before it runs, and none runs twice unnoticed."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace

from core import acts, phrases
from core.audit import AuditEntry
from core.outgoing import FILES_MOST
from core.ports import Clock
from core.storage import JournalledCall, ToolState, Turn, TurnStore
from core.tools.permitted import PermittedTools
from core.transcript import Message, Role, TextPart, ToolCall, ToolResult

# What a call was for is forgotten with its question: all calls of that tool may be it.
WITHHELD = ""


class Calling:
    """Runs calls and keeps their journal. After a crash it takes up what the journal says."""

    def __init__(self, turn: Turn, toolbox: PermittedTools, store: TurnStore, clock: Clock) -> None:
        self._turn = turn
        self._toolbox = toolbox
        self._store = store
        self._clock = clock
        self._ids: set[str] = set()
        # How many files the answer brings by now.
        self._made = 0
        # Calls that may have taken effect and may not be made again.
        self._barred: set[tuple[str, str]] = set()

    async def take_up(self) -> tuple[Message, ...]:
        """Return the calls of earlier attempts with their results, as the model would have read them.

        One whose end is unknown is made again only if that does no harm. Raises ``StoreError``.
        """
        harmless = {spec.name for spec in self._toolbox.specs if spec.idempotent}
        journal = [
            past
            for past in await self._store.tool_calls(self._turn)
            if not (past.outdated and past.call.name in harmless)
        ]
        for past in journal:
            self._ids.add(past.call.id)
            if past.state is ToolState.UNCERTAIN and past.call.name not in harmless:
                self._barred.add(_meaning(past.call))
        results = [await self._past_result(past) for past in journal]
        calls = tuple(replace(past.call, arguments=past.call.arguments or "{}") for past in journal)
        return _exchange("", calls, results) if journal else ()

    async def run(self, said: str, asked: tuple[ToolCall, ...]) -> tuple[Message, ...]:
        """Run the calls of one model answer beside each other. Raises ``StoreError``."""
        calls = tuple(self._own_id(call) for call in asked)
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(self._run_tool(call)) for call in calls]
        except ExceptionGroup as failed:
            # One error as the caller knows it; that of a sibling would be the same store's.
            raise failed.exceptions[0] from None
        return _exchange(said, calls, [task.result() for task in running])

    def _own_id(self, call: ToolCall) -> ToolCall:
        """Give a call an id that the journal does not have yet: some servers count from one each time."""
        number, own = 1, call.id
        while own in self._ids:
            number += 1
            own = f"{call.id}.{number}"
        self._ids.add(own)
        return replace(call, id=own)

    async def _past_result(self, past: JournalledCall) -> ToolResult:
        if past.state is not ToolState.UNCERTAIN:
            return ToolResult(
                past.call.id, past.call.name, past.result, failed=past.state is ToolState.FAILED
            )
        return await self._run_tool(past.call)

    async def _run_tool(self, call: ToolCall) -> ToolResult:
        if self._barred & {_meaning(call), (call.name, WITHHELD)}:
            return ToolResult(call.id, call.name, phrases.UNCERTAIN_CALL, failed=True)
        now = self._clock.now()
        entry = self._entry(call.name, now)
        await self._store.tool_started(self._turn, call.id, call.name, call.arguments, now, entry)
        result = self._within_room(await self._toolbox.run(call))
        await self._store.tool_ended(
            self._turn, call.id, result.text, failed=result.failed, files=result.files
        )
        return replace(result, files=())

    def _within_room(self, result: ToolResult) -> ToolResult:
        """Leave out files that are too many for one answer, and tell the model."""
        room = FILES_MOST - self._made
        self._made += len(result.files[:room])
        if len(result.files) <= room:
            return result
        return replace(
            result, text=f"{result.text}\n{phrases.too_many_files(FILES_MOST)}", files=result.files[:room]
        )

    def _entry(self, name: str, now: float) -> AuditEntry | None:
        """What the audit says of a call; nothing where there is none: its name is the model's own word."""
        author, address = self._turn.questions[0].author, self._turn.address
        if any(spec.name == name for spec in self._toolbox.specs):
            return acts.tool_ran(author, address, name, now)
        if (rule := self._toolbox.denied_by(name)) is not None:
            return acts.tool_denied(author, address, name, rule, now)
        return None


def _exchange(
    said: str, calls: tuple[ToolCall, ...], results: Iterable[ToolResult]
) -> tuple[Message, Message]:
    words = (TextPart(said),) if said else ()
    return Message(Role.ASSISTANT, (*words, *calls)), Message(Role.TOOL, tuple(results))


def _meaning(call: ToolCall) -> tuple[str, str]:
    """What a call would do, however its arguments are written."""
    try:
        return call.name, json.dumps(json.loads(call.arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return call.name, call.arguments.strip()
