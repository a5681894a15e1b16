"""A server that fails again and again is left alone, and tried now and then."""

import asyncio
from contextlib import aclosing

import pytest

from core.errors import (
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    StreamCut,
)
from core.llama.breaker import Breaker, BreakerRules, Guarded
from core.llama.unasked import StillBroken, StillUnreachable
from core.transcript import TextDelta
from tests.faults.stateful_time import JumpingClock
from tests.unit.llama_steady_stage import WHOLE, ScriptedModel, Step, asking, live, read

AWAY = (ModelUnreachable("away"),)
RULES = BreakerRules(failures=3, least_s=0.0, pause_s=5.0, longest_pause_s=20.0)


async def kinds(guarded: Guarded, count: int) -> list[str]:
    """The kinds of the errors of so many calls in a row."""
    return [await kind(guarded) for _ in range(count)]


async def kind(guarded: Guarded) -> str:
    try:
        await read(guarded)
    except ModelError as error:
        return type(error).__name__
    return "answered"


@pytest.mark.parametrize(
    ("error", "then"),
    [
        (ModelUnreachable("x"), StillUnreachable),
        (ModelTimedOut("x", "first"), StillUnreachable),
        (ModelBroke("x"), StillBroken),
        (StreamCut("x"), StillBroken),
    ],
    ids=repr,
)
def test_it_opens_after_failures_in_a_row_and_says_of_what_kind(
    error: ModelError, then: type[ModelError]
) -> None:
    model = ScriptedModel((error,))

    async def story(clock: JumpingClock) -> list[str]:
        return await kinds(Guarded(model, Breaker(RULES, clock)), 6)

    assert live(story) == [type(error).__name__] * 3 + [then.__name__] * 3
    assert len(model.requests) == 3
    assert issubclass(then, ModelUnreachable | ModelBroke)


@pytest.mark.parametrize("error", [ModelRejected("x"), ContextOverflow("x"), ModelBusy("x", 5.0)], ids=repr)
def test_a_refused_question_is_a_sign_of_life(error: ModelError) -> None:
    model = ScriptedModel(AWAY, AWAY, (error,), AWAY, AWAY, (error,), *[(error,)] * 10, WHOLE)

    async def story(clock: JumpingClock) -> list[str]:
        return await kinds(Guarded(model, Breaker(RULES, clock)), 17)

    assert live(story)[-1] == "answered"


def test_an_answer_between_failures_counts_from_anew() -> None:
    model = ScriptedModel(AWAY, AWAY, WHOLE, AWAY, AWAY, WHOLE)

    async def story(clock: JumpingClock) -> list[str]:
        return await kinds(Guarded(model, Breaker(RULES, clock)), 6)

    assert live(story).count("answered") == 2


def test_a_short_interruption_of_many_requests_does_not_open_it() -> None:
    model = ScriptedModel(*[AWAY] * 30, *[WHOLE] * 30, AWAY)

    async def story(clock: JumpingClock) -> list[str]:
        guarded = Guarded(model, Breaker(BreakerRules(failures=5, least_s=10.0), clock))
        said = await asyncio.gather(*(kind(guarded) for _ in range(30)))
        await asyncio.sleep(3.0)
        said += await asyncio.gather(*(kind(guarded) for _ in range(30)))
        said += await kinds(guarded, 6)
        await asyncio.sleep(10.0)
        return [*said, *await kinds(guarded, 2)]

    said = live(story)
    assert said == ["ModelUnreachable"] * 30 + ["answered"] * 30 + ["ModelUnreachable"] * 7 + [
        "StillUnreachable"
    ]


def test_probes_come_ever_more_seldom_and_one_at_a_time() -> None:
    model = ScriptedModel((0.01, *AWAY))

    async def story(clock: JumpingClock) -> None:
        guarded = Guarded(model, Breaker(RULES, clock))
        while clock.monotonic() < 80.0:
            await asyncio.gather(*(kind(guarded) for _ in range(4)))
            await asyncio.sleep(0.1)

    live(story)
    assert model.most_open == 4
    assert model.at[:4] == [0.0] * 4
    pauses = [later - sooner for sooner, later in zip(model.at[3:], model.at[4:], strict=False)]
    assert pauses == pytest.approx([5.0, 10.0, 20.0, 20.0, 20.0], abs=0.3)


def test_the_first_word_of_a_probe_lets_the_others_in() -> None:
    model = ScriptedModel(AWAY, AWAY, AWAY, (1.0, TextDelta("a"), 50.0, *WHOLE), WHOLE)

    async def story(clock: JumpingClock) -> list[str]:
        guarded = Guarded(model, Breaker(RULES, clock))
        await kinds(guarded, 3)
        await asyncio.sleep(6.0)
        probe = asyncio.ensure_future(kind(guarded))
        await asyncio.sleep(0.5)
        said = [await kind(guarded)]
        await asyncio.sleep(1.0)
        return [*said, await kind(guarded), await probe]

    assert live(story) == ["StillUnreachable", "answered", "answered"]


@pytest.mark.parametrize("script", [(TextDelta("a"), StreamCut("x")), (ModelBroke("x"),)], ids=repr)
def test_a_probe_that_fails_opens_it_again(script: tuple[Step, ...]) -> None:
    model = ScriptedModel(AWAY, AWAY, AWAY, script, WHOLE)

    async def story(clock: JumpingClock) -> list[str]:
        guarded = Guarded(model, Breaker(RULES, clock))
        await kinds(guarded, 3)
        await asyncio.sleep(5.1)
        return await kinds(guarded, 2)

    assert live(story)[1] == "StillBroken"


def test_a_probe_whose_reader_goes_leaves_the_way_to_the_next() -> None:
    model = ScriptedModel(AWAY, AWAY, AWAY, (60.0, *WHOLE), WHOLE)

    async def story(clock: JumpingClock) -> str:
        guarded = Guarded(model, Breaker(RULES, clock))
        await kinds(guarded, 3)
        await asyncio.sleep(6.0)
        probe = asyncio.ensure_future(read(guarded))
        await asyncio.sleep(1.0)
        probe.cancel()
        await asyncio.wait([probe])
        return await kind(guarded)

    assert live(story) == "answered"


def test_a_reader_that_goes_says_nothing_of_the_server() -> None:
    model = ScriptedModel((TextDelta("a"), 60.0, *WHOLE))

    async def story(clock: JumpingClock) -> bool:
        breaker = Breaker(RULES, clock)
        for _ in range(10):
            async with aclosing(Guarded(model, breaker).stream(asking())) as events:
                assert await anext(events) == TextDelta("a")
        return breaker.is_open

    assert live(story) is False
