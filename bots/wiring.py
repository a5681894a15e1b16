"""The composition root: settings and ports become a working conversation."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass

from bots.commands import CommandTable
from bots.model import ChosenModel
from bots.persona import FilePersona
from bots.settings import Settings
from core.clock import SystemClock
from core.conversation.answering import Answering
from core.conversation.context import ContextBuilder
from core.conversation.following import FollowUps
from core.conversation.gate import Ceilings, Gate
from core.conversation.intake import Intake
from core.conversation.lanes import Lanes
from core.conversation.loop import Loop
from core.conversation.pacing import Pacer
from core.conversation.recovery import Recovery
from core.conversation.running import Running
from core.conversation.staleness import Staleness
from core.conversation.turn import TurnRunner
from core.files.reader import read_all
from core.memory.store import SqliteStore
from core.ports import Clock, Platform, Toolbox


@dataclass(frozen=True, slots=True)
class Conversations:
    """The core, wired. Adapters add themselves to ``platforms`` before the lanes open."""

    store: SqliteStore
    lanes: Lanes
    intake: Intake
    commands: CommandTable
    recovery: Recovery
    clock: Clock
    platforms: MutableMapping[str, Platform]


def wire(settings: Settings, store: SqliteStore, chosen: ChosenModel, toolbox: Toolbox) -> Conversations:
    """Connect store, model, tools and rules."""
    clock = SystemClock()
    running = Running()
    staleness = Staleness()
    follow_ups = FollowUps(*settings.follow_ups)
    commands = CommandTable(chosen.model, store, running)
    answering = Answering(
        model=chosen.model,
        loop=Loop(chosen.model, toolbox, store, clock),
        context=ContextBuilder(store, FilePersona(), clock, toolbox.specs),
        gate=Gate(store, Ceilings(settings.tampu_turns_per_hour, settings.tampu_tokens_per_day), clock),
        commands=commands,
        store=store,
        read_files=read_all,
        slots=asyncio.Semaphore(chosen.calls_at_once),
        follow_ups=follow_ups,
        clock=clock,
    )
    platforms: dict[str, Platform] = {}
    runner = TurnRunner(
        store=store,
        platforms=platforms,
        answering=answering,
        pacer=Pacer(clock),
        running=running,
        clock=clock,
        staleness=staleness,
    )
    lanes = Lanes(runner, store, clock)
    intake = Intake(store, lanes, running, commands, clock, follow_ups, staleness)
    recovery = Recovery(store, lanes, staleness, clock)
    return Conversations(store, lanes, intake, commands, recovery, clock, platforms)
