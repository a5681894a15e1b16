"""The composition root: settings and ports become a working conversation."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial

from bots.budget_file import in_force
from bots.choosing import Menu
from bots.commands import Changed, CommandTable
from bots.model import ChosenModel
from bots.notices import Notifying
from bots.persona import SUMMARY, FilePersona
from bots.persona_files import PersonaFiles
from bots.rule_names import known_names
from bots.rulebook import may_choose, rulebook
from bots.settings import Settings
from core.budgets import Budget
from core.clock import SystemClock
from core.conversation.accounts import Accounts
from core.conversation.answering import Answering
from core.conversation.attachments import Attachments
from core.conversation.budget_watch import BudgetWatch
from core.conversation.compacting import Compacting
from core.conversation.context import ContextBuilder
from core.conversation.document_tools import Reach
from core.conversation.following import FollowUps
from core.conversation.gate import Gate
from core.conversation.intake import Intake
from core.conversation.lanes import Lanes
from core.conversation.loop import Loop
from core.conversation.metering import Meter
from core.conversation.pacing import Pacer
from core.conversation.permits import Permits
from core.conversation.recovery import Recovery
from core.conversation.retention import Retention
from core.conversation.running import Running
from core.conversation.slots import Slots
from core.conversation.staleness import Staleness
from core.conversation.summariser import summariser
from core.conversation.turn import TurnRunner
from core.conversation.voices import Voices
from core.files.queries import queries
from core.files.reader import Reader, read_all
from core.files.workshop import Workshop
from core.memory.store import SqliteStore
from core.ports import Clock, Platform, Toolbox
from core.rulebook import Rulebook
from core.settings import Choices


@dataclass(frozen=True, slots=True)
class Conversations:
    """The core, wired. Adapters add themselves to ``platforms`` before the lanes open."""

    store: SqliteStore
    lanes: Lanes
    intake: Intake
    commands: CommandTable
    recovery: Recovery
    compacting: Compacting
    retention: Retention
    notifying: Notifying
    personas: PersonaFiles
    clock: Clock
    platforms: MutableMapping[str, Platform]


def _house(settings: Settings) -> Choices:
    """How answers are made where nobody has chosen."""
    return Choices(
        model=settings.llama_model,
        temperature=settings.llama_temperature,
        answer_tokens=settings.llama_max_answer_tokens or None,
    )


def _notifying(
    settings: Settings,
    store: SqliteStore,
    chosen: ChosenModel,
    platforms: Mapping[str, Platform],
    pacer: Pacer,
) -> Notifying:
    """What the operator is told, also of the model's servers."""
    notifying = Notifying(settings.tampu_notices, store, platforms, pacer, SystemClock())
    chosen.trouble.listen(notifying.models)
    return notifying


@dataclass(frozen=True, slots=True)
class _Given:
    """What everything is made of."""

    settings: Settings
    store: SqliteStore
    chosen: ChosenModel
    toolbox: Toolbox
    reader: Reader
    clock: Clock
    personas: PersonaFiles
    rules: Rulebook


def wire(
    settings: Settings,
    store: SqliteStore,
    chosen: ChosenModel,
    toolbox: Toolbox,
    reader: Reader | None = None,
) -> Conversations:
    """Connect store, model, tools and rules; without a ``reader`` none is kept warm."""
    clock = SystemClock()
    personas = PersonaFiles(settings.tampu_data_dir / "personas")
    rules = rulebook(settings, store)
    given = _Given(settings, store, chosen, toolbox, reader or Workshop(), clock, personas, rules)
    platforms: dict[str, Platform] = {}
    pacer = Pacer(clock)
    notifying = _notifying(settings, store, chosen, platforms, pacer)
    budgets = in_force(settings.tampu_budgets, settings.tampu_tokens_per_day)
    accounts = Accounts(Meter(store, chosen.rates, clock, BudgetWatch(store, notifying.of_budget)), budgets)
    slots = Slots(chosen.calls_at_once)
    running, staleness, changed = Running(), Staleness(), Changed()
    voices = _voices(given)
    commands = _commands(given, voices, running, changed, budgets)
    answering = _answering(given, voices, commands, accounts, slots)
    compacting = Compacting(store, summariser(voices, rules, accounts), slots, clock, SUMMARY)
    runner = TurnRunner(
        store=store,
        platforms=platforms,
        answering=answering,
        pacer=pacer,
        running=running,
        clock=clock,
        staleness=staleness,
        when_ended=compacting.hint if settings.tampu_compaction else None,
        when_lost=notifying.letters.hint,
    )
    lanes = Lanes(runner, store, clock)
    intake = Intake(
        store, lanes, running, commands, clock, answering.follow_ups, staleness, notifying.is_noticeboard
    )
    changed.go_on = intake.go_on_anew
    retention = Retention(store, clock, settings.tampu_retention_days)
    recovery = Recovery(store, lanes, staleness, clock)
    return Conversations(
        store, lanes, intake, commands, recovery, compacting, retention, notifying, personas, clock, platforms
    )


def _voices(given: _Given) -> Voices:
    chosen = given.chosen
    return Voices(
        chosen.model,
        given.store,
        given.toolbox,
        _house(given.settings),
        chosen.named,
        chosen.counting,
        chosen.alone,
        chosen.together,
    )


def _commands(
    given: _Given, voices: Voices, running: Running, changed: Changed, budgets: tuple[Budget, ...]
) -> CommandTable:
    chosen = given.chosen

    async def names() -> tuple[str, ...]:
        return tuple(chosen.named)

    menu = Menu(_house(given.settings), names, given.personas, partial(may_choose, given.rules))
    return CommandTable(
        voices,
        given.store,
        given.rules,
        running,
        menu,
        given.clock,
        chosen.checking,
        changed,
        budgets,
        partial(known_names, given.toolbox, chosen.model, chosen.named),
    )


def _answering(
    given: _Given, voices: Voices, commands: CommandTable, accounts: Accounts, slots: Slots
) -> Answering:
    store, chosen, clock = given.store, given.chosen, given.clock
    reach = Reach(store, queries())
    return Answering(
        voices=voices,
        loop=Loop(store, clock),
        context=ContextBuilder(store, FilePersona(given.personas), clock, reach),
        gate=Gate(store, clock),
        permits=Permits(given.rules, store, clock),
        accounts=accounts,
        commands=commands,
        store=store,
        attachments=Attachments(store, partial(read_all, reader=given.reader), clock),
        slots=slots,
        follow_ups=FollowUps(*given.settings.follow_ups),
        clock=clock,
        checking=chosen.checking,
    )
