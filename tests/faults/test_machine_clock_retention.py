"""A machine whose date is years ahead lets nothing go; one whose date came as it should does."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.conversation.clock_trust import BEHIND, UNKNOWN
from tests.faults.machine import Machine, machine
from tests.faults.shifted_clock import DAY_S, ShiftedClock, shiftable
from tests.product import Product
from tests.product_stage import rows, until

YEARS_S = 10 * 365 * DAY_S
# Its looks come many times a second instead of once an hour.
HASTE = """
from core.conversation import retention

retention.FIRST_S = retention.EVERY_S = 0.1
"""
SOME_LOOKS_S = 1.0


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[tuple[Machine, ShiftedClock]]:
    clock, settings = shiftable(tmp_path)
    start = clock.file.with_name("sitecustomize.py")
    start.write_text(start.read_text() + HASTE)
    async with machine(tmp_path, **settings, TAMPU_RETENTION_DAYS="1") as found:
        yield found, clock


def threads(here: Machine) -> int:
    return len(rows(here.data, "SELECT key FROM thread"))


def reasons(product: Product) -> list[str]:
    said = [json.loads(line) for line in product.errors if "retention.waits" in line]
    return [str(line["reason"]) for line in said]


async def test_a_wrong_year_and_then_the_right_day(around: tuple[Machine, ShiftedClock]) -> None:
    here, clock = around
    async with here.life() as product:
        await here.ask(0)
        await here.answered()
        assert await product.stop() == 0
    talks = threads(here)
    assert talks == 2
    clock.set(YEARS_S)
    async with here.life() as product:
        await until(lambda: reasons(product), [UNKNOWN])
        await here.ask(1)
        await here.answered()
        await until(lambda: reasons(product), [UNKNOWN, BEHIND])
        await asyncio.sleep(SOME_LOOKS_S)
        assert threads(here) == 2 * talks
        await product.kill()
    async with here.life() as product:
        await until(lambda: reasons(product), [BEHIND])
        await asyncio.sleep(SOME_LOOKS_S)
        assert threads(here) == 2 * talks
        assert await product.stop() == 0
    clock.set(2 * DAY_S)
    async with here.life() as product:
        # Those of the wrong year are the newest that there are.
        await until(lambda: threads(here), talks)
        assert reasons(product) == []
        await here.all_once()
        assert await product.stop() == 0


async def test_a_date_that_leaps_while_it_runs(around: tuple[Machine, ShiftedClock]) -> None:
    here, clock = around
    async with here.life() as product:
        await here.ask(0)
        await here.answered()
        clock.set(YEARS_S)
        await until(lambda: len(reasons(product)), 2)
        await asyncio.sleep(SOME_LOOKS_S)
        assert threads(here) == 2
        assert await product.stop() == 0
