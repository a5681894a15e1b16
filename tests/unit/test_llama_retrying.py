"""Asking again: when, how often, and never once something was seen."""

import asyncio
from contextlib import aclosing
from random import Random

import pytest
from structlog.testing import capture_logs

from core.errors import (
    ContentFiltered,
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.retrying import Retrying, RetryRules, most_telling
from core.transcript import Finish, Finished, ModelEvent, TextDelta, ToolCall
from tests.faults.stateful_time import JumpingClock
from tests.unit.llama_steady_stage import THINKING, WHOLE, ScriptedModel, asking, live, read


class Loaded(Random):
    """Dice that always fall on the largest number."""

    def uniform(self, a: float, b: float) -> float:
        return b


def retrying(model: ScriptedModel, clock: JumpingClock, **rules: float) -> Retrying:
    return Retrying(model, RetryRules(**rules), clock, Loaded())  # type: ignore[arg-type] # by name


PASSING = [
    ModelUnreachable("x"),
    ModelBusy("x"),
    ModelBusy("x", 3.0),
    ModelBroke("x"),
    StreamCut("x"),
    ModelTimedOut("x", "first"),
    ModelTimedOut("x", "next"),
]
FINAL = [
    ModelRefusedKey("x"),
    ModelMissing("x"),
    ModelRejected("x"),
    ModelQuotaSpent("x"),
    ContextOverflow("x"),
    ContentFiltered("x"),
    NoVision("x"),
    ModelTimedOut("x", "end"),
    ModelBusy("x", 61.0),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_passes_is_asked_again(error: ModelError) -> None:
    model = ScriptedModel((error,), (THINKING, error), WHOLE)

    async def story(clock: JumpingClock) -> list[ModelEvent]:
        return await read(retrying(model, clock))

    assert live(story) == [THINKING, *WHOLE]
    assert len(model.requests) == 3


@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_what_does_not_pass_is_told_at_once(error: ModelError) -> None:
    model = ScriptedModel((error,), WHOLE)

    async def story(clock: JumpingClock) -> float:
        with pytest.raises(type(error)) as caught:
            await read(retrying(model, clock))
        assert caught.value is error
        return clock.monotonic()

    assert live(story) == 0.0
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    "seen",
    [TextDelta("H"), TextDelta(" "), Finished(Finish.TOOL_CALLS, (ToolCall("1", "pay", "{}"),))],
    ids=repr,
)
@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_nothing_is_asked_again_once_something_was_seen(seen: ModelEvent, error: ModelError) -> None:
    model = ScriptedModel((THINKING, seen, error), WHOLE)
    heard: list[ModelEvent] = []

    async def story(clock: JumpingClock) -> None:
        async with aclosing(retrying(model, clock).stream(asking())) as events:
            heard.extend([event async for event in events])

    with pytest.raises(type(error)):
        live(story)
    assert len(model.requests) == 1


def test_pauses_double_with_jitter_up_to_eight_seconds() -> None:
    model = ScriptedModel((ModelBroke("x"),))

    async def story(clock: JumpingClock) -> None:
        with pytest.raises(ModelBroke):
            await read(retrying(model, clock, tries=8))

    live(story)
    pauses = [later - sooner for sooner, later in zip(model.at, model.at[1:], strict=False)]
    assert pauses == pytest.approx([0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0])


def test_jitter_is_full() -> None:
    starts = []
    for seed in range(40):
        model = ScriptedModel((ModelBroke("x"),), WHOLE)

        async def story(clock: JumpingClock, model: ScriptedModel = model, seed: int = seed) -> None:
            await read(Retrying(model, RetryRules(), clock, Random(seed)))

        live(story)
        starts.append(model.at[1])
    assert min(starts) < 0.1
    assert max(starts) > 0.4
    assert max(starts) <= 0.5


def test_the_servers_word_on_when_to_come_back_counts() -> None:
    model = ScriptedModel((ModelBusy("x", 59.0),), (ModelBusy("x", 0.25),), WHOLE)

    async def story(clock: JumpingClock) -> None:
        await read(retrying(model, clock))

    live(story)
    assert model.at == pytest.approx([0.0, 59.0, 59.25])


def test_a_long_wait_is_told_with_its_time() -> None:
    model = ScriptedModel((ModelBusy("x", 600.0),))

    async def story(clock: JumpingClock) -> None:
        await read(retrying(model, clock))

    with pytest.raises(ModelBusy) as caught:
        live(story)
    assert caught.value.told == "The model is busy right now. Please try again in about 10 minutes."
    assert ModelBusy("x", 20 * 3600.0).told.endswith("in about 20 hours.")
    assert ModelBusy("x", 1e300).told.endswith("in a few days.")
    assert ModelBusy("x", 5.0).told == ModelBusy.told


def test_no_try_begins_after_the_total() -> None:
    model = ScriptedModel((30.0, ModelTimedOut("x", "first")))

    async def story(clock: JumpingClock) -> float:
        with pytest.raises(ModelTimedOut):
            await read(retrying(model, clock, tries=10, total_s=70.0))
        return clock.monotonic()

    assert live(story) == pytest.approx(70.0)
    assert len(model.requests) == 3
    assert model.open == 0


def test_a_try_that_only_thinks_ends_at_the_total_too() -> None:
    model = ScriptedModel((THINKING, 5.0) * 100)

    async def story(clock: JumpingClock) -> float:
        with pytest.raises(ModelTimedOut) as caught:
            await read(retrying(model, clock, total_s=42.0))
        assert caught.value.waiting_for == "first"
        return clock.monotonic()

    assert live(story) == pytest.approx(42.0)
    assert model.open == 0


def test_visible_text_is_not_cut_by_the_total_of_the_tries() -> None:
    model = ScriptedModel((20.0, ModelBroke("x")), (TextDelta("a"), 300.0, TextDelta("b"), *WHOLE))

    async def story(clock: JumpingClock) -> list[ModelEvent]:
        return await read(retrying(model, clock, total_s=60.0))

    assert live(story)[1] == TextDelta("b")


def test_the_error_that_explains_most_is_told() -> None:
    model = ScriptedModel(
        (ModelBroke("HTTP 500"),), (ModelUnreachable("reset"),), (ModelUnreachable("reset"),)
    )

    async def story(clock: JumpingClock) -> None:
        await read(retrying(model, clock))

    with pytest.raises(ModelBroke):
        live(story)
    first, last = ModelBusy("x", 1.0), ModelBusy("x", 2.0)
    assert most_telling([first, ModelUnreachable("x"), last, ModelTimedOut("x", "first")]) is last


def test_an_answer_without_an_end_is_a_cut_one() -> None:
    model = ScriptedModel((THINKING,), WHOLE)

    async def story(clock: JumpingClock) -> list[ModelEvent]:
        return await read(retrying(model, clock))

    assert live(story) == [THINKING, *WHOLE]


def test_info_is_asked_again_too() -> None:
    model = ScriptedModel()
    model.info_failures = [ModelUnreachable("x"), ModelTimedOut("x", "first")]

    async def story(clock: JumpingClock) -> str:
        return (await retrying(model, clock).info()).name

    assert live(story) == "scripted"
    model.info_failures = [ModelMissing("x")]
    with pytest.raises(ModelMissing):
        live(story)


def test_a_reader_that_goes_ends_the_pause_and_the_call() -> None:
    model = ScriptedModel((ModelBusy("x", 30.0),), (TextDelta("a"), 100.0))

    async def story(clock: JumpingClock) -> tuple[float, float]:
        reader = asyncio.ensure_future(read(retrying(model, clock)))
        await asyncio.sleep(10.0)
        reader.cancel()
        await asyncio.wait([reader])
        paused = clock.monotonic()
        reader = asyncio.ensure_future(read(retrying(model, clock)))
        await asyncio.sleep(10.0)
        assert model.open == 1
        reader.cancel()
        await asyncio.wait([reader])
        assert reader.cancelled()
        return paused, clock.monotonic()

    assert live(story) == (10.0, 20.0)
    assert model.open == 0


def test_each_retry_is_logged_without_anybodys_words() -> None:
    model = ScriptedModel((ModelBroke("HTTP 500: my secret question"),), (ModelBusy("slow", 3.0),), WHOLE)

    async def story(clock: JumpingClock) -> None:
        await read(retrying(model, clock))

    with capture_logs() as logs:
        live(story)
    assert logs == [
        {"event": "model.retry", "log_level": "warning", "kind": "ModelBroke", "attempt": 2, "wait": 0.5},
        {"event": "model.retry", "log_level": "warning", "kind": "ModelBusy", "attempt": 3, "wait": 3.0},
    ]
