"""Every call of a model is paid for, however it ends, and none that a budget has no room for is made."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from decimal import Decimal

import pytest

from core.budgets import Amount, Budget, Notice, Threshold, Whom
from core.conversation.budget_watch import BudgetWatch
from core.conversation.metering import Bill, Meter, Metered, most_sent
from core.errors import (
    BudgetSpent,
    ContentFiltered,
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelTimedOut,
    ModelUnreachable,
    StoreError,
    StreamCut,
)
from core.llama.unasked import WaitedTooLong
from core.rates import Rate
from core.spending import Claim, Payer, Purpose, Refused, Reserved, Spent
from core.tokens import estimate
from core.transcript import Finish, Finished, ReasoningDelta, TextDelta, ToolCall, Usage
from core.window import ROUGH
from tests.contract.spenders import ADA, OWN, PAID, budget, money, stands, tokens
from tests.contract.stores import NOW
from tests.fakes.clock import ManualClock
from tests.fakes.store import MemoryStore
from tests.unit.llama_steady_stage import THINKING, ScriptedModel, Step, asking, read

SENT = most_sent(asking())
DAILY = budget(tokens(5000))
DEAR = Rate(hosted=True, sent=Decimal(3), answered=Decimal(9), thinking=50)


class Prices:
    """Implements core.conversation.metering.Tariff."""

    def __init__(self, expected: Rate = PAID, **actual: Rate) -> None:
        self._expected = expected
        self._actual = actual

    def expected(self, model: str) -> Rate:
        return self._expected

    def actual(self, model: str) -> Rate:
        return self._actual.get(model, self._expected)


class Stage:
    """A store, a meter, and what the operator was told."""

    def __init__(self, store: MemoryStore | None = None, prices: Prices | None = None) -> None:
        self.store = store or MemoryStore()
        self.told: list[tuple[str, Threshold]] = []
        clock = ManualClock(NOW)
        self.meter = Meter(self.store, prices or Prices(), clock, BudgetWatch(self.store, self._tell))

    async def _tell(self, notice: Notice, now: float) -> None:
        assert now == NOW
        self.told.append((notice.balance.budget.name, notice.threshold))

    def metered(self, *script: Step, budgets: Sequence[Budget] = (DAILY,)) -> Metered:
        return self.over(ScriptedModel(script), budgets)

    def over(self, model: ScriptedModel, budgets: Sequence[Budget] = (DAILY,)) -> Metered:
        return self.meter.metered(model, Bill(Payer.of(ADA, budgets)))

    async def spend(self, most: int, *budgets: Budget) -> None:
        """A call that uses so many tokens."""
        async with self.meter.call(Bill(Payer.of(ADA, budgets)), "m", 0, most) as call:
            call.used(Usage(0, most))

    @property
    def only(self) -> Spent:
        """The one charge that there is, settled."""
        (row,) = self.store.charges.values()
        assert not row.is_reserved
        return row.spent


async def test_what_the_server_counted_is_written_down() -> None:
    stage = Stage()
    usage = Usage(10, 5)
    events = await read(stage.metered(TextDelta("Four."), Finished(Finish.STOP, usage=usage, model="other")))
    assert [type(event) for event in events] == [TextDelta, Finished]
    assert stage.only == Spent("other", usage, 20, hosted=True)


async def test_while_it_runs_its_most_is_set_aside() -> None:
    stage = Stage()
    async with aclosing(stage.metered(TextDelta("Four."), Finished(Finish.STOP)).stream(asking())) as events:
        await anext(events)
        assert await stands(stage.store, DAILY) == [(0, SENT + 100)]


async def test_a_server_that_counts_nothing_is_guessed_at_and_never_over() -> None:
    stage = Stage()
    said = "Llamas hum. " * 10
    await read(stage.metered(ReasoningDelta("Hm, hm. "), TextDelta(said), Finished(Finish.STOP)))
    assert stage.only.usage == Usage(SENT, estimate(f"Hm, hm. {said}"))
    stage = Stage()
    await read(stage.metered(TextDelta(said * 90), Finished(Finish.LENGTH)))
    assert stage.only.usage == Usage(SENT, 100)


async def test_calls_of_tools_are_among_the_words_that_are_guessed() -> None:
    stage = Stage()
    call = ToolCall("1", "calculate", '{"expression": "2+2"}')
    await read(stage.metered(Finished(Finish.TOOL_CALLS, (call,))))
    assert stage.only.usage.completion_tokens >= 5


@pytest.mark.parametrize(
    "error",
    [
        ModelBusy("429"),
        ModelUnreachable("x"),
        ModelBroke("500"),
        ContextOverflow("x"),
        WaitedTooLong("x"),
    ],
    ids=repr,
)
async def test_what_nobody_pays_for_is_given_back(error: ModelError) -> None:
    stage = Stage()
    with pytest.raises(type(error)):
        await read(stage.metered(error))
    assert stage.store.charges == {}


@pytest.mark.parametrize(
    "error", [StreamCut("x"), ModelTimedOut("x", "first"), ContentFiltered("x")], ids=repr
)
async def test_a_server_that_may_have_read_the_question_is_paid_for_that(error: ModelError) -> None:
    stage = Stage()
    with pytest.raises(type(error)):
        await read(stage.metered(error))
    assert stage.only.usage == Usage(SENT, 0)


@pytest.mark.parametrize("error", [StreamCut("x"), ModelBroke("x"), ModelBusy("x")], ids=repr)
async def test_an_answer_that_breaks_costs_what_was_heard_of_it(error: ModelError) -> None:
    stage = Stage()
    with pytest.raises(type(error)):
        await read(stage.metered(THINKING, TextDelta("Four, I"), error))
    assert stage.only.usage == Usage(SENT, estimate("hmFour, I"))


async def test_an_answer_that_is_stopped_costs_what_was_heard_of_it() -> None:
    stage = Stage()
    model = ScriptedModel((TextDelta("Four, I"), 30.0, Finished(Finish.STOP)))
    heard = asyncio.Event()

    async def listen() -> None:
        async with aclosing(stage.over(model).stream(asking())) as events:
            async for _ in events:
                heard.set()

    task = asyncio.create_task(listen())
    await asyncio.wait_for(heard.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (model.open, stage.only.usage) == (0, Usage(SENT, estimate("Four, I")))


async def test_a_reader_that_goes_away_is_an_answer_that_is_stopped() -> None:
    stage = Stage()
    model = ScriptedModel((TextDelta("Four, I"), TextDelta(" think"), Finished(Finish.STOP)))
    stream = stage.over(model).stream(asking())
    await anext(stream)
    await stream.aclose()
    assert (model.open, stage.only.usage) == (0, Usage(SENT, estimate("Four, I")))


class SlowStore(MemoryStore):
    """Takes its time for the writes that are named."""

    def slow_in(self, *names: str) -> "SlowStore":
        self.names, self.at_work = names, asyncio.Event()
        return self

    async def reserve(self, claim: Claim, now: float) -> Reserved | Refused:
        outcome = await super().reserve(claim, now)
        await self._wait("reserve")
        return outcome

    async def settle(self, number: int, spent: Spent) -> Amount:
        await self._wait("settle")
        return await super().settle(number, spent)

    async def _wait(self, name: str) -> None:
        if name in self.names:
            self.at_work.set()
            await asyncio.sleep(0.05)


async def test_whoever_is_cancelled_while_the_store_reserves_leaves_nothing_behind() -> None:
    store = SlowStore().slow_in("reserve")
    model = ScriptedModel()
    task = asyncio.create_task(read(Stage(store).over(model)))
    await asyncio.wait_for(store.at_work.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (store.charges, model.requests) == ({}, [])


async def test_whoever_is_cancelled_while_the_store_settles_has_it_settled() -> None:
    store = SlowStore().slow_in("settle")
    stage = Stage(store)
    usage = Usage(10, 5)
    task = asyncio.create_task(read(stage.metered(Finished(Finish.STOP, usage=usage))))
    await asyncio.wait_for(store.at_work.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.only.usage == usage


class BrokenStore(MemoryStore):
    """Cannot be written when a call ends."""

    async def settle(self, number: int, spent: Spent) -> Amount:
        raise StoreError("The disk is full.")


async def test_an_answer_that_is_on_the_screen_stays_there_when_it_cannot_be_settled() -> None:
    store = BrokenStore()
    events = await read(Stage(store).metered(TextDelta("Four."), Finished(Finish.STOP, usage=Usage(1, 1))))
    assert events[0] == TextDelta("Four.")
    # Nobody may spend what it may have used.
    assert await stands(store, DAILY) == [(0, SENT + 100)]
    assert await store.settle_left() == 1


async def test_a_refused_call_is_not_made_and_says_what_to_do() -> None:
    stage = Stage()
    await stage.spend(4900, DAILY)
    model = ScriptedModel()
    with pytest.raises(BudgetSpent) as caught:
        await read(stage.over(model))
    assert caught.value.told == (
        "You have used today's budget of 5,000 tokens; it begins anew at 00:00 UTC (in 2 hours). "
        "`/usage` shows how it stands, and whoever runs me can allow more."
    )
    assert "person:test:a1:U1" in str(caught.value)
    assert model.requests == []
    assert await stands(stage.store, DAILY) == [(4900, 0)]


async def test_somebody_without_any_room_hears_it_before_anything_is_read() -> None:
    stage = Stage()
    bill = Bill(Payer.of(ADA, (DAILY,)))
    await stage.spend(4488, DAILY)
    assert await stage.meter.refusal(bill, "m") is None
    await stage.spend(1, DAILY)
    said = await stage.meter.refusal(bill, "m")
    assert said is not None
    assert said.startswith("You have used today's budget of 5,000 tokens; it begins anew at 00:00 UTC")
    assert await stands(stage.store, DAILY) == [(4489, 0)]
    assert stage.told == [("b", Threshold.NEARLY), ("b", Threshold.EXHAUSTED)]


async def test_a_shorter_answer_is_offered_where_a_long_one_does_not_fit() -> None:
    stage = Stage()
    await stage.spend(4000, DAILY)
    model = ScriptedModel()
    await read(stage.over(model), asking(max_tokens=4096))
    assert [request.max_tokens for request in model.requests] == [1000 - SENT]


async def test_whoever_else_might_answer_is_reckoned_with() -> None:
    purse = budget(money(6000))
    stage = Stage(prices=Prices(DEAR, own=OWN, scripted=PAID))
    with pytest.raises(BudgetSpent):
        await read(stage.metered(Finished(Finish.STOP), budgets=(budget(money(900)),)), asking())
    model = ScriptedModel((Finished(Finish.STOP, usage=Usage(10, 5), model="own"),))
    await read(stage.over(model, (purse,)), asking(max_tokens=9999))
    # What it thinks comes on top of what it answers.
    assert model.requests[0].max_tokens == (6000 - 3 * SENT) // 9 - 50
    assert stage.only == Spent("own", Usage(10, 5), 0, hosted=False)


async def test_cut_off_before_anybody_said_who_answers_the_dearest_is_paid() -> None:
    stage = Stage(prices=Prices(DEAR, scripted=PAID))
    with pytest.raises(StreamCut):
        await read(stage.metered(StreamCut("x")))
    assert stage.only.cost == 3 * SENT


async def test_the_operator_hears_once_that_a_budget_runs_out_and_that_it_has() -> None:
    stage = Stage()
    house = budget(tokens(8000), whom=Whom.HOUSE, name="house")
    await stage.spend(3900, DAILY, house)
    assert stage.told == []
    await stage.spend(100, DAILY, house)
    await stage.spend(100, DAILY, house)
    assert stage.told == [("b", Threshold.NEARLY)]
    for _ in range(2):
        with pytest.raises(BudgetSpent):
            await stage.meter.call(Bill(Payer.of(ADA, (DAILY,))), "m", 850, 900).__aenter__()
    assert stage.told == [("b", Threshold.NEARLY), ("b", Threshold.EXHAUSTED)]
    await stage.spend(3900, house)
    assert stage.told[2:] == [("house", Threshold.EXHAUSTED)]


async def test_a_question_that_is_too_long_exhausts_nothing() -> None:
    stage = Stage()
    with pytest.raises(BudgetSpent) as caught:
        await stage.meter.call(Bill(Payer.of(ADA, (DAILY,))), "m", 9000, 900).__aenter__()
    assert stage.told == []
    assert "needs at least 9,256 tokens, and 5,000 tokens are left of today's budget" in caught.value.told


async def test_fifty_at_once_stay_within_their_budget() -> None:
    stage = Stage()
    script = (TextDelta("Four."), 0.001, Finished(Finish.STOP, usage=Usage(SENT, 100)))
    answers = [read(stage.metered(*script), asking(max_tokens=100)) for _ in range(50)]
    ended = await asyncio.gather(*answers, return_exceptions=True)
    assert {type(one) for one in ended} == {list, BudgetSpent}
    ((used, held),) = await stands(stage.store, DAILY)
    assert 5000 - SENT - 100 < used <= 5000
    assert held == 0


async def test_a_summary_is_paid_for_by_its_place() -> None:
    stage = Stage()
    bill = Bill(Payer(("channel:test:a1:c1", "house")), Purpose.SUMMARY, counter=ROUGH)
    await read(stage.meter.metered(ScriptedModel(), bill))
    (row,) = stage.store.charges.values()
    assert (row.purpose, row.subjects) == (Purpose.SUMMARY, ("channel:test:a1:c1", "house"))
