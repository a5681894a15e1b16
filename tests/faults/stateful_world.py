"""Everything around the product: people, a platform, a model, a store that outlives the process."""

import random
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from core.errors import StoreError
from core.memory.store import SqliteStore, open_store
from tests.fakes.store import MemoryStore
from tests.faults.stateful_door import Door
from tests.faults.stateful_leaks import Leaks
from tests.faults.stateful_line import Disk, Line
from tests.faults.stateful_model import Speaker, Workshop
from tests.faults.stateful_people import Notice, People
from tests.faults.stateful_platform import Stage, capabilities
from tests.faults.stateful_process import Process, Surroundings
from tests.faults.stateful_rows import Rows, rows_in_memory, rows_on_disk
from tests.faults.stateful_time import JumpingLoop

# Words of the log that mean a fault of the product's own.
BUGS = frozenset({"lane.bug", "lane.lost", "store.commit_failed"})
SLICE_S = 20.0
# Longer than anything that the product waits for.
AT_LAST_S = 7_200.0


@dataclass(frozen=True)
class Manner:
    """How a world is made: everything else follows from what happens in it."""

    seed: int = 0
    limit: int = 2000
    is_paced: bool = True
    stop_button: bool = False


class World:
    """One example's. ``folder`` is where the store on disk lives; without one it is in memory."""

    def __init__(self, manner: Manner, folder: Path | None = None) -> None:
        self.rng = random.Random(manner.seed)
        self.loop = JumpingLoop()
        self.folder = folder
        self.log: list[str] = []
        self.wrong: list[str] = []
        shape = capabilities(manner.limit, is_paced=manner.is_paced, stop_button=manner.stop_button)
        self.stage = Stage(self.loop, self.rng, shape, wrong=self.wrong)
        self.people = People(self.loop)
        self.leaks = Leaks(self.loop, self.people, self.rows, self.wrong)
        self.speaker = Speaker(self.rng, self.leaks.look_at_call)
        self.workshop = Workshop(self.rng, self.leaks.look_at_tool)
        self.door = Door(self.loop, self.people, self.speaker, self.rows, self.wrong)
        self.disk = Disk(threads=folder is not None)
        self._stack = AsyncExitStack()
        self.store: MemoryStore | SqliteStore = MemoryStore()
        self.process: Process | None = None
        # Whether somebody starts it again when it has ended.
        self.is_supervised = True

    def open(self) -> None:
        if self.folder is not None:
            self.store = self.wait_for(self._stack.enter_async_context(open_store(self.folder)))

    def close(self) -> None:
        self.crash()
        self.wait_for(self._stack.aclose())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def wait_for(self, what: Any) -> Any:
        """Run something of our own to its end, with the time at a stand."""
        self.loop.in_threads += self.disk.threads
        try:
            return self.loop.run_until_complete(what)
        finally:
            self.loop.in_threads -= self.disk.threads

    def rows(self) -> Rows:
        if isinstance(self.store, MemoryStore):
            return rows_in_memory(self.store)
        assert self.folder is not None
        return rows_on_disk(self.folder)

    def start(self) -> None:
        """Start the product, if it does not run."""
        if self.process is None:
            around = Surroundings(
                loop=self.loop,
                store=self.store,
                disk=self.disk,
                stage=self.stage,
                speaker=self.speaker,
                workshop=self.workshop,
                missed=self._missed,
                hand_in=self.door.hand_in,
            )
            self.process = Process(around, Line(self.loop, self.rng))

    def crash(self, points: int = 0) -> None:
        """Cut the process, now or at a later point of its way."""
        if self.process is not None and points > 0:
            self.process.line.cut_in = points
        elif self.process is not None:
            self.process.kill()
            self.wrong += self.process.leftovers()
            self.process = None

    def deliver(self, notice: Notice) -> None:
        """Have the platform tell of an event, if somebody hears it."""
        if self.process is not None:
            self.process.tell(notice)

    def pass_time(self, seconds: float) -> None:
        """Go on, through a crash if there is one."""
        end = self.loop.time() + seconds
        while True:
            self.loop.pass_time(max(end - self.loop.time(), 0.0))
            self._bury()
            if self.loop.time() >= end:
                break
        self.wrong += self.loop.wrong
        self.loop.wrong.clear()

    def _bury(self) -> None:
        """Take away a process that is dead or has ended, and start another."""
        if self.process is not None and self.process.line.dead:
            self.crash()
        elif self.process is not None and self.process.is_over:
            error = self.process.task.exception()
            if error is not None and not (self.disk.failed and _is_of_the_store(error)):
                self.wrong.append(f"the product ended by itself: {error!r}")
            self.wrong += self.process.leftovers()
            self.process = None
        if self.is_supervised:
            self.start()

    def finish(self) -> None:
        """Let everything come to its end without faults, then have the product end in order."""
        self.stage.be_well()
        self.disk.failing = 0
        self.speaker.hold(held=False)
        self.speaker.unreachable = 0
        self.speaker.plans.clear()
        if self.process is not None:
            self.process.line.cut_in = None
        self.start()
        until = self.loop.time() + AT_LAST_S
        self.pass_time(SLICE_S)
        while not self._is_settled():
            assert self.loop.time() < until, f"it comes to no end: {self.wrong} {self.rows()}"
            self.start()
            for notice in self._unheard():
                self.deliver(notice)
            self.pass_time(SLICE_S)

    def end(self) -> None:
        """SIGTERM, and everything that it takes."""
        self.is_supervised = False
        if self.process is not None and self.process.terminate():
            self.pass_time(4 * SLICE_S)
            assert self.process is None, "it does not end"

    def _is_settled(self) -> bool:
        if self.process is None or not self.process.is_idle or self._unheard() or self.stage.on_the_way:
            return False
        return not self.wait_for(self.store.waiting())

    def _missed(self) -> list[Notice]:
        return [notice for notice in self.people.notices if not notice.is_acknowledged and not notice.held]

    def _unheard(self) -> list[Notice]:
        for notice in self.people.notices:
            notice.held = False
        return self._missed()


def _is_of_the_store(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_of_the_store, error.exceptions))
    return isinstance(error, StoreError)


@contextmanager
def a_world(manner: Manner, folder: Path | None = None) -> Iterator[World]:
    """A world for a while, with its log looked through."""
    world = World(manner, folder)
    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, _keep(world)])
    try:
        world.open()
        yield world
    finally:
        world.close()
        structlog.configure(**before)


def _keep(world: World) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def keep(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        world.log.append(f"{world.loop.time():.2f} {entry}")
        if entry.get("event") in BUGS:
            world.wrong.append(f"in the log: {entry}")
        raise structlog.DropEvent

    return keep
