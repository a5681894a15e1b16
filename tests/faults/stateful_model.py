"""A model that says what it was asked, in pieces that somebody lets go, and the tools that it calls."""

import asyncio
import json
import random
import re
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import ContentFiltered, ModelBusy, ModelUnreachable, StreamCut
from core.transcript import (
    Finish,
    Finished,
    Message,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    Role,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)

# Each wording of each question has its own: thread, question, version.
MARKER = re.compile(r"\b(t\d+)q(\d+)v(\d+)\b")
NO_ARGUMENTS = '{"type": "object", "properties": {}}'


class Ending(StrEnum):
    """How a call of the model ends."""

    WHOLE = "whole"
    LENGTH = "length"
    TOOL = "tool"
    HARMLESS_TOOL = "harmless tool"
    CUT = "cut"
    BUSY = "busy"
    FILTERED = "filtered"
    BUG = "bug"


FAILURES: dict[Ending, type[Exception]] = {
    Ending.CUT: StreamCut,
    Ending.BUSY: ModelBusy,
    Ending.FILTERED: ContentFiltered,
    Ending.BUG: RuntimeError,
}
TOOLS = {Ending.TOOL: "look_up", Ending.HARMLESS_TOOL: "read_up"}


@dataclass(frozen=True)
class Plan:
    """So many pieces of so many words, none for an empty answer, and an end."""

    ending: Ending = Ending.WHOLE
    pieces: int = 2
    words: int = 3


@dataclass(eq=False)
class Call:
    """One call: ``given`` are the questions that wait for an answer, ``read`` all that it read of people.

    ``recalled`` are those that earlier answers named. ``said`` is what it has said by now. ``is_first``
    says that no tool has run for it yet.
    """

    number: int
    given: tuple[str, ...]
    read: frozenset[str]
    recalled: frozenset[str]
    plan: Plan
    has_tools: bool
    is_first: bool
    said: str = ""
    is_open: bool = True
    is_over: bool = False
    released: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def threads(self) -> set[str]:
        return {marker.partition("q")[0] for marker in self.read | self.recalled}

    def piece(self, number: int) -> str:
        words = self.plan.words
        said = " ".join(f"a{self.number}w{number * words + word}" for word in range(words))
        head = f"a{self.number} for {' '.join(self.given)}: " if number == 0 else ""
        return f"{head}{said} "


@dataclass
class Speaker:
    """Implements core.ports.Model. ``look`` sees each call at its beginning.

    While it is ``held`` each piece waits until it is released. Without another plan a call ends as
    ``usual``, or as a whole where a tool has run.
    """

    rng: random.Random
    look: Callable[[Call], None]
    calls: list[Call] = field(default_factory=list)
    plans: deque[Plan] = field(default_factory=deque)
    usual: Plan = Plan()
    held: bool = False
    unreachable: int = 0
    bugs: int = 0

    @property
    def open(self) -> list[Call]:
        return [call for call in self.calls if call.is_open]

    def release(self, pieces: int) -> None:
        """Let every open call say more."""
        for call in self.open:
            call.released += pieces
            call.woken.set()

    def hold(self, *, held: bool) -> None:
        self.held = held
        self.release(0)

    def end(self, ending: Ending) -> None:
        """Let the open calls end at once."""
        for call in self.open:
            call.plan = Plan(ending, 0, call.plan.words)
            call.woken.set()

    async def info(self) -> ModelInfo:
        await asyncio.sleep(0)
        if self.unreachable > 0:
            self.unreachable -= 1
            raise ModelUnreachable("not now")
        return ModelInfo("scripted", 60_000, 1024, tools=True, vision=False, hosted=False)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        call = self._begun(request)
        try:
            said = 0
            while await self._may_go_on(call, said):
                call.said += (piece := call.piece(said))
                said += 1
                yield TextDelta(piece)
            yield self._end(call)
        finally:
            call.is_open = False

    def _begun(self, request: ModelRequest) -> Call:
        rows = request.messages
        is_first = all(row.role is not Role.TOOL for row in rows)
        call = Call(
            number=len(self.calls) + 1,
            given=_given(rows),
            read=_markers(rows, Role.USER),
            recalled=_markers(rows, Role.ASSISTANT),
            plan=self.plans.popleft() if self.plans else self.usual if is_first else Plan(),
            has_tools=bool(request.tools),
            is_first=is_first,
        )
        self.calls.append(call)
        self.look(call)
        return call

    async def _may_go_on(self, call: Call, said: int) -> bool:
        """Wait for the next piece; false when there is none."""
        while self.held and call.released <= said and said < call.plan.pieces:
            call.woken.clear()
            await call.woken.wait()
        if not self.held:
            await asyncio.sleep(self.rng.choice((0.0, 0.05, 0.5, 2.0)))
        return said < call.plan.pieces

    def _end(self, call: Call) -> ModelEvent:
        ending = call.plan.ending
        if ending is Ending.BUG:
            self.bugs += 1
        if ending in FAILURES:
            raise FAILURES[ending]("scripted")
        call.is_over = True
        if ending in TOOLS and call.has_tools:
            arguments = json.dumps({"call": call.number, "for": " ".join(call.given)})
            return Finished(Finish.TOOL_CALLS, (ToolCall("call_1", TOOLS[ending], arguments),), Usage(1, 1))
        return Finished(Finish.LENGTH if ending is Ending.LENGTH else Finish.STOP, usage=Usage(1, 1))


def _markers(messages: tuple[Message, ...], role: Role) -> frozenset[str]:
    said = " ".join(message.text for message in messages if message.role is role)
    return frozenset(found[0] for found in MARKER.finditer(said))


def _given(messages: tuple[Message, ...]) -> tuple[str, ...]:
    """The questions behind the last answer."""
    found: list[str] = []
    for message in reversed(messages):
        is_calling = any(isinstance(part, ToolCall) for part in message.parts)
        if message.role is Role.ASSISTANT and not is_calling:
            break
        if message.role is Role.USER:
            found = [match[0] for match in MARKER.finditer(message.text)] + found
    return tuple(found)


@dataclass
class Workshop:
    """Implements core.ports.Toolbox. ``look`` sees the arguments of each call at its beginning."""

    rng: random.Random
    look: Callable[[str], None]
    specs: tuple[ToolSpec, ...] = (
        ToolSpec("look_up", "Looks a word up.", NO_ARGUMENTS),
        ToolSpec("read_up", "Reads about a word.", NO_ARGUMENTS, idempotent=True),
    )
    ran: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def run(self, call: ToolCall) -> ToolResult:
        self.look(call.arguments)
        self.ran[call.name, call.arguments] += 1
        await asyncio.sleep(self.rng.choice((0.0, 0.1, 3.0)))
        return ToolResult(call.id, call.name, "found")
