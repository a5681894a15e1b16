"""B's attempts on the running product: on Slack, on Discord and on its page."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.attacks import carried_out, on_discord, on_slack, on_the_page, planted_leaks
from tests.attacks.house import House, opened
from tests.attacks.house_planting import check, plant
from tests.attacks.table import Attempt

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLES = (on_slack.SLACK, on_discord.DISCORD, on_the_page.PAGE, carried_out.CARRIED)
ATTEMPTS = [attempt for table in TABLES for attempt in table.attempts]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("attacks")) as running:
        await plant(running)
        await check(running)
        yield running


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda each: each.name)
async def test_nothing_of_a_is_had(house: House, attempt: Attempt[House]) -> None:
    house.begin_anew()
    await attempt.run(house)
    assert house.secrets.found(house.sights()) == [], attempt.tried


async def test_afterwards_a_still_has_all_of_it(house: House) -> None:
    await check(house)


@pytest.mark.parametrize("leak", planted_leaks.LEAKS, ids=lambda each: each.place)
async def test_a_leak_that_is_planted_is_found(house: House, leak: planted_leaks.Leak) -> None:
    """The last, for what it plants stays: whatever is watched is seen to be watched."""
    house.begin_anew()
    before = set(house.secrets.found(house.sights()))
    await leak.plant(house)
    found = set(house.secrets.found(house.sights())) - before
    assert any(f"leaked into {leak.place}" in line for line in found)
