"""Ceilings, and models that fail: people are told what is so, and the log says nothing of what they wrote."""

import re
import time
from pathlib import Path

import pytest

from core.errors import ModelBroke, ModelRefusedKey, ModelUnreachable, StreamCut
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import DONE, Reply, chunk, failed, opening, tokens, usage
from tests.emulators.slack import SlackEmulator
from tests.product import environment, model_settings, running, slack_settings
from tests.product_stage import KEY, SlackStage, on_slack, quiet

WHEN = re.compile(r"in (\d+) (minutes?|hours) \(at (\d\d):(\d\d) UTC\)\.$")


def seconds_of(refusal: str) -> float:
    """How far away the time is that a refusal names; both ways of naming it must agree."""
    found = WHEN.search(refusal)
    assert found is not None, refusal
    count, unit, hour, minute = found.groups()
    span = int(count) * (60 if unit.startswith("minute") else 3600)
    at = int(hour) * 3600 + int(minute) * 60
    until = (at - time.time()) % 86_400
    assert abs(until - span) <= (90 if unit.startswith("minute") else 1890)
    return until


async def first_answer(stage: SlackStage, question: str) -> str:
    await stage.slack.wait_for(lambda: stage.answers(question), 20)
    return stage.answers(question)[0].text


async def test_the_hours_ceiling_is_a_persons_own_and_says_when_it_ends(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with on_slack(tmp_path, model, TAMPU_TURNS_PER_HOUR="2") as stage:
        for text in ("one please", "two please"):
            await stage.shows(await stage.ask(text), f"You said: {text}")
        refused = await stage.ask("three please")
        answer = await first_answer(stage, refused)
        assert answer.startswith("You have asked me 2 questions within an hour")
        assert 3500 < seconds_of(answer) <= 3660
        once_more = await stage.ask("four please")
        hers = await stage.ask("one please", user="U2")
        await stage.shows(hers, "You said: one please")
        assert "Say what I can do" in (await stage.slack.command("U1", "C1", "/llama", "help")).text
        await quiet(model, 3)
        assert stage.answers(once_more) == []


async def test_commands_do_not_count_and_the_count_outlives_a_restart(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with SlackEmulator() as slack:
        settings = {**slack_settings(slack), **model_settings(model), "TAMPU_TURNS_PER_HOUR": "2"}
        for texts in (("one please", "/help", "/model"), ("two please", "three please")):
            async with running(environment(tmp_path, **settings)) as product:
                stage = SlackStage(slack, model, product, tmp_path)
                told = [await first_answer(stage, await stage.ask(text)) for text in texts]
    assert told[0] == "You said: two please"
    assert told[1].startswith("You have asked me 2 questions within an hour")


async def test_the_days_tokens_on_a_key_are_a_ceiling_for_everybody(
    tmp_path: Path, model: ModelEmulator
) -> None:
    model.key = KEY
    settings = {"LLAMA_API_KEY": KEY, "TAMPU_TOKENS_PER_DAY": "9000"}
    model.reply(Reply((*opening(), *tokens("One."), chunk({}, "stop"), usage(8000, 900), DONE)))
    async with on_slack(tmp_path, model, **settings) as stage:
        await stage.shows(await stage.ask("one please"), "One.")
        refused = await stage.ask("two please", user="U2")
        answer = await first_answer(stage, refused)
        assert answer.startswith("I have used up what my operator allows for today;")
        assert "begins anew at 00:00 UTC (in " in answer
        await quiet(model, 1)


async def test_tokens_of_a_server_without_a_key_are_not_counted(tmp_path: Path, model: ModelEmulator) -> None:
    async with on_slack(tmp_path, model, TAMPU_TOKENS_PER_DAY="10") as stage:
        for text in ("one please", "two please"):
            await stage.shows(await stage.ask(text), f"You said: {text}")


async def told(stage: SlackStage, text: str = "a canary of a question") -> str:
    """Ask, and read the first answer once it is there."""
    return await first_answer(stage, await stage.ask(text))


async def test_a_refused_key_is_told_without_the_key(tmp_path: Path, model: ModelEmulator) -> None:
    model.key = "another"
    async with on_slack(tmp_path, model, LLAMA_API_KEY=KEY) as stage:
        assert await told(stage) == ModelRefusedKey.told
        model.key = KEY
        assert await told(stage, "and now?") == "You said: and now?"


async def test_a_model_that_is_away_is_told_and_used_again_when_it_is_back(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with on_slack(tmp_path, model) as stage:
        await model.__aexit__(None, None, None)
        assert await told(stage) == ModelUnreachable.told
        async with model:
            model._stopping = False
            assert await told(stage, "and now?") == "You said: and now?"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(429, "The model is busy right now. Please try again in about 10 minutes."), (500, ModelBroke.told)],
    ids=["429", "500"],
)
async def test_a_failing_model_is_told(
    tmp_path: Path, model: ModelEmulator, status: int, sentence: str
) -> None:
    model.answer_with(lambda _: failed(status, headers={"Retry-After": "600"}))
    async with on_slack(tmp_path, model) as stage:
        assert await told(stage) == sentence


async def test_an_answer_that_breaks_off_is_marked_as_such(tmp_path: Path, model: ModelEmulator) -> None:
    for _ in range(2):
        model.cut("The first half. The second half.", after=16)
    async with on_slack(tmp_path, model) as stage:
        question = await stage.ask("tell me both halves")
        await stage.slack.wait_for(
            lambda: stage.answers(question) and "cut off" in stage.answers(question)[0].text, 20
        )
        (answer,) = stage.answers(question)
        assert answer.text == f"The first half. \n\n*(The answer was cut off here. {StreamCut.told})*"


CANARY = "the canary sings at dawn"
# How vLLM writes a validation error: with the input, as its words.
REPEATED = f"[{{'type': 'value_error', 'loc': ('body',), 'input': {{'content': '{CANARY}'}}}}]"


@pytest.mark.parametrize(
    "body",
    [
        {"detail": [{"loc": ["messages", 1], "msg": "bad value", "input": CANARY}]},
        f"<h1>400</h1><p>{CANARY}</p>",
        {"object": "error", "message": REPEATED, "type": "BadRequestError", "code": 400},
    ],
)
async def test_a_server_that_repeats_the_question_in_its_error_leaves_no_trace_in_the_log(
    tmp_path: Path, model: ModelEmulator, body: object
) -> None:
    model.fail(400, body)
    async with on_slack(tmp_path, model) as stage:
        assert CANARY not in await told(stage, CANARY)
    assert any("turn.model_failed" in line for line in stage.product.errors)


async def test_a_bug_of_ours_or_a_strange_answer_never_leaves_a_person_in_silence(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with on_slack(tmp_path, model) as stage:
        for _ in range(3):
            model.garbage()
        model.say("")
        for _ in range(2):
            model.error_event("Half a ")
        assert await told(stage) == ModelBroke.told
        assert "empty answer" in await told(stage)
        broken = await stage.ask("a canary of a question")
        await stage.slack.wait_for(
            lambda: any("cut off" in answer.text for answer in stage.answers(broken)), 20
        )
