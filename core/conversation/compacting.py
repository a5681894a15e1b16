"""Long threads stay within the window: behind people's backs, their oldest rows become a summary."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum, auto

import structlog

from core.address import Address
from core.conversation.context import ROWS
from core.conversation.slots import Slots
from core.conversation.summariser import Summariser
from core.conversation.summarising import Plan, accepted, plan, summary_of
from core.errors import ModelError, StoreError
from core.events import Asked
from core.ports import Clock, Model
from core.thread_memory import RecallStore, ThreadMemory
from core.transcript import Finish, Finished, ModelRequest, TextDelta

STEP_DEADLINE_S = 300.0
# A visit makes at most so many summaries, or tries; the next one comes with the next answer.
STEPS = 8
BUSY_PAUSE_S = 5.0
FIRST_REST_S = 60.0
LONGEST_REST_S = 3_600.0

log = structlog.get_logger()


class Step(Enum):
    """What a try to summarise came to."""

    NOTHING = auto()  # there is nothing to do, any more
    MADE = auto()
    CHANGED = auto()  # the rows, while it was made: it is made again
    USELESS = auto()  # what the model said is no summary
    BUSY = auto()  # people need the model


@dataclass(frozen=True, slots=True)
class Rest:
    """A thread is left alone until then, by the monotonic clock, after so many failures in a row."""

    until: float
    failures: int


class Compacting:
    """Summarises threads, one after the other, in model slots that nobody waits for.

    Originals stay in the store. Cancelling :meth:`run` loses nothing: a summary is there whole or not.
    """

    def __init__(
        self,
        store: RecallStore,
        summariser: Summariser,
        slots: Slots,
        clock: Clock,
        prompt: str,
    ) -> None:
        self._store = store
        self._summariser = summariser
        self._slots = slots
        self._clock = clock
        self._prompt = prompt
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        # By threads: what was answered there last.
        self._waiting: dict[str, Asked] = {}
        self._rests: dict[str, Rest] = {}

    def hint(self, answered: Asked) -> None:
        """A question was answered. Costs nothing and may be lost: the next answer brings another."""
        key = answered.address.key
        if key not in self._waiting:
            self._queue.put_nowait(key)
        self._waiting[key] = answered

    async def run(self) -> None:
        """Look after the threads that were hinted at, until cancelled."""
        while True:
            key = await self._queue.get()
            answered = self._waiting.pop(key)
            rest = self._rests.get(key)
            if rest is None or self._clock.monotonic() >= rest.until:
                await self._visit(answered)

    async def _visit(self, answered: Asked) -> None:
        address = answered.address
        try:
            step = await self._steps(answered)
        except (ModelError, StoreError, TimeoutError) as error:
            self._rest(address, type(error).__name__, str(error))
        except Exception:
            # The border: a bug here is no reason for anybody to be left without an answer.
            log.exception("compaction.bug", thread=address.key)
            self._rest(address, "bug", "")
        else:
            if step is Step.USELESS:
                self._rest(address, "no summary", "")
            else:
                self._rests.pop(address.key, None)
            if step is Step.MADE and address.key not in self._waiting:
                self.hint(answered)

    async def _steps(self, answered: Asked) -> Step:
        step = Step.NOTHING
        for _ in range(STEPS):
            async with asyncio.timeout(STEP_DEADLINE_S):
                step = await self._step(answered)
            if step in {Step.NOTHING, Step.USELESS}:
                break
            if step is Step.BUSY:
                await self._clock.sleep(BUSY_PAUSE_S)
        return step

    async def _step(self, answered: Asked) -> Step:
        address = answered.address
        model, counter = await self._summariser(answered)
        info = await model.info()
        memory = await self._store.oldest(address, ROWS)
        planned = await asyncio.to_thread(plan, memory, ROWS, self._prompt, info, counter)
        if planned is None:
            return Step.NOTHING
        said = await self._slots.chore(lambda: self._say(planned.request, model))
        if said is None:
            return Step.BUSY
        text = accepted(*said, planned, counter)
        if not text:
            return Step.USELESS
        summary = summary_of(text, planned, info, counter, self._clock.now())
        if not await self._store.put_summary(address, summary, memory):
            log.info("compaction.changed", thread=address.key)
            return Step.CHANGED
        _note(address, planned, memory, summary.tokens)
        return Step.MADE

    async def _say(self, request: ModelRequest, model: Model) -> tuple[str, Finish]:
        text: list[str] = []
        reason = Finish.STOP
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    text.append(event.text)
                elif isinstance(event, Finished):
                    reason = event.reason
        return "".join(text), reason

    def _rest(self, address: Address, kind: str, reason: str) -> None:
        now = self._clock.monotonic()
        # Those that have rested long since are forgotten with their failures.
        self._rests = {key: rest for key, rest in self._rests.items() if rest.until + LONGEST_REST_S > now}
        failures = self._rests[address.key].failures + 1 if address.key in self._rests else 1
        seconds = min(FIRST_REST_S * 2 ** min(failures - 1, 10), LONGEST_REST_S)
        self._rests[address.key] = Rest(now + seconds, failures)
        log.warning("compaction.failed", thread=address.key, kind=kind, reason=reason, again_in=seconds)


def _note(address: Address, planned: Plan, memory: ThreadMemory, tokens: int) -> None:
    rows = sum(row.position <= planned.upto for row in memory.rows)
    log.info("compaction.done", thread=address.key, rows=rows, replaced=planned.replaced, tokens=tokens)
