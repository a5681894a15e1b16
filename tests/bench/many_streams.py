"""How late the first token is when one process reads very many streams."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field

from core.llama.client import Endpoint, Knowledge, LlamaClient
from core.llama.profiles import VLLM
from core.transcript import TextDelta
from tests.bench.stream_readers import REQUEST
from tests.bench.stream_server import MODEL, Script

GOAL_S = 0.1


@dataclass(frozen=True, slots=True)
class ManyPlan:
    """``streams`` answers at any time; in each lane they follow one another, ``answers`` of them."""

    streams: int = 200
    answers: int = 4
    script: Script = Script(120, 30, stamped=True)  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class Streamed:
    """One answer: the monotonic second of its first event, how late that was, its tokens a second."""

    first_at: float
    late_s: float
    rate: float


@dataclass(frozen=True, slots=True)
class Load:
    """What all streams together took while all of them ran: shares of one core, tokens a second."""

    core: float
    tokens: float


@dataclass
class Many:
    """Answers that all began together, and those that began while all the others ran."""

    together: list[Streamed] = field(default_factory=list)
    among: list[Streamed] = field(default_factory=list)
    load: Load | None = None
    faults: list[str] = field(default_factory=list)


async def measure_many(origin: str, plan: ManyPlan) -> Many:
    """Read so many streams at once: all begun together, then begun one after the other."""
    endpoint = Endpoint(origin + plan.script.path, model=MODEL)
    async with aclosing(LlamaClient(endpoint, knowledge=Knowledge(profile=VLLM))) as client:
        crowd = Crowd(client, plan)
        await crowd.together()
        await crowd.among()
        return crowd.seen


class Crowd:
    """Many readers in one process."""

    def __init__(self, client: LlamaClient, plan: ManyPlan) -> None:
        self.seen = Many()
        self._client = client
        self._plan = plan
        self._rest = "".join(plan.script.pieces[1:])
        self._length_s = plan.script.tokens / plan.script.rate
        self._taken = 0

    async def together(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._plan.streams):
                tasks.create_task(self._lane(self.seen.together, 1))

    async def among(self) -> None:
        """The streams begin evenly spread over one answer's time; what counts begins after that."""
        plan, seen = self._plan, list[Streamed]()
        begun = time.monotonic()
        since, until = begun + self._length_s, begun + plan.answers * self._length_s
        async with asyncio.TaskGroup() as tasks:
            for number in range(plan.streams):
                start = begun + self._length_s * number / plan.streams
                tasks.create_task(self._lane(seen, plan.answers, start))
            self.seen.load = await self._load(since, until)
        self.seen.among = [each for each in seen if since <= each.first_at < until]

    async def _lane(self, seen: list[Streamed], answers: int, start: float = 0.0) -> None:
        await asyncio.sleep(start - time.monotonic())
        seen += [await self._one() for _ in range(answers)]

    async def _load(self, since: float, until: float) -> Load:
        await asyncio.sleep(since - time.monotonic())
        at, taken, spent = time.monotonic(), self._taken, time.process_time()
        await asyncio.sleep(until - at)
        seconds = time.monotonic() - at
        return Load((time.process_time() - spent) / seconds, (self._taken - taken) / seconds)

    async def _one(self) -> Streamed:
        stamp, first_at, rest = "", 0.0, list[str]()
        async with aclosing(self._client.stream(REQUEST)) as events:
            async for event in events:
                if not isinstance(event, TextDelta):
                    continue
                self._taken += 1
                if stamp:
                    rest.append(event.text)
                else:
                    stamp, first_at = event.text, time.monotonic()
        if "".join(rest) != self._rest:
            self.seen.faults.append("one of many streams was read wrong")
        took = time.monotonic() - first_at
        return Streamed(first_at, first_at - float(stamp), (self._plan.script.tokens - 1) / took)
