"""What the operator reads in a channel of Discord: once, in its own words, and nobody is pinged by it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import ModelRefusedKey
from tests.emulators.model import ModelEmulator
from tests.notice_stage import NOT_LET_IN, discord_office, logged, on_discord
from tests.product_stage import KEY, DiscordStage, quiet, rows, until


@pytest.fixture
async def model() -> AsyncIterator[ModelEmulator]:
    async with ModelEmulator(key="another") as emulator:
        yield emulator


async def apologised(stage: DiscordStage, times: int = 1) -> None:
    await stage.ask("are you there?")
    await stage.shows(*[ModelRefusedKey.told] * times)


async def test_a_refused_key_is_told_once_in_that_channel_only_and_not_again_after_a_restart(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with discord_office(tmp_path, model) as (discord, ops, office):
        for start in range(2):
            async with office.open() as product:
                stage = on_discord(discord, office, product)
                await apologised(stage, 2 * start + 1)
                await apologised(stage, 2 * start + 2)
                await until(lambda: len(office.seen()), 1)
                await quiet(model, len(model.journal))
                assert not any(KEY in line for line in (*product.lines, *product.errors))
        (notice,) = discord.said_by_bot(ops)
        assert notice.text.startswith(
            f"**The model server `{model.url.removesuffix('/v1')}` refuses my key**, since "
        )
        assert notice.text.endswith(" `tampu models` shows whether it is taken.")
        assert (notice.pings, notice.reply_to, notice.embeds, notice.components) == ((), None, (), ())
        assert len(notice.editions) == 1
        said = [each for channel in discord.world.timeline.values() for each in channel]
        assert {each.channel_id for each in said if each.author == discord.bot} == {
            discord.general.id,
            ops.id,
        }
        assert rows(office.data, "SELECT count(*) FROM inbox") == [(4,)]


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 429, "retry_after": 1.0},
        {"status": 500},
        {"reset": True},
        {"reset": True, "after_effect": True},
    ],
    ids=["429", "500", "cut", "cut after it was posted"],
)
async def test_it_arrives_once_whatever_discord_answers(
    tmp_path: Path, model: ModelEmulator, trouble: dict[str, int | bool | float]
) -> None:
    async with discord_office(tmp_path, model) as (discord, ops, office), office.open() as product:
        fault = discord.fault(rf"POST .*/channels/{ops.id}/messages$", **trouble)
        await discord.drop()
        await apologised(on_discord(discord, office, product))
        await until(lambda: len(logged(product, "notice.posted")), 1, 90)
        assert len(office.seen()) == 1
        assert fault.met == 1


async def test_a_channel_where_we_may_not_write_is_said_once(tmp_path: Path, model: ModelEmulator) -> None:
    async with discord_office(tmp_path, model) as (discord, ops, office), office.open() as product:
        stage = on_discord(discord, office, product)
        discord.deny(ops, "SEND_MESSAGES")
        await apologised(stage)
        await until(lambda: len(logged(product, "notice.not_posted")), 1)
        model.key = KEY
        model.fail(402)
        await stage.ask("and now?")
        await until(lambda: len(logged(product, "notice.not_posted")), 2)
        (complaint,) = logged(product, NOT_LET_IN)
        assert (complaint["level"], complaint["channel"], complaint["code"]) == ("error", ops.id, "50013")
        assert "let it view the channel and send messages there" in str(complaint["advice"])
        assert office.seen() == []


async def test_what_never_arrived_is_told_with_where_and_why(tmp_path: Path, model: ModelEmulator) -> None:
    model.key = KEY
    async with discord_office(tmp_path, model) as (discord, _, office), office.open() as product:
        discord.deny(discord.general, "SEND_MESSAGES")
        await on_discord(discord, office, product).ask("the canary sings")
        await until(lambda: len(office.seen()), 1)
        place = f"discord:{discord.world.guild_id}:{discord.general.id}"
        assert f"\n\n- `{place}`: 1 (Tampu may not write there any more)\n\n" in office.seen()[0]
        assert "canary" not in office.seen()[0]
        await quiet(model, 1)


async def test_people_may_talk_below_a_notice_and_are_answered_once_they_ask(
    tmp_path: Path, model: ModelEmulator
) -> None:
    async with discord_office(tmp_path, model) as (discord, ops, office), office.open() as product:
        await apologised(on_discord(discord, office, product))
        await until(lambda: len(office.seen()), 1)
        model.key = KEY
        (notice,) = discord.said_by_bot(ops)
        before = len(model.journal)
        first = await discord.say(discord.ana, ops, "canary-one: I will look at it", reply_to=notice)
        await discord.say(discord.bob, ops, "canary-two: thank you", reply_to=first)
        await discord.say(discord.bob, ops, "canary-three, in the channel")
        await quiet(model, before)
        assert rows(office.data, "SELECT count(*) FROM inbox") == [(1,)]
        await discord.say(discord.ana, ops, f"{discord.bot.mention} what is a 401?", reply_to=notice)
        await until(lambda: len(office.seen()), 2)
        # Whoever asks below it asks about it.
        asked = model.journal[-1].ask.last_user_text
        assert notice.text in asked
        assert asked.endswith("what is a 401?")
        answer = discord.said_by_bot(ops)[1]
        await discord.say(discord.ana, ops, "and a 403?", reply_to=answer)
        await until(lambda: office.seen()[2:], ["You said: and a 403?"])
