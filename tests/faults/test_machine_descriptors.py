"""The process may open no more files: who asks is told, who comes waits, and nothing ends."""

import asyncio
import resource
from http import HTTPStatus
from pathlib import Path

from core.errors import ModelUnreachable
from tests.faults.machine import machine
from tests.faults.test_machine_disk import visitor
from tests.product import Product

# Connections that the model's client keeps are too old by then.
IDLE_S = 4.0
NONE_S = 3.0
FEWEST = 3


def may_open(product: Product, most: int) -> int:
    """Set how many files it may have open; the limit of before."""
    pid = product.process.pid
    before, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, hard))
    return before


async def test_no_file_is_left_for_a_while(tmp_path: Path) -> None:
    async with machine(tmp_path) as around, around.life() as product:
        await around.ask(0)
        await around.answered()
        await asyncio.sleep(IDLE_S)
        before = may_open(product, FEWEST)
        await around.ask(0, notice=ModelUnreachable.told)
        await around.answered()
        await around.slack.drop_sockets()
        await around.slack.wait_for(lambda: not around.slack.connected, 5.0)
        await around.people[0].ask(1)
        await asyncio.sleep(NONE_S)
        assert product.process.returncode is None
        may_open(product, before)
        await around.answered()
        async with visitor(product) as guest:
            assert (await guest.say("Q30000: are you there?")).status_code == HTTPStatus.ACCEPTED
            await guest.answered()
        await around.ask(0)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0
