"""The model's server goes down and comes up: people are told at once, and answered when it is there."""

import asyncio
import time
import uuid
from http import HTTPStatus
from pathlib import Path

from core import phrases
from core.errors import ModelUnreachable
from tests.emulators.model import ModelEmulator
from tests.faults.machine import Machine, machine
from tests.faults.test_machine_disk import visitor
from tests.integration.web_stage import Visitor

AT_ONCE_S = 4.0
ROUNDS = 4
SLOW_S = 0.1


async def down(model: ModelEmulator) -> None:
    """Its process is gone: connections are reset, new ones refused."""
    await model.__aexit__(None, None, None)


async def up(model: ModelEmulator) -> None:
    """It listens again where it was."""
    await model.__aenter__()


async def told_at_once(around: Machine) -> None:
    begun = time.monotonic()
    await around.ask(0, notice=ModelUnreachable.told)
    await around.answered()
    assert time.monotonic() - begun < AT_ONCE_S


async def test_down_for_a_while_and_at_the_start(tmp_path: Path) -> None:
    """However long it lasts: nothing is put off, and no pause grows from question to question."""
    async with machine(tmp_path) as around:
        await down(around.model)
        async with around.life() as product, visitor(product) as guest:
            assert any("LLAMA_BASE_URL" in line for line in product.lines)
            for _ in range(ROUNDS):
                await told_at_once(around)
            await guest_is_told(guest)
            await up(around.model)
            await around.ask(0)
            await around.answered()
            await down(around.model)
            await told_at_once(around)
            await up(around.model)
            await around.ask(0)
            await around.answered()
            await around.all_once()
            assert await product.stop() == 0
        assert len(around.model.journal) == 4


async def guest_is_told(guest: Visitor) -> None:
    assert (await guest.say("are you there?")).status_code == HTTPStatus.ACCEPTED
    await guest.answered()
    shown = await guest.shown()
    assert shown[-1]["text"] == ModelUnreachable.told
    guest.conversation = str(uuid.uuid4())


async def test_gone_in_the_middle_of_answers(tmp_path: Path) -> None:
    """What people have read of it stays, with an honest mark; the next question is answered."""
    async with machine(tmp_path) as around, around.life() as product:
        around.delay_s = SLOW_S
        await around.ask(0)
        await around.begun(0)
        await down(around.model)
        for each in around.people:
            whole = each.expected[0].pop()
            await around.slack.wait_for(lambda town=each.town: "cut off" in town.shown(0)[0], AT_ONCE_S)  # type: ignore[misc]
            (text,) = each.town.shown(0)
            said, _, mark = text.partition("\n\n")
            assert said
            assert whole.startswith(said)
            assert mark.startswith(phrases.cut_off("").split(".", 1)[0])
            each.expected[0].append(text)
        around.delay_s = 0.0
        await up(around.model)
        await around.ask(0)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0


async def test_a_server_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    """One that takes requests and is silent: other questions go to a model that answers them."""
    async with machine(tmp_path) as around, around.life() as product:
        slack, discord = around.people
        for _ in range(2):
            around.model.hang()
        await slack.ask(0)
        await discord.ask(0)
        await around.model.arrived(2)
        for place in (1, 2, 3):
            await around.ask(place)
        await around.model.arrived(8)
        await asyncio.gather(*(each_other(around, place) for place in (1, 2, 3)))
        assert [each.town.shown(0) for each in around.people] == [[], []]
        await product.kill()
        async with around.life():
            await around.answered()
            await around.all_once()


async def each_other(around: Machine, place: int) -> None:
    for each in around.people:
        await around.slack.wait_for(lambda town=each.town: town.shown(place), 10.0)  # type: ignore[misc]
