"""The people of one place: they ask, change their minds, and wait for what is due to them."""

import asyncio
import random
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.faults.ledger import Ledger
from tests.faults.plan import Conduct
from tests.faults.stages import Said

QUESTION = "{}: what is there to say?"
ASK_AGAIN = 0.5
CHANGES = 0.8
CHANGES_AGAIN = 0.25
EDITIONS = "bcd"


class Moment(Enum):
    """When somebody changes a question: before, in and after its answer, or when a newer one is answered."""

    BEFORE = auto()
    AMID = auto()
    AFTER = auto()
    LATE = auto()


@dataclass
class Talk:
    """One round after the other; each waits for its answers at most ``wait_s`` seconds."""

    ledger: Ledger
    place: int
    conduct: Conduct
    wait_s: float
    chance: random.Random
    asked: list[tuple[str, Said]] = field(default_factory=list)

    async def round(self) -> None:
        """Ask, maybe change it, and wait."""
        await asyncio.sleep(self.chance.uniform(0.0, 0.4))
        if self.conduct is Conduct.ASK:
            await self._ask_around()
        else:
            await self._ask_and_change()

    async def _ask_around(self) -> None:
        """One person asks, then often somebody once more before the answer: another one, or the same."""
        people = range(self.ledger.stage.people(self.place))
        names = [(await self._ask(0))[0]]
        if self.chance.random() < ASK_AGAIN:
            await asyncio.sleep(self.chance.uniform(0.0, 0.5))
            names.append((await self._ask(self.chance.choice(people)))[0])
        for name in names:
            await self.ledger.settled(name, self.wait_s)

    async def _ask(self, person: int) -> tuple[str, Said]:
        name = f"Q{self.place:02}{len(self.asked):03}"
        self.ledger.asked(name, self.place, person)
        said = await self.ledger.stage.ask(self.place, person, QUESTION.format(name))
        self.ledger.said(name, said)
        self.asked.append((name, said))
        return name, said

    async def _ask_and_change(self) -> None:
        name, said = await self._ask(0)
        editions = iter(EDITIONS)
        again = CHANGES
        while self.chance.random() < again and (edition := next(editions, "")):
            moment = self.chance.choice(list(Moment))
            await self._come_to(moment, name)
            if moment is Moment.LATE:
                await self._edit_the_one_before(said)
            elif self._deletes():
                await self.ledger.may_delete.wait()
                self.ledger.deleted(name)
                await self.ledger.stage.delete(self.place, said)
                break
            else:
                self.ledger.reworded(name, name + edition)
                await self.ledger.stage.edit(self.place, said, QUESTION.format(name + edition))
            again = CHANGES_AGAIN
        await self.ledger.settled(name, self.wait_s)

    def _deletes(self) -> bool:
        if self.conduct is Conduct.CHANGE:
            return self.chance.random() < 1 / 2
        return self.conduct is Conduct.DELETE

    async def _come_to(self, moment: Moment, name: str) -> None:
        match moment:
            case Moment.BEFORE:
                await asyncio.sleep(self.chance.uniform(0.0, 0.3))
            case Moment.AMID:
                await self.ledger.begun(name, self.wait_s)
                await asyncio.sleep(self.chance.uniform(0.0, 0.5))
            case _:
                await self.ledger.settled(name, self.wait_s)

    async def _edit_the_one_before(self, newest: Said) -> None:
        """An answer that is not the newest of its thread stays as it is; the words are only remembered."""
        if len(self.asked) < 2:
            return
        name, said = self.asked[-2]
        if said.thread == newest.thread and not self.ledger.questions[name].is_deleted:
            await self.ledger.stage.edit(self.place, said, QUESTION.format(f"{name}z"))
