"""What the operator reads in a channel of Slack: once, in its own words, and nobody is spoken to by it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import ModelRefusedKey
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import DONE, Reply, chunk, opening, tokens, usage
from tests.emulators.slack import BOT_USER, TEAM
from tests.notice_stage import CLOSED_TO_US, NOT_LET_IN, OPS, logged, on_slack, slack_office
from tests.product import failing
from tests.product_stage import KEY, SlackStage, quiet, rows, until

BUDGETS = '[{"name": "each of us", "for": "person", "tokens_per_day": 20000}]'


@pytest.fixture
async def model() -> AsyncIterator[ModelEmulator]:
    async with ModelEmulator(key="another") as emulator:
        yield emulator


def refused(model: ModelEmulator) -> str:
    """How the notice of a refused key begins."""
    return f"**The model server `{model.url.removesuffix('/v1')}` refuses my key**, since "


async def apologised(stage: SlackStage, text: str = "are you there?") -> None:
    question = await stage.ask(text)
    await stage.shows(question, ModelRefusedKey.told)


async def test_a_refused_key_is_told_once_in_that_channel_only_and_not_again_after_a_restart(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with slack_office(tmp_path, model) as (slack, office):
        for _ in range(2):
            async with office.open() as product:
                stage = on_slack(slack, office, product)
                await apologised(stage, "the canary sings")
                await apologised(stage)
                await until(lambda: len(office.seen()), 1)
                await quiet(model, len(model.journal))
                assert not any(KEY in line for line in (*product.lines, *product.errors))
        (notice,) = slack.answers(OPS)
        assert notice.text.startswith(refused(model))
        assert notice.text.endswith(
            " UTC (HTTP 401 or 403). Whoever `emulated-llama` is to answer gets an apology instead. Check "
            "`LLAMA_API_KEY`, and start me again with another key. `tampu models` shows whether it is taken."
        )
        assert (notice.thread, notice.buttons, notice.edited) == (None, (), False)
        assert "canary" not in notice.text
        assert KEY not in notice.text
        places = {post.channel for post in slack.backend.workspace.posts.values() if post.user == BOT_USER}
        assert places == {"C1", OPS}
        assert [seen.text for seen in slack.answers("C1")] == [ModelRefusedKey.told] * 4
        assert slack.ephemerals == []
        assert rows(office.data, "SELECT count(*) FROM inbox") == [(4,)]


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 429, "retry_after": 1},
        {"status": 500},
        {"status": 500, "after_effect": True},
        {"reset": True, "after_effect": True},
    ],
    ids=["429", "500", "500 after it was posted", "cut after it was posted"],
)
async def test_it_arrives_once_whatever_slack_answers(
    tmp_path: Path, model: ModelEmulator, trouble: dict[str, int | bool]
) -> None:
    async with slack_office(tmp_path, model) as (slack, office), office.open() as product:
        stage = on_slack(slack, office, product)
        # The first is the apology's.
        slack.fault("chat.postMessage", times=3, **trouble)
        await slack.drop_sockets()
        await slack.wait_connected(2, 20)
        question = await stage.ask("are you there?")
        await until(lambda: len(office.seen()), 1, 60)
        await until(lambda: [seen.text for seen in stage.answers(question)], [ModelRefusedKey.told], 60)
        await until(lambda: len(logged(product, "notice.posted")), 1, 60)
        assert len(office.seen()) == 1
        posts = (call for call in slack.journal.of("chat.postMessage") if call.args["channel"] == OPS)
        assert not next(posts).ok


async def test_a_channel_without_us_is_said_once_and_used_as_soon_as_we_are_let_in(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with slack_office(tmp_path, model, CLOSED_TO_US) as (slack, office), office.open() as product:
        stage = on_slack(slack, office, product)
        await apologised(stage)
        await until(lambda: len(logged(product, "notice.not_posted")), 1)
        slack.fault("chat.postMessage", error="is_archived")
        await stage.ask("nobody will read the answer")
        await until(lambda: len(logged(product, "notice.not_posted")), 2)
        (complaint,) = logged(product, NOT_LET_IN)
        assert (complaint["level"], complaint["channel"], complaint["code"]) == (
            "error",
            "C2",
            "not_in_channel",
        )
        assert "invite Tampu there by typing /invite" in str(complaint["advice"])
        said = [str(line["says"]) for line in logged(product, "notice.not_posted")]
        assert said[0].startswith(refused(model))
        assert said[1].startswith("**1 message has not reached people**, since ")
        assert office.seen() == []
        await slack.invite(CLOSED_TO_US)
        model.key = KEY
        model.fail(402)
        await stage.ask("and now?")
        await until(lambda: len(office.seen()), 1)
        assert office.seen()[0].startswith("**The account behind my key for `http://127.0.0.1")
        assert len(logged(product, NOT_LET_IN)) == 1


async def test_what_never_arrived_is_told_with_where_and_why(tmp_path: Path, model: ModelEmulator) -> None:
    model.key = KEY
    async with slack_office(tmp_path, model) as (slack, office), office.open() as product:
        stage = on_slack(slack, office, product)
        slack.fault("chat.postMessage", error="is_archived")
        await stage.ask("the canary sings")
        await until(lambda: len(office.seen()), 1)
        (said,) = office.seen()
        head, line, end = said.split("\n\n")
        assert head.startswith("**1 message has not reached people**, since ")
        assert line == f"- `slack:{TEAM}:C1`: 1 (the channel is archived)"
        assert end == "`tampu outbox` shows each of them, and why."
        await quiet(model, 1)


async def test_a_budget_is_told_when_most_of_it_is_used_and_when_all_of_it_is(
    tmp_path: Path, model: ModelEmulator
) -> None:
    model.key = KEY
    settings = {"TAMPU_BUDGETS": BUDGETS}
    async with slack_office(tmp_path, model, **settings) as (slack, office):
        for asked, (used, most) in enumerate(((16_500, 1), (3_500, 2), (0, 2)), 1):
            async with office.open() as product:
                stage = on_slack(slack, office, product)
                model.reply(Reply((*opening(), *tokens("Yes."), chunk({}, "stop"), usage(used, 0), DONE)))
                await stage.ask("is it?")
                await until(lambda: len(office.seen()), most)
                await until(lambda: len(slack.answers("C1")), asked)
        nearly, exhausted = office.seen()
        assert nearly.startswith(
            f"Budget **each of us** of `person:slack:{TEAM}:U1`: 82 % of today's budget is used (16,500 of "
            "20,000 tokens). It begins anew at 00:00 UTC (in "
        )
        assert (
            "today's budget is used up (20,000 of 20,000 tokens), and I refuse questions on it." in exhausted
        )
        assert exhausted.endswith("). `tampu usage` shows who used it.")


async def test_a_server_that_refuses_is_told_of_though_a_fallback_answers(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with ModelEmulator(("other-llama",)) as other:
        fallback = json.dumps([{"model": "other-llama", "base_url": other.url}])
        async with slack_office(tmp_path, model, LLAMA_FALLBACK=fallback) as (slack, office):
            async with office.open() as product:
                stage = on_slack(slack, office, product)
                await stage.shows(await stage.ask("are you there?"), "You said: are you there?")
                await until(lambda: len(office.seen()), 1)
            (said,) = office.seen()
            assert said.startswith(refused(model))
            assert "Fallbacks answer in place of `emulated-llama`, as far as they can." in said


async def test_a_check_that_is_refused_is_told_of(tmp_path: Path, model: ModelEmulator) -> None:
    model.key = KEY
    async with ModelEmulator(("guard",), key="another") as guard:
        moderation = {
            "MODERATION_ON": "input",
            "MODERATION_BASE_URL": guard.url,
            "MODERATION_API_KEY": KEY,
            "MODERATION_MODEL": "llama-guard",
        }
        async with slack_office(tmp_path, model, **moderation) as (slack, office), office.open() as product:
            await on_slack(slack, office, product).ask("are you there?")
            await until(lambda: len(office.seen()), 1)
            (said,) = office.seen()
            assert said.startswith(refused(guard))
            assert said.endswith(
                " What people say is checked by `llama-guard`, and nobody is answered without that. Check "
                "`MODERATION_API_KEY`, and start me again with another key."
            )
            assert model.journal == ()


async def test_people_may_talk_below_a_notice_and_are_answered_once_they_ask(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with slack_office(tmp_path, model) as (slack, office), office.open() as product:
        stage = on_slack(slack, office, product)
        await apologised(stage)
        await until(lambda: len(office.seen()), 1)
        model.key = KEY
        (notice,) = slack.answers(OPS)
        before = len(model.journal)
        await slack.say("U1", OPS, "canary-one: I will look at it", thread=notice.ts)
        await slack.say("U2", OPS, "canary-two: thank you", thread=notice.ts)
        await slack.say("U2", OPS, "canary-three, in the channel")
        await quiet(model, before)
        assert rows(office.data, "SELECT count(*) FROM inbox") == [(1,)]
        await slack.say("U1", OPS, f"<@{BOT_USER}> what is a 401?", thread=notice.ts)
        await until(lambda: office.seen()[1:], ["You said: what is a 401?"])
        await slack.say("U1", OPS, "and a 403?", thread=notice.ts)
        await until(lambda: office.seen()[1:], ["You said: what is a 401?", "You said: and a 403?"])
        assert {seen.thread for seen in slack.answers(OPS)[1:]} == {notice.ts}


async def test_a_platform_that_is_not_set_up_is_warned_of_and_the_log_has_the_notice(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with slack_office(tmp_path, model, TAMPU_NOTICES="discord:1:2") as (slack, office):
        async with office.open() as product:
            await apologised(on_slack(slack, office, product))
            await until(lambda: len(logged(product, "notice.not_posted")), 1)
        assert any(
            line.startswith("Warning: TAMPU_NOTICES names a channel of Discord") for line in product.lines
        )
        (line,) = logged(product, "notice.not_posted")
        assert (line["why"], line["level"]) == ("discord is not set up", "warning")
        assert str(line["says"]).startswith(refused(model))


async def test_without_a_channel_the_log_has_it(tmp_path: Path, model: ModelEmulator) -> None:
    async with slack_office(tmp_path, model, TAMPU_NOTICES="") as (slack, office), office.open() as product:
        await apologised(on_slack(slack, office, product))
        await until(lambda: len(logged(product, "notice")), 1)
        assert str(logged(product, "notice")[0]["says"]).startswith(refused(model))
        assert not any("TAMPU_NOTICES" in line for line in product.lines)


async def test_a_channel_that_is_none_stops_the_start(tmp_path: Path, model: ModelEmulator) -> None:
    async with slack_office(tmp_path, model, TAMPU_NOTICES="#ops") as (_, office):
        code, _, error = await failing(office.env)
    assert code == 1
    assert error.startswith(
        "tampu: The setting TAMPU_NOTICES must be one channel of Slack or Discord by its ids"
    )
