"""B's attempts on one core: ids that collide, names and words that lie, what is kept read another way."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from core.forgetting import Extent
from core.principal import Principal
from tests.attacks import core_ids, core_records, core_words
from tests.attacks.core_ground import PRIVATE, Scene, check, plant
from tests.attacks.shared_core import shared_core
from tests.attacks.table import Attempt
from tests.questions import ADA

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLES = (core_ids.IDS, core_words.WORDS, core_records.RECORDS)
ATTEMPTS = [attempt for table in TABLES for attempt in table.attempts]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with shared_core(tmp_path_factory.mktemp("attacks")) as opened:
        await plant(opened)
        yield opened
        await check(opened)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda each: each.name)
async def test_nothing_of_a_is_had(scene: Scene, attempt: Attempt[Scene]) -> None:
    scene.begin_anew()
    before = await _kept(scene)
    await attempt.run(scene)
    sights = list(scene.sights())
    assert sights, "nothing was seen that could be judged"
    assert scene.secrets.found(sights) == [], attempt.tried
    assert await _kept(scene) == before, "something of A's was changed"


async def test_afterwards_a_still_has_all_of_it(scene: Scene) -> None:
    await check(scene)


async def _kept(scene: Scene) -> object:
    """What A has in private, in numbers and facts."""
    store = scene.talk.conversations.store
    inventory = await store.inventory(Principal.of(ADA, PRIVATE), Extent(PRIVATE))
    return inventory, await store.pins(PRIVATE), await store.chain(PRIVATE)
