"""One life of the product as it ships, from its start to a signal or a crash."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self, cast

import pytest

from bots.model import ChosenModel
from bots.persona_files import PersonaFiles
from bots.service import serve
from bots.settings import Settings
from bots.surface import MarkReady, Surface
from bots.wiring import Conversations
from core.conversation.pacing import Pacer
from core.conversation.running import Running
from core.errors import StoreError
from core.events import Absence
from core.memory.store import SqliteStore
from core.ports import Platform, Toolbox
from tests.faults.stateful_line import Behind, Disk, Line
from tests.faults.stateful_model import Speaker, Workshop
from tests.faults.stateful_people import THREADS, WAYS, Notice
from tests.faults.stateful_platform import Stage
from tests.faults.stateful_time import JumpingClock, JumpingLoop

AT_ONCE = 50
MOST_CANCELS = 100


@cache
def settings() -> Settings:
    ways = (f"c{thread[1:]}={WAYS[thread]}" for thread in THREADS)
    return Settings.model_validate({"tampu_follow_up": ",".join(("steer", *ways))})


@dataclass(frozen=True)
class Surroundings:
    """What a process lives in. ``missed`` is what it has not acknowledged yet."""

    loop: JumpingLoop
    store: object
    disk: Disk
    stage: Stage
    speaker: Speaker
    workshop: Workshop
    missed: Callable[[], list[Notice]]
    hand_in: Callable[["Process", Notice], Awaitable[None]]


@dataclass(eq=False)
class Process:
    """Runs at once. ``talk`` is there when it is wired, and ``group`` while it hears."""

    around: Surroundings
    line: Line
    talk: Conversations | None = None
    group: asyncio.TaskGroup | None = None
    others: set[asyncio.Task[object]] = field(init=False)
    task: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.others = asyncio.all_tasks(self.around.loop)
        self.task = self.around.loop.create_task(self._live(), name="process")

    @property
    def is_over(self) -> bool:
        return self.task.done()

    @property
    def running(self) -> Running:
        assert self.talk is not None
        return self.talk.commands.running

    @property
    def pacer(self) -> Pacer:
        assert self.talk is not None
        return self.talk.lanes._runner.pacer

    @property
    def is_idle(self) -> bool:
        """Whether nothing is at work and nothing was heard of that is."""
        if self.talk is None or self.group is None or self.group._tasks:
            return False
        lanes = self.talk.lanes
        return not lanes._at_work and lanes._waiting.empty() and lanes._suspects.empty()

    def tell(self, notice: Notice) -> None:
        """Let the platform deliver an event, if somebody hears it."""
        self.do(lambda: self._hear(notice))

    def do(self, what: Callable[[], Coroutine[None, None, None]]) -> None:
        """Have something done within the process, if it hears."""
        if self.group is not None and not self.line.dead:
            self.group.create_task(what())

    def terminate(self) -> bool:
        return self.around.loop.signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it where it stands, whatever it would like to do before."""
        self.line.dead = True
        self.group = None
        for tries in range(MOST_CANCELS):
            if self.task.done():
                break
            self.task.cancel()
            # A failure of the store at the same moment hides the cancellation from a lane for two seconds.
            self.around.loop.pass_time(0.0 if tries < AT_ONCE else 0.1)
        assert self.task.done(), "a process that does not end"
        if not self.task.cancelled():
            self.task.exception()
        self.around.loop.pass_time(0)

    def leftovers(self) -> list[str]:
        """Tasks of it that live on."""
        left = asyncio.all_tasks(self.around.loop) - self.others
        return sorted(f"{task.get_name()} lives on: {task!r}" for task in left)

    async def _live(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bots.wiring.SystemClock", lambda: JumpingClock(self.around.loop))
            # Theirs are read in threads, which do not live in this loop's time.
            patch.setattr("bots.wiring.PersonaFiles", lambda _folder: PersonaFiles())
            patch.setattr("bots.service.open_store", self._open_store)
            patch.setattr("bots.service.open_model", self._open_model)
            patch.setattr("bots.service.FileFetcher", _NoFiles)
            patch.setattr("bots.service.Workshop", _NoFiles)
            patch.setattr("bots.service.surfaces", self._surfaces)
            patch.setattr("bots.service.shipped_tools", self._tools)
            await serve(settings(), lambda _: None)

    @asynccontextmanager
    async def _open_store(self, _folder: Path) -> AsyncIterator[SqliteStore]:
        yield cast("SqliteStore", Behind(self.around.store, self.line, self.around.disk))

    @asynccontextmanager
    async def _open_model(self, _settings: Settings) -> AsyncIterator[ChosenModel]:
        yield ChosenModel(self.around.speaker, 2, "A scripted model answers.")

    def _tools(self) -> Toolbox:
        return cast("Toolbox", Behind(self.around.workshop, self.line))

    def _surfaces(self, _settings: Settings, talk: Conversations, _fetcher: object) -> tuple[Surface, ...]:
        self.talk = talk
        platform = cast("Platform", Behind(self.around.stage, self.line))
        return (Surface(self.around.stage.name, platform, self._hear_people, self._catch_up),)

    async def _hear_people(self, mark: MarkReady) -> None:
        await self.line.reach()
        async with asyncio.TaskGroup() as group:
            self.group = group
            mark("here")
            try:
                await asyncio.Event().wait()
            finally:
                self.group = None

    async def _catch_up(self, _absence: Absence) -> None:
        for notice in self.around.missed():
            if self.group is not None:
                await self.group.create_task(self._hear(notice))

    async def _hear(self, notice: Notice) -> None:
        notice.tries += 1
        try:
            await self.around.hand_in(self, notice)
        except StoreError:
            return
        notice.is_acknowledged = True


class _NoFiles:
    """In the place of what downloads files and of what reads them: nobody sends any."""

    def __init__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass
