"""What reading a stream costs: the product's client beside the ``openai`` package, round by round."""

import asyncio
import gc
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from tests.bench.stream_readers import OurReader, PackageReader, Reader
from tests.bench.stream_server import Script

GOAL = 0.5
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class CpuPlan:
    """Rounds of each client, which take turns to be the first; ``streams`` at once in each.

    Every token of a ``paced`` stream comes by itself, as a model's do; a ``rushed`` one comes as fast as it
    is taken.
    """

    rounds: int = 7
    streams: int = 10
    paced: Script = Script(500, 250)  # noqa: RUF009 - a frozen value
    rushed: Script = Script(500)  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU seconds for 1,000 tokens of one stream, read by both clients in one round."""

    ours: float
    package: float

    @property
    def ratio(self) -> float:
        return self.ours / self.package


@dataclass
class Cpu:
    """The rounds by how the tokens came, and every answer that was not read as it was written."""

    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def measure_cpu(origin: str, plan: CpuPlan) -> Cpu:
    """Read the same streams with both clients, in turns."""
    measured = Cpu()
    for name, script in (("paced", plan.paced), ("rushed", plan.rushed)):
        ours, package = OurReader(origin + script.path), PackageReader(origin + script.path)
        async with aclosing(ours), aclosing(package):
            readers: Mapping[str, Reader] = {"our client": ours, "openai": package}
            rounds = Rounds(script, plan.streams, readers)
            # Connections, imports and what else a process does once.
            await rounds.one()
            measured.pairs[name] = [await rounds.one() for _ in range(plan.rounds)]
            measured.faults += rounds.faults
    return measured


class Rounds:
    """Rounds of one script; whoever was second is first the next time."""

    def __init__(self, script: Script, streams: int, readers: Mapping[str, Reader]) -> None:
        self.faults: list[str] = []
        self._script = script
        self._streams = streams
        self._readers = readers
        self._order = list(readers)

    async def one(self) -> Pair:
        spent = {name: await self._spent(name) for name in self._order}
        self._order.reverse()
        ours, package = (spent[name] for name in self._readers)
        return Pair(ours, package)

    async def _spent(self, name: str) -> float:
        reader = self._readers[name]
        gc.collect()
        before = time.process_time()
        async with asyncio.TaskGroup() as tasks:
            reading = [tasks.create_task(reader.read()) for _ in range(self._streams)]
        spent = time.process_time() - before
        wrong = sum(each.result() != self._script.text for each in reading)
        if wrong:
            self.faults.append(f"{name} read {wrong} of {self._streams} streams wrong")
        return spent * THOUSAND / (self._streams * self._script.tokens)
