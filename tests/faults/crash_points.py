"""Every point at which a process can crash, one after another, twice and three times over."""

import pickle
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.crash_line import Line, live
from tests.faults.crash_lives import Life
from tests.faults.crash_world import World, verdict


@dataclass
class Tally:
    """What came out, by number of crashes and verdict; ``lives`` counts those really led."""

    points: int = 0
    lives: int = 0
    verdicts: Counter[tuple[int, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, crashes: int, world: World, outcome: str, many: int) -> None:
        self.verdicts[crashes, outcome] += many
        if outcome != "once":
            self.failures.append(f"{world.scenario.name}, {crashes} crashes: {outcome}: {world.seen}")

    @property
    def sequences(self) -> int:
        return self.verdicts.total()

    def count(self, outcome: str) -> int:
        return sum(many for (_, found), many in self.verdicts.items() if found == outcome)

    def outcomes(self, most_crashes: int) -> set[str]:
        """The verdicts after at most so many crashes."""
        return {outcome for crashes, outcome in self.verdicts if crashes <= most_crashes}

    def say(self, name: str) -> None:
        """Print a line of figures."""
        by_crashes: Counter[int] = Counter()
        for (crashes, _), many in self.verdicts.items():
            by_crashes[crashes] += many
        parts = ", ".join(f"{many} with {crashes}" for crashes, many in sorted(by_crashes.items()))
        other = {found: self.count(found) for _, found in self.verdicts if found != "once"}
        sys.stdout.write(
            f"\n{name}: {self.points} points; sequences by crashes: {parts}; answered exactly once "
            f"{self.count('once')} of {self.sequences}; otherwise {other or 'none'}; {self.lives} lives led\n"
        )


@dataclass(frozen=True)
class Copied:
    """A world as it was, and how many sequences lead to it."""

    content: bytes
    many: int = 1

    def world(self) -> World:
        found = pickle.loads(self.content)
        assert isinstance(found, World)
        return found


async def lead(
    life: Life, world: World, number: int, cut_at: int | None = None, look: Callable[[], None] | None = None
) -> Line:
    """Live once, cut at a point or not at all."""
    line = Line(cut_at, look)
    await live(life(world, line, number), line)
    return line


async def explore(life: Life, first: World, crashes: int, driven: int) -> Tally:
    """Try every sequence of up to so many crashes, each followed by a life without one.

    The world is copied at every point of a life: that is what a crash there leaves. The first
    ``driven`` crashes of a sequence are led to as well, with the process cut and cancelled, and have
    to leave a world of that life too. Sequences that leave equal worlds have the same future, so it is lived
    once and counted for all of them. The world's store has to be one that can be copied.
    """
    tally = Tally()
    layer = {first.state: Copied(pickle.dumps(first))}
    for crashed in range(crashes + 1):
        following: dict[str, Copied] = {}
        for copied in layer.values():
            states = await _whole_life(life, copied, crashed, tally, following)
            if crashed < min(driven, crashes):
                await _crash_everywhere(life, copied, crashed, states)
                tally.lives += len(states)
        layer = following
    return tally


async def _whole_life(
    life: Life, copied: Copied, crashed: int, tally: Tally, following: dict[str, Copied]
) -> list[str]:
    """Live to the end and judge; the states at each point on the way, copied into ``following``."""
    world = copied.world()
    states: list[str] = []

    def look() -> None:
        state = world.state
        states.append(state)
        before = following.get(state)
        content, many = (before.content, before.many) if before else (pickle.dumps(world), 0)
        following[state] = Copied(content, many + copied.many)

    await lead(life, world, crashed, look=look)
    tally.points = tally.points or len(states)
    tally.lives += 1
    tally.add(crashed, world, await verdict(world), copied.many)
    return states


async def _crash_everywhere(life: Life, copied: Copied, crashed: int, states: list[str]) -> None:
    for at in range(len(states)):
        world = copied.world()
        line = await lead(life, world, crashed, at)
        assert line.dead
        # A request that was on its way at that moment may have arrived, as one may that lost its sender.
        assert world.state in states[at:], f"a crash {line.points[-1]} left what never was"


async def drive(life: Life, world: World, cuts: tuple[int, ...], tally: Tally) -> int:
    """Drive one sequence on its own, then live to the end; the points of that last life."""
    crashes = 0
    for number, at in enumerate(cuts):
        crashes += (await lead(life, world, number, at)).dead
    points = len((await lead(life, world, len(cuts))).points)
    tally.points = tally.points if cuts else points
    tally.lives += len(cuts) + 1
    tally.add(crashes, world, await verdict(world), 1)
    return points
