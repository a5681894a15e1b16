"""B's attempts that need a core of their own: while A is answered, restarted, summarised, forgotten."""

import pytest

from tests.attacks import core_memory
from tests.attacks.core_ground import Ground
from tests.attacks.table import Attempt
from tests.emulators.model import ModelEmulator
from tests.scenario.conftest import Begin, begin

__all__ = ["begin"]

TABLES = (core_memory.MEMORY,)


@pytest.mark.parametrize("attempt", core_memory.MEMORY.attempts, ids=lambda each: each.name)
async def test_nothing_of_a_is_had(
    begin: Begin,
    model: ModelEmulator,
    attempt: Attempt[Ground],
) -> None:
    ground = Ground(begin, model)
    await attempt.run(ground)
    assert ground.scenes, "nothing was tried"
    for scene in ground.scenes:
        sights = list(scene.sights())
        assert sights, "nothing was seen that could be judged"
        assert scene.secrets.found(sights) == [], attempt.tried
