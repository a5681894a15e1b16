"""People who ask, in several places at once."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field

from tests.faults.ledger import LOOK_S, Ledger
from tests.faults.plan import Fault
from tests.faults.talk import Talk

INTRODUCTION_S = 30.0
CALM_S = 20.0


@dataclass
class Load:
    """Nobody asks but while ``may_ask``. Everybody asks what the plan says, and goes on until it is
    ``enough``; then, with everything answered or given up, it is ``over``."""

    ledger: Ledger
    fault: Fault
    may_ask: asyncio.Event = field(default_factory=asyncio.Event)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _talking: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Ask everything, and wait for each answer or its deadline."""
        async with asyncio.TaskGroup() as places:
            for place in range(self.ledger.plan.places):
                places.create_task(self._talk(place))
        self.over.set()

    async def _talk(self, place: int) -> None:
        plan = self.ledger.plan
        chance = random.Random(f"{plan.seed}:{self.ledger.stage.name}:{self.fault.key}:{place}")
        talk = Talk(self.ledger, place, self.fault.conduct, plan.answer_s, chance)
        for number in itertools.count():
            if number >= plan.rounds and self.enough.is_set():
                return
            await self.may_ask.wait()
            self._talking.add(place)
            await talk.round()
            self._talking.discard(place)

    async def calm_down(self) -> None:
        """Let nobody ask any more, and wait until nobody waits for an answer, for a while."""
        self.may_ask.clear()
        for _ in range(round(CALM_S / LOOK_S)):
            if not self._talking:
                return
            await asyncio.sleep(LOOK_S)

    async def introduced(self) -> None:
        """Wait until every place is one that the bot could find again."""
        places = range(self.ledger.plan.places)
        for _ in range(round(INTRODUCTION_S / LOOK_S)):
            if not any(map(self.ledger.stage.is_new, places)):
                return
            await asyncio.sleep(LOOK_S)
