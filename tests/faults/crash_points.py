"""Every point at which a process can crash, one after another, twice and three times over."""

import random
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from tests.faults.crash_copies import Copied, Ground, InMemory
from tests.faults.crash_line import Line, live
from tests.faults.crash_lives import Life
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_tally import GOOD, Tally
from tests.faults.crash_world import World, verdict

Key = int


@dataclass
class Place:
    """A world at the start of a life: how lives from here end, and where a crash at each point leads.

    ``way`` is one sequence of crashes that leads here.
    """

    copied: Copied
    life: int
    way: tuple[str, ...]
    is_known: bool = False
    points: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    crashes: Counter[Key] = field(default_factory=Counter)


@dataclass(frozen=True)
class Effort:
    """How much is tried beside a copy at every point. What is drawn is drawn by the ``seed``.

    ``late``: where something is on its way, such as a post, a crash may also leave a world in
    which that arrives; the process is led to that point once more, and cut there. In the first ``cut``
    worlds it is cut where nothing is on its way, too, to see that a copy tells the truth: at all points,
    or, where the person does something, at one for each moment. ``moments`` is how many are
    drawn after a crash, 0 for all of them.
    """

    seed: int = 0
    late: bool = True
    cut: int = 0
    moments: int = 0


THOROUGH = Effort()


@dataclass(frozen=True)
class Seen:
    """A world at a point of a life; ``busy`` when something was on its way that changes it."""

    key: Key
    busy: bool


class Explorer:
    """Leads every life that matters and counts all sequences of crashes over them.

    The world is copied at every point of a life: that is what a crash there leaves. Equal worlds
    have the same future, so it is lived once and counted for all sequences that lead there. What
    the person does later comes at every point of every life before which it has not come, and
    after its end.
    """

    def __init__(self, life: Life, ground: Ground | None = None, effort: Effort = THOROUGH) -> None:
        self._life = life
        self._ground = ground or InMemory()
        self._effort = effort
        self._rng = random.Random(effort.seed)
        self._keys: dict[Hashable, Key] = {}
        self._places: dict[Key, Place] = {}
        self._tally = Tally()

    async def explore(self, scenario: Scenario, crashes: int, *, deepest: int = 0) -> Tally:
        """Count sequences of up to so many crashes, each followed by a life without one.

        Worlds that only more crashes lead to, up to ``deepest``, are lived in as well.
        """
        async with self._ground.opened(await self._ground.begun(scenario)) as world:
            root = self._key(world, 0)
            self._places[root] = Place(self._ground.copy(world), 0, ())
        layer = Counter({root: 1})
        seen: set[Key] = set()
        for crashed in range(max(crashes, deepest) + 1):
            following: Counter[Key] = Counter()
            for key, many in layer.items():
                place = await self._explored(key)
                for ending, ways in place.endings.items() if crashed <= crashes else ():
                    self._tally.verdicts[crashed, ending] += many * ways
                for target, ways in place.crashes.items():
                    following[target] += many * ways
            seen.update(layer)
            self._tally.is_closed = seen.issuperset(following)
            layer = following
        self._tally.points = self._places[root].points
        return self._tally

    async def _explored(self, key: Key) -> Place:
        place = self._places[key]
        if place.is_known:
            return place
        place.is_known = True
        self._tally.worlds += 1
        passed, is_over = await self._whole_life(place, None)
        place.points = len(passed)
        await self._crash_where_it_matters(place, None, passed, most=len(passed) if is_over else 0)
        for moment in () if is_over else self._moments(place):
            passed, _ = await self._whole_life(place, moment)
            await self._crash_where_it_matters(place, moment, passed, most=1)
        return place

    def _moments(self, place: Place) -> list[int]:
        every = range(place.points + 1)
        is_drawn = place.way and 0 < self._effort.moments < len(every)
        return sorted(self._rng.sample(every, self._effort.moments)) if is_drawn else list(every)

    async def _whole_life(self, place: Place, moment: int | None) -> tuple[list[Seen], bool]:
        """Live to the end and judge; what was seen since the moment, and whether the person is done."""
        passed: list[Seen] = []
        changes = 0
        async with self._ground.opened(place.copied) as world:

            def look() -> None:
                nonlocal changes
                if len(line.points) > (moment or 0):
                    is_same = passed and changes == line.changes and not line.under_way
                    key = passed[-1].key if is_same else self._note(world, place, line, moment)
                    passed.append(Seen(key, self._effort.late and line.under_way > 0))
                    changes = line.changes

            line = _line(look=look, moment=moment)
            await live(self._life(world, line, place.life), line)
            ending = await verdict(world, self._ground.kept(world))
            is_over = world.is_over
            if ending != GOOD:
                way = (*place.way, _said(line, moment))
                self._tally.failures.append(f"{ending}: {' | '.join(way)}: {world.seen}")
        self._tally.lives += 1
        place.crashes.update(seen.key for seen in passed)
        if is_over:
            place.endings[ending] += 1
        return passed, is_over

    async def _crash_where_it_matters(
        self, place: Place, moment: int | None, passed: list[Seen], most: int
    ) -> None:
        is_cut = self._tally.worlds <= self._effort.cut
        drawn = self._rng.sample(range(len(passed)), min(most, len(passed)) if is_cut else 0)
        for at, seen in enumerate(passed):
            if not seen.busy and at not in drawn:
                continue
            left = await self._crash(place, moment, (moment or 0) + at)
            if seen.busy and left != seen.key:
                place.crashes[left] += 1
            assert seen.busy or left == seen.key, f"a crash at {at} left another world than was seen there"

    async def _crash(self, place: Place, moment: int | None, at: int) -> Key:
        """Cut a process at a point; the world that it leaves."""
        async with self._ground.opened(place.copied) as world:
            line = _line(cut_at=at, moment=moment)
            await live(self._life(world, line, place.life), line)
            assert line.dead
            self._tally.lives += 1
            return self._note(world, place, line, moment)

    def _note(self, world: World, place: Place, line: Line, moment: int | None) -> Key:
        """Keep a copy of a world that is not known yet."""
        life = _next(place, world)
        key = self._key(world, life)
        if key not in self._places:
            way = (*place.way, f"{_said(line, moment)} {len(line.points) - 1} {line.points[-1]}")
            self._places[key] = Place(self._ground.copy(world), life, way)
        return key

    def _key(self, world: World, life: int) -> Key:
        return self._keys.setdefault((self._ground.state(world), life), len(self._keys))


def _next(place: Place, world: World) -> int:
    """The life that follows; from some life on the model always says the same."""
    return min(place.life + 1, len(world.scenario.texts) - 1)


def _line(
    *, cut_at: int | None = None, look: Callable[[], None] | None = None, moment: int | None = None
) -> Line:
    return Line(cut_at, look, () if moment is None else (moment,))


def _said(line: Line, moment: int | None) -> str:
    return (
        "" if moment is None else f"at {moment} {[*line.points, 'the end'][min(moment, len(line.points))]},"
    )
