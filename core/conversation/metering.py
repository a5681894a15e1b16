"""Every call of a model is paid for: set aside before it, written down after it, however it ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from core import budget_phrases
from core.budgets import LEAST_ANSWER, Estimate, granted
from core.conversation.budget_watch import BudgetWatch
from core.conversation.context import MANY_CHARACTERS
from core.errors import (
    BudgetSpent,
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelRejected,
    ModelUnreachable,
    NoVision,
    StoreError,
)
from core.ports import Clock, Model
from core.rates import Rate
from core.spending import Claim, Payer, Purpose, Refused, Reserved, SpendingStore, Spent
from core.tokens import estimate
from core.transcript import (
    FilePart,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    Usage,
)
from core.window import FRAME, ROUGH, Counter, weight_of, weight_of_tools

DEADLINE_S = 30.0
# With one of these, and no word before it, the server has made nothing that anybody pays for.
_FREE = (
    ModelUnreachable,
    ModelRefusedKey,
    ModelMissing,
    ModelBusy,
    ModelQuotaSpent,
    ContextOverflow,
    ModelRejected,
    ModelBroke,
    NoVision,
)

log = structlog.get_logger()


class Tariff(Protocol):
    """What models cost."""

    def expected(self, model: str) -> Rate:
        """The most that a call costs for which this model is asked, whoever answers it in the end."""

    def actual(self, model: str) -> Rate:
        """What this model costs."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Who pays for calls, what they are for, and in which turn. ``counter`` weighs what is sent."""

    payer: Payer
    purpose: Purpose = Purpose.ANSWER
    turn: str | None = None
    counter: Counter = ROUGH


@dataclass(slots=True)
class Call:
    """A call under way. ``max_tokens`` caps its answer."""

    max_tokens: int
    usage: Usage | None = None
    model: str = ""
    _said: list[str] = field(default_factory=list)
    _has_begun: bool = False
    _has_ended: bool = False

    def heard(self, event: ModelEvent) -> None:
        """Take what the model streams: it tells how much a call used that is cut off."""
        self._has_begun = True
        if isinstance(event, TextDelta | ReasoningDelta):
            self._said.append(event.text)
        else:
            self._said.extend(_written(call) for call in event.calls)
            self.model, self._has_ended = event.model, True
            if event.usage is not None:
                self.used(event.usage)

    def used(self, usage: Usage) -> None:
        """Take what the server counted."""
        self.usage, self._has_ended = usage, True

    def is_free(self, error: BaseException | None) -> bool:
        """Whether nothing came of it, and nobody pays for it."""
        return not self._has_begun and self.usage is None and isinstance(error, _FREE)

    @property
    def has_ended(self) -> bool:
        """Whether it was answered to its end; ``model`` says by whom, where that may be another."""
        return self._has_ended

    def guessed(self, most: Usage) -> Usage:
        """Guess what it used, within what was set aside: all that was sent, and what was heard."""
        answered = estimate("".join(self._said)) if self._said else 0
        return Usage(most.prompt_tokens, min(most.completion_tokens, answered))


class Meter:
    """Reserves before each call, and settles after it."""

    def __init__(
        self, store: SpendingStore, tariff: Tariff, clock: Clock, watch: BudgetWatch | None = None
    ) -> None:
        self._store = store
        self._tariff = tariff
        self._clock = clock
        self._watch = watch

    def metered(self, model: Model, bill: Bill) -> "Metered":
        """The same model, on somebody's bill."""
        return Metered(model, self, bill)

    async def refusal(self, bill: Bill, model: str) -> str | None:
        """Say why not even a small question would be answered, if so; nothing is set aside.

        Raises ``StoreError``.
        """
        now = self._clock.now()
        small = Estimate(LEAST_ANSWER, LEAST_ANSWER, self._tariff.expected(model))
        refusing = granted(small, await self._store.balances(bill.payer.budgets, now))
        if isinstance(refusing, Estimate):
            return None
        refused = Refused(refusing, small)
        if self._watch is not None:
            await self._watch.refused(refused, now)
        return budget_phrases.refusal(refused, now)

    @asynccontextmanager
    async def call(self, bill: Bill, model: str, prompt_tokens: int, max_tokens: int) -> AsyncIterator[Call]:
        """Set a call's most aside; what it really used is written down at the end, also when it is cut off.

        ``prompt_tokens`` is an upper bound. The answer may have to be shorter than ``max_tokens``: see
        :attr:`Call.max_tokens`. Raises ``BudgetSpent``, ``StoreError``.
        """
        wanted = Estimate(prompt_tokens, max_tokens, self._tariff.expected(model))
        reserved = await self._reserve(Claim(bill.payer, wanted, model, bill.purpose, bill.turn))
        call = Call(reserved.estimate.max_tokens)
        error: BaseException | None = None
        try:
            yield call
        except ModelError as raised:
            error = raised
            raise
        finally:
            settling = self._settle(bill.payer, reserved, call, is_free=call.is_free(error), model=model)
            await _whatever_comes(settling)

    async def _reserve(self, claim: Claim) -> Reserved:
        now = self._clock.now()
        reserving = asyncio.create_task(self._store.reserve(claim, now), name="reserve")
        try:
            outcome = await asyncio.shield(reserving)
        except asyncio.CancelledError:
            # The store may have it by now, and nobody would ever settle it.
            await _whatever_comes(self._give_back(reserving))
            raise
        if isinstance(outcome, Refused):
            if self._watch is not None:
                await self._watch.refused(outcome, now)
            balance = outcome.balance
            message = f"budget {balance.budget.name} of {balance.counted.key}: {balance.left} left"
            raise BudgetSpent(message, budget_phrases.refusal(outcome, now))
        return outcome

    async def _give_back(self, reserving: "asyncio.Task[Reserved | Refused]") -> None:
        try:
            outcome = await reserving
            if isinstance(outcome, Reserved):
                await self._store.release(outcome.id)
        except StoreError as error:
            log.warning("spending.not_released", reason=str(error))

    async def _settle(
        self, payer: Payer, reserved: Reserved, call: Call, *, is_free: bool, model: str
    ) -> None:
        try:
            if is_free:
                await self._store.release(reserved.id)
                return
            spent = self._spent(reserved, call, model)
            excess = await self._store.settle(reserved.id, spent)
            if excess.tokens or excess.cost:
                log.warning("spending.exceeded", model=spent.model, tokens=excess.tokens, cost=excess.cost)
            if self._watch is not None and payer.budgets:
                now = self._clock.now()
                after = await self._store.balances(payer.budgets, now)
                await self._watch.looked(reserved.balances, after, now)
        except StoreError as error:
            # It stays set aside, and the next start settles it at its most.
            log.warning("spending.not_settled", reason=str(error))

    def _spent(self, reserved: Reserved, call: Call, model: str) -> Spent:
        name = call.model or model
        # Cut off before anybody said who answers: the dearest of those who might have.
        rate = self._tariff.actual(name) if call.has_ended else reserved.estimate.rate
        usage = call.usage or call.guessed(reserved.estimate.usage)
        return Spent(name, usage, rate.cost(usage), rate.hosted)


class Metered:
    """A ``Model`` whose calls are paid for, with a shorter answer where a budget is short of a long one."""

    def __init__(self, model: Model, meter: Meter, bill: Bill) -> None:
        self._model = model
        self._meter = meter
        self._bill = bill

    async def info(self) -> ModelInfo:
        """Which model answers; see :class:`~core.ports.Model`."""
        return await self._model.info()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`. Raises ``BudgetSpent``, ``StoreError``, too."""
        name = (await self._model.info()).name
        prompt = await _most_sent(request, self._bill.counter)
        async with self._meter.call(self._bill, name, prompt, request.max_tokens) as call:
            granted = replace(request, max_tokens=call.max_tokens)
            async with aclosing(self._model.stream(granted)) as events:
                async for event in events:
                    call.heard(event)
                    yield event


def most_sent(request: ModelRequest, counter: Counter = ROUGH) -> int:
    """Count the tokens of what a request sends, rather too many than too few."""
    return weight_of(request.messages, counter) + weight_of_tools(request.tools, counter) + FRAME


async def _most_sent(request: ModelRequest, counter: Counter) -> int:
    size = sum(len(message.text) for message in request.messages)
    has_files = any(isinstance(part, FilePart) for message in request.messages for part in message.parts)
    if has_files or size > MANY_CHARACTERS:
        return await asyncio.to_thread(most_sent, request, counter)
    return most_sent(request, counter)


def _written(call: ToolCall) -> str:
    return f"{call.name} {call.arguments}"


async def _whatever_comes(work: Coroutine[object, object, None]) -> None:
    """Do work to its end even while this task is cancelled, once or twice, but not for ever."""
    task = asyncio.create_task(work, name="settle")
    try:
        await _ended(task)
    except asyncio.CancelledError:
        await _ended(task)
        raise
    finally:
        task.cancel()
    if task.done() and not task.cancelled():
        task.result()


async def _ended(task: asyncio.Task[None]) -> None:
    done, _ = await asyncio.wait({task}, timeout=DEADLINE_S)
    if not done:
        log.error("spending.not_settled_in_time")
