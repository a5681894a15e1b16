"""After a refusal everybody waits; who waited first goes first; nobody's place is lost."""

import asyncio
from collections.abc import AsyncGenerator
from random import Random

import pytest

from core.errors import ModelBroke, ModelBusy, ModelError, ModelUnreachable, StreamCut
from core.llama.breaker import Breaker, BreakerRules, Guarded
from core.llama.cooldown import Contended, Cooldown
from core.llama.line import ASKER, Line, LineRules
from core.llama.pace import Budget
from core.llama.queued import Queued
from core.llama.retrying import Retrying, RetryRules
from core.llama.unasked import WaitedTooLong
from core.transcript import ModelEvent, ModelRequest, ReasoningDelta, TextDelta
from tests.fakes.clock import ManualClock
from tests.faults.stateful_time import JumpingClock
from tests.unit.llama_steady_stage import WHOLE, ScriptedModel, Step, live, read


def queued(model: ScriptedModel, line: Line) -> Queued:
    return Queued(model, line, lambda _: 10)


async def as_asker(name: str, model: Queued) -> None:
    ASKER.set(name)
    await read(model)


# The cool-down alone


def test_pauses_double_to_a_minute_and_an_answer_ends_that() -> None:
    clock = ManualClock()
    cooldown = Cooldown(clock)
    pauses = []
    for _ in range(7):
        cooldown.strike(clock.monotonic(), None)
        pauses.append(cooldown.remaining_s)
        clock.advance(cooldown.remaining_s + 0.1)
    assert pauses == pytest.approx([2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0])
    cooldown.ease()
    cooldown.strike(clock.monotonic(), None)
    assert cooldown.remaining_s == pytest.approx(2.0)


def test_refusals_of_one_burst_are_one() -> None:
    clock = ManualClock()
    cooldown = Cooldown(clock)
    for _ in range(16):
        clock.advance(0.01)
        cooldown.strike(0.0, None)
    assert 1.8 < cooldown.remaining_s <= 2.0
    cooldown.strike(0.0, 7.0)
    assert cooldown.remaining_s == 7.0
    cooldown.strike(0.0, 1.0)
    assert cooldown.remaining_s == 7.0


def test_the_servers_word_counts_within_reason() -> None:
    clock = ManualClock()
    cooldown = Cooldown(clock)
    cooldown.strike(0.0, 0.5)
    assert cooldown.remaining_s == 0.5
    cooldown.strike(0.0, 1e12)
    assert cooldown.remaining_s == 900.0


# The line


def test_everybody_waits_out_a_refusal_and_one_tries_first() -> None:
    model = ScriptedModel((ModelBusy("x", 10.0),), (1.0, *WHOLE))

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(at_once=8), clock)
        with pytest.raises(ModelBusy):
            await read(queued(model, line))
        await asyncio.gather(*(read(queued(model, line)) for _ in range(7)))
        assert (line.asking, line.waiting) == (0, 0)

    live(story)
    assert model.at == pytest.approx([0.0, 10.0, 11.0, 11.0, 12.0, 12.0, 13.0, 13.0])


def test_after_a_refusal_a_slow_server_is_not_asked_one_by_one_for_long() -> None:
    model = ScriptedModel((ModelBusy("x", 10.0),), (60.0, *WHOLE))

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(at_once=8), clock)
        with pytest.raises(ModelBusy):
            await read(queued(model, line))
        await asyncio.gather(*(read(queued(model, line)) for _ in range(4)))

    live(story)
    assert model.at == pytest.approx([0.0, 10.0, 15.0, 20.0, 25.0])


def test_what_was_taken_before_a_refusal_does_not_end_the_care_after_it() -> None:
    early = (3.0, TextDelta("a"), 30.0, *WHOLE)
    model = ScriptedModel(early, early, (1.0, ModelBusy("x")), (1.0, *WHOLE))

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(at_once=8), clock)
        calls = [asyncio.ensure_future(read(queued(model, line))) for _ in range(3)]
        await asyncio.sleep(1.5)
        calls += [asyncio.ensure_future(read(queued(model, line))) for _ in range(3)]
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(end) for end in done] == [list, list, Contended, list, list, list]

    live(story)
    # Refused after 1 s, left alone for 2 s, then tried with one, then with two.
    assert model.at == pytest.approx([0.0, 0.0, 0.0, 3.0, 4.0, 4.0])


def test_no_more_at_once_than_the_rules_say_and_first_come_first_served() -> None:
    model = ScriptedModel((1.0, *WHOLE))

    async def story(clock: JumpingClock) -> list[str]:
        line = Line(LineRules(at_once=3), clock)
        await asyncio.gather(*(as_asker(f"{n:02}", queued(model, line)) for n in range(12)))
        return model.askers

    assert live(story) == [f"{number:02}" for number in range(12)]
    assert model.most_open == 3


def test_a_line_that_lets_nobody_go_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LineRules(at_once=0)


def test_one_asker_with_many_requests_does_not_keep_others_waiting() -> None:
    model = ScriptedModel((1.0, *WHOLE))

    async def story(clock: JumpingClock) -> list[str]:
        line = Line(LineRules(at_once=1), clock)
        names = [*["greedy"] * 20, "b", "c", "d"]
        await asyncio.gather(*(as_asker(name, queued(model, line)) for name in names))
        return model.askers

    log = live(story)
    assert log[:5] == ["greedy", "b", "c", "d", "greedy"]


def test_nobody_is_overtaken_for_ever() -> None:
    model = ScriptedModel((1.0, *WHOLE))

    async def story(clock: JumpingClock) -> int:
        line = Line(LineRules(at_once=1, longest_wait_s=1000.0), clock)
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(as_asker("two", queued(model, line)))
            for number in range(200):
                group.create_task(as_asker(f"new {number}", queued(model, line)))
                await asyncio.sleep(1.0)
        return len(model.askers) - model.askers[::-1].index("two")

    assert live(story) < 40


def test_who_would_wait_too_long_is_told_at_once_and_when_to_come_back() -> None:
    model = ScriptedModel((ModelBusy("x", 300.0),), WHOLE)

    async def story(clock: JumpingClock) -> float:
        line = Line(LineRules(), clock)
        waiting = asyncio.gather(*(read(queued(model, line)) for _ in range(3)), return_exceptions=True)
        await asyncio.sleep(1.0)
        with pytest.raises(WaitedTooLong) as caught:
            await read(queued(model, line))
        assert caught.value.retry_after == pytest.approx(299.0)
        assert "5 minutes" in caught.value.told
        kinds = [type(error) for error in await waiting]
        assert kinds == [Contended, WaitedTooLong, WaitedTooLong]
        return clock.monotonic()

    assert live(story) == 1.0
    assert len(model.requests) == 1


def test_who_has_stood_in_line_too_long_is_told() -> None:
    model = ScriptedModel((500.0, *WHOLE))

    async def story(clock: JumpingClock) -> float:
        line = Line(LineRules(at_once=1, longest_wait_s=30.0), clock)
        first = asyncio.ensure_future(read(queued(model, line)))
        await asyncio.sleep(1.0)
        with pytest.raises(WaitedTooLong):
            await read(queued(model, line))
        waited = clock.monotonic()
        await first
        return waited

    assert live(story) == pytest.approx(31.0)


def test_who_goes_leaves_the_line_and_frees_the_place_at_once() -> None:
    model = ScriptedModel((TextDelta("a"), 1000.0, *WHOLE), WHOLE)

    async def story(clock: JumpingClock) -> float:
        line = Line(LineRules(at_once=1), clock)
        readers = [asyncio.ensure_future(read(queued(model, line))) for _ in range(3)]
        await asyncio.sleep(5.0)
        assert (line.asking, line.waiting) == (1, 2)
        readers[1].cancel()
        await asyncio.sleep(0.0)
        await asyncio.sleep(0.0)
        assert (line.asking, line.waiting) == (1, 1)
        readers[0].cancel()
        await readers[2]
        assert (line.asking, line.waiting) == (0, 0)
        return clock.monotonic()

    assert live(story) == 5.0


def test_a_place_granted_in_the_moment_of_the_cancellation_is_given_back() -> None:
    model = ScriptedModel((1.0, *WHOLE), WHOLE)

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(at_once=1, budget=Budget(requests_per_minute=2)), clock)
        first = await line.enter(10)
        waiter = asyncio.ensure_future(read(queued(model, line)))
        await asyncio.sleep(0.0)
        assert line.waiting == 1
        first.leave(5)
        assert (line.asking, line.waiting) == (1, 0)
        waiter.cancel()
        await asyncio.wait([waiter])
        assert waiter.cancelled()
        assert line.asking == 0
        # The request that never went out is not counted either.
        await read(queued(model, line))
        assert clock.monotonic() == 1.0

    live(story)


@pytest.mark.parametrize(("taken", "ends"), [(3, {"answered"}), (0, {"ModelBusy"})])
def test_many_askers_are_all_answered_as_long_as_anybody_is(taken: int, ends: set[str]) -> None:
    """The server takes so many requests within a second, and refuses the others."""
    refused = 0

    class Rationed(ScriptedModel):
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
            nonlocal refused
            now = asyncio.get_running_loop().time()
            if sum(at > now - 1.0 for at in self.at) >= taken:
                refused += 1
                raise ModelBusy("x", 0.5)
            async for event in super().stream(request):
                yield event

    model = Rationed((0.3, *WHOLE))

    async def one(stack: Retrying) -> str:
        try:
            return "answered" if await read(stack) == list(WHOLE) else "odd"
        except ModelError as error:
            return type(error).__name__

    async def story(clock: JumpingClock) -> set[str]:
        stack = Retrying(queued(model, Line(LineRules(), clock)), RetryRules(rests_when_busy=False), clock)
        return set(await asyncio.gather(*(one(stack) for _ in range(60))))

    assert live(story) == ends
    assert refused > 2


# Everything together


def faults(dice: Random) -> tuple[Step, ...]:
    wait = dice.choice([0.0, 0.5, 20.0])
    ends: list[tuple[Step, ...]] = [
        WHOLE,
        (ReasoningDelta("hm"), wait, *WHOLE),
        (ModelBusy("x"),),
        (ModelBusy("x", wait),),
        (ModelBusy("x", 100.0),),
        (ModelBroke("x"),),
        (ModelUnreachable("x"),),
        (TextDelta("a"), StreamCut("x")),
        (TextDelta("a"), 100.0, *WHOLE),
    ]
    return (dice.choice([0.0, 0.1, 3.0]), *dice.choice(ends))


@pytest.mark.parametrize("seed", range(30))
def test_after_any_mix_of_faults_and_goings_every_place_is_free(seed: int) -> None:
    dice = Random(seed)
    model = ScriptedModel(*(faults(dice) for _ in range(200)), WHOLE)
    outcomes: list[str] = []

    async def one(stack: Retrying, name: str, begin: float, patience: float | None) -> None:
        ASKER.set(name)
        await asyncio.sleep(begin)
        try:
            async with asyncio.timeout(patience):
                events: list[ModelEvent] = await read(stack)
                outcomes.append("answered" if events[-2:] == list(WHOLE) else "odd")
        except (ModelError, TimeoutError) as error:
            outcomes.append(type(error).__name__)

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(at_once=3, budget=Budget(40, 20_000)), clock)
        breaker = Breaker(BreakerRules(), clock)
        inner = Queued(Guarded(model, breaker), line, lambda _: 50)
        stack = Retrying(inner, RetryRules(rests_when_busy=False), clock, dice)
        async with asyncio.TaskGroup() as group:
            for number in range(60):
                patience = dice.choice([None, None, dice.uniform(0.0, 5.0)])
                group.create_task(one(stack, f"asker {number % 7}", dice.uniform(0.0, 60.0), patience))
        assert (line.asking, line.waiting) == (0, 0)
        await asyncio.sleep(1000.0)
        await asyncio.gather(*(read(Queued(ScriptedModel(), line, lambda _: 50)) for _ in range(9)))

    live(story)
    assert len(outcomes) == 60
    assert "odd" not in outcomes
    assert model.open == 0
    assert model.most_open <= 3
