"""The running product: one task group, signals, and an end that parks what is not done."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace

import structlog

from bots.model import open_model
from bots.notice_channel import unposted
from bots.platforms import surfaces
from bots.rule_names import checked, known_names
from bots.settings import Settings
from bots.surface import Surface
from bots.toolbox import shipped_tools
from bots.wiring import Conversations, wire
from core.errors import StoreError
from core.files.fetcher import FileFetcher
from core.files.workshop import Workshop
from core.memory.store import open_store
from core.storage import Boot

CONNECT_DEADLINE_S = 20.0
CATCH_UP_S = 15.0
LONGEST_CATCH_UP_S = 600.0
DRAIN_S = 20.0

Say = Callable[[str], None]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """Counts the surfaces that are connected."""

    surface: Surface
    event: asyncio.Event
    say: Say

    def mark(self, where: str) -> None:
        """Tell the operator that a surface can be used now, and where."""
        if not self.event.is_set():
            self.say(f"Talk to Tampu: {where}")
        self.event.set()


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a crash would leave unread: ``waiting`` are the surfaces that are not caught up with yet."""

    boot: Boot
    surfaces: tuple[Surface, ...]
    waiting: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.waiting.update(surface.name for surface in self.surfaces if surface.catch_up is not None)

    def since(self) -> float | None:
        """Since when something may be missing, in unix seconds."""
        times = [surface.behind() for surface in self.surfaces]
        times.append(self.boot.last_seen if self.waiting else None)
        return min((at for at in times if at is not None), default=None)


async def serve(settings: Settings, say: Say) -> None:
    """Run until a signal. ``say`` prints a line for the operator.

    Raises ``StartupError``, ``StoreError`` when the start cannot go on.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.tampu_data_dir))
        chosen = await stack.enter_async_context(open_model(settings))
        say(chosen.says)
        if chosen.warning:
            say(chosen.warning)
        toolbox = shipped_tools()
        known = await known_names(toolbox, chosen.model, chosen.named)
        for warning in checked(settings.tampu_rules, known):
            say(warning)
        workshop = await stack.enter_async_context(Workshop())
        conversations = wire(settings, store, chosen, toolbox, workshop)
        for warning in await conversations.personas.refresh():
            say(f"Warning: {warning}")
        fetcher = await stack.enter_async_context(FileFetcher(_own_origins(settings)))
        found = surfaces(settings, conversations, fetcher)
        for surface in found:
            conversations.platforms[surface.name] = surface.platform
        if (misplaced := unposted(conversations.notifying.channel, conversations.platforms)) is not None:
            say(misplaced)
        boot = await conversations.recovery.begin()
        arrears = Arrears(boot, found)
        await _run(conversations, arrears, say)
        await conversations.recovery.end(boot, arrears.since)


async def _run(conversations: Conversations, arrears: Arrears, say: Say) -> None:
    stop, boot = asyncio.Event(), arrears.boot
    with _signals(stop):
        async with asyncio.TaskGroup() as tasks:
            ready = [Ready(surface, asyncio.Event(), say) for surface in arrears.surfaces]
            running = [tasks.create_task(one.surface.run(one.mark), name=one.surface.name) for one in ready]
            life = conversations.recovery.note_life(boot, arrears.since)
            running.append(tasks.create_task(life, name="life"))
            watching = conversations.personas.watch(conversations.clock)
            running.append(tasks.create_task(watching, name="personas"))
            running.append(tasks.create_task(conversations.compacting.run(), name="compacting"))
            running.append(tasks.create_task(conversations.retention.run(), name="retention"))
            running.append(tasks.create_task(conversations.notifying.run(), name="notices"))
            if not await _first_of(CONNECT_DEADLINE_S, stop.wait(), _all_ready(ready)):
                say("Not every platform is connected yet; Tampu goes on trying.")
            catching_up = [
                tasks.create_task(_catch_up(conversations, one, arrears), name=f"catch-up {one.surface.name}")
                for one in ready
            ]
            running.extend(catching_up)
            running.append(tasks.create_task(_end_of(catching_up, conversations), name="caught up"))
            await _first_of(CATCH_UP_S, stop.wait(), _all_done(catching_up, ready))
            await conversations.recovery.open_lanes(boot, conversations.platforms)
            lanes = tasks.create_task(conversations.lanes.run(), name="lanes")
            say("Ready. Press Ctrl-C to stop.")
            await stop.wait()
            say("Stopping; answers that are being written have a moment to finish.")
            if not await conversations.lanes.drain(DRAIN_S):
                log.info("service.parked")
            lanes.cancel()
            for task in running:
                task.cancel()


async def _catch_up(conversations: Conversations, one: Ready, arrears: Arrears) -> None:
    """Take what was said to a surface while nobody listened, once it is connected."""
    await one.event.wait()
    absence = conversations.recovery.absence(arrears.boot)
    if absence is not None and one.surface.catch_up is not None:
        try:
            async with asyncio.timeout(LONGEST_CATCH_UP_S):
                threads = await conversations.intake.recent(one.surface.name)
                await one.surface.catch_up(replace(absence, threads=threads))
        except (StoreError, TimeoutError) as error:
            log.warning("service.not_caught_up", platform=one.surface.name, error=str(error))
    arrears.waiting.discard(one.surface.name)


async def _end_of(catching_up: list[asyncio.Task[None]], conversations: Conversations) -> None:
    await asyncio.wait(catching_up, timeout=LONGEST_CATCH_UP_S)
    conversations.recovery.staleness.end()


async def _all_done(catching_up: list[asyncio.Task[None]], ready: list[Ready]) -> None:
    """Wait for those that are connected; the others catch up when they are."""
    connected = [task for task, one in zip(catching_up, ready, strict=True) if one.event.is_set()]
    if connected:
        await asyncio.wait(connected)


def _own_origins(settings: Settings) -> frozenset[str]:
    """Files may also come from where the operator says that a platform's API stands."""
    addresses = (settings.slack_api_url, settings.discord_api_url)
    return frozenset(address for address in addresses if address is not None)


async def _all_ready(ready: list[Ready]) -> None:
    for one in ready:
        await one.event.wait()


async def _first_of(seconds: float, *waits: Coroutine[object, object, object]) -> bool:
    """Wait for the first, for so long; false when none came."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        for task in tasks:
            task.cancel()


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
