"""Sequences of crashes driven one by one, each process really cut and cancelled."""

import random
from itertools import cycle

from tests.faults.crash_copies import Ground, InMemory
from tests.faults.crash_line import STEPS, Line, live
from tests.faults.crash_lives import Life
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_tally import GOOD, Tally
from tests.faults.crash_world import World, verdict

# About as many as a life has; a point that is never reached is no crash.
MOST_POINTS = 60


async def drive(
    life: Life,
    world: World,
    cuts: tuple[int, ...],
    tally: Tally,
    *,
    ground: Ground | None = None,
    moments: tuple[tuple[int, ...], ...] = (),
    steps: tuple[int, ...] = STEPS,
    at_spending: bool = False,
) -> list[str]:
    """Drive one sequence on its own, then live to the end; what that last life passes.

    ``moments`` are those of each life; one that no point of it reaches comes after its end.
    """
    crashes = 0
    line = Line()
    for number, at in enumerate((*cuts, None)):
        now = moments[number] if number < len(moments) else ()
        line = Line(at, moments=now, at_spending=at_spending)
        line.steps = cycle(steps)
        await live(life(world, line, number), line)
        crashes += line.dead
    tally.points = tally.points if cuts else len(line.points)
    tally.lives += len(cuts) + 1
    ending = await verdict(world, (ground or InMemory()).kept(world))
    tally.verdicts[crashes, ending] += 1
    if ending != GOOD:
        tally.failures.append(
            f"{ending}: {world.scenario.name}, cuts {cuts}, moments {moments}, steps {steps}: {world.seen}"
        )
    return line.points


def by_lot(
    rng: random.Random, scenario: Scenario, lives: int
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Draw points at which all but the last of so many lives are cut, and the moments in each life."""
    cuts = tuple(rng.randrange(MOST_POINTS) for _ in range(lives - 1))
    moments: list[list[int]] = [[] for _ in range(lives)]
    for life in sorted(rng.randrange(lives) for _ in scenario.acts):
        moments[life].append(rng.randrange(cuts[life] + 1 if life < len(cuts) else MOST_POINTS))
    return cuts, tuple(tuple(sorted(some)) for some in moments)
