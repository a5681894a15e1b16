"""The one registry of commands; every surface draws from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from bots.choice_words import code, plain
from bots.choosing import SCOPES_SAID, SCOPES_SAID_ALONE, Menu, SettingsCommand
from bots.forgetting import FORGET_COMMAND, ForgetCommand, ForgettingStore
from bots.image_analysis import ALT, IMAGE
from bots.pinning import PinCommands
from bots.rule_names import Knowing, nothing_known
from bots.ruling import RULES, RuleCommand
from bots.usage import USAGE, usage_text
from core import acts, phrases
from core.address import Address
from core.budgets import Budget
from core.clock import SystemClock
from core.commands import COMMAND_SIGN, CommandSpec, split_command
from core.conversation.checking import Checking
from core.conversation.permits import NOT_ANSWERED, TOLD_FOR_S
from core.conversation.running import Running
from core.conversation.voices import Voices
from core.errors import ModelError
from core.forgetting import FORGET
from core.message import Author
from core.policy_phrases import ANOTHER_ANSWERS_YOU, not_answered
from core.ports import Clock
from core.principal import Principal
from core.rulebook import Rulebook
from core.settings import Scope, Setting
from core.spending import SpendingStore, ToldStore
from core.storage import Effect, SettingsStore, TurnStore
from core.thread_memory import PIN, RecallStore

STOP = "stop"
SETTINGS = "settings"
UNPIN = "unpin"
SPECS = (
    CommandSpec("ask", "Ask a question", argument="your question", asks=True),
    IMAGE,
    ALT,
    CommandSpec("new", "Begin afresh: forget what was said in this conversation"),
    CommandSpec(STOP, "Stop the answer that is being written"),
    CommandSpec("model", "Say which model answers"),
    CommandSpec(SETTINGS, "Show or change how I answer here", argument="such as: temperature 0.2"),
    CommandSpec(PIN, "Keep a fact in mind in this conversation", argument="the fact"),
    CommandSpec("pins", "List the facts that are kept in mind here"),
    CommandSpec(UNPIN, "Take a fact out of mind", argument="its number"),
    USAGE,
    FORGET_COMMAND,
    RULES,
    CommandSpec("help", "Say what I can do"),
)
TYPED = tuple(spec for spec in SPECS if not spec.asks)
NAMES = frozenset(spec.name for spec in TYPED)
# Where every message is a question already, files go along with it.
ALONE = frozenset({"web", "terminal"})
# With words behind them these are commands still; "/help me with this" is a question.
WITH_WORDS = frozenset({STOP, SETTINGS, PIN, UNPIN, FORGET, RULES.name})
# Whoever manages a place may say these, even where nobody is answered.
MANAGING = frozenset({SETTINGS, RULES.name})
# What is a person's own, nobody has to be let in for.
FOR_ALL = frozenset({STOP, FORGET})
# Slack takes a slash for a command of its own, and has none inside of threads.
SIGNS = {"slack": "/llama "}
SIGNS_IN_THREADS = {"slack": "@Tampu /"}


@dataclass(slots=True)
class Changed:
    """What is told of turns that go on anew; it is set when there are lanes."""

    go_on: Callable[[Effect], None] = lambda _effect: None


class CommandStore(
    TurnStore, RecallStore, SettingsStore, ForgettingStore, SpendingStore, ToldStore, Protocol
):
    """What commands read and change."""


@dataclass(frozen=True, slots=True)
class CommandTable:
    """Implements ``core.ports.Commands`` for those of :data:`SPECS` that are answered at once."""

    voices: Voices
    store: CommandStore
    rules: Rulebook
    running: Running
    menu: Menu = field(default_factory=Menu)
    clock: Clock = field(default_factory=SystemClock)
    checking: Checking = field(default_factory=Checking)
    changed: Changed = field(default_factory=Changed)
    budgets: tuple[Budget, ...] = ()
    knowing: Knowing = nothing_known

    def recognise(self, text: str) -> tuple[str, str] | None:
        """Split ``/name argument``; ``None`` for a question, also one that begins with a slash."""
        command = split_command(text)
        if command is None or command[0] not in NAMES:
            return None
        name, argument = command
        return None if argument and name not in WITH_WORDS else command

    async def run(self, name: str, address: Address, author: Author, argument: str, parent: str = "") -> str:
        """Do it for whoever may; an unknown name is answered with help."""
        if name not in FOR_ALL and (refusal := await self._refusal(name, address, author, parent)):
            return refusal
        return await self._actions(parent).get(name, self._help)(address, author, argument)

    async def _refusal(self, name: str, address: Address, author: Author, parent: str) -> str:
        """Say why somebody is not answered, empty when they are. Who manages a place can undo that."""
        principal = self.rules.principal(author, address, parent)
        decision = await self.rules.decide(principal)
        may = decision.answers.value or (name in MANAGING and decision.manages.value)
        if may:
            return ""
        rule, command = decision.answers.rule or acts.DEFAULT_RULE, name if name in NAMES else "help"
        await self._note_refusal(principal, address, author, {"rule": rule, "command": command})
        return not_answered(decision, principal)

    async def _note_refusal(
        self, principal: Principal, address: Address, author: Author, detail: Mapping[str, str]
    ) -> None:
        """Note it in the audit as often as a refusal is said in a conversation, though this one always is."""
        now = self.clock.now()
        matter = f"command {NOT_ANSWERED} in {principal.channel}"
        entry = acts.refused(author, address, NOT_ANSWERED, now, detail)
        await self.store.once(principal.person_key, matter, now + TOLD_FOR_S, now, entry)

    def _actions(self, parent: str) -> Mapping[str, Callable[[Address, Author, str], Awaitable[str]]]:
        return {
            "help": self._help,
            "new": self._new,
            STOP: self._stop,
            "model": partial(self._model, parent),
            SETTINGS: partial(self._settings, parent),
            PIN: self._pin,
            "pins": self._pins,
            UNPIN: self._unpin,
            USAGE.name: partial(self._usage, parent),
            FORGET: self._forget,
            RULES.name: partial(self._rules, parent),
        }

    async def _help(self, address: Address, _author: Author, _argument: str) -> str:
        lines = [
            (
                "I am Tampu, an assistant on a Llama model. Write to me in private, mention me in a channel, "
                "or reply to me; in a thread where I was asked I follow along. "
                "Send a picture or a text file along with your question and I will read it."
            ),
            "",
        ]
        sign = SIGNS.get(address.platform, COMMAND_SIGN)
        for spec in TYPED if address.platform in ALONE else SPECS:
            argument = f" {spec.argument}" if spec.argument else ""
            lines.append(f"- `{sign}{spec.name}{argument}`: {spec.description}")
        return "\n".join(lines)

    async def _new(self, address: Address, author: Author, _argument: str) -> str:
        if not address.thread:
            return "Outside of a thread, every message to me begins a new conversation already."
        pins = await self.store.pins(address)
        await self.store.reset(address, author, self.clock.now())
        return f"{phrases.FRESH} {phrases.UNPINNED}" if pins else phrases.FRESH

    async def _stop(self, address: Address, author: Author, _argument: str) -> str:
        stopped = self.running.stop(address, author.id)
        for whose in sorted(stopped - {author.id}):
            await self.store.record(acts.stopped(author, address, whose, self.clock.now()))
        return phrases.STOPPING if stopped else phrases.NOTHING_TO_STOP

    async def _model(self, parent: str, address: Address, author: Author, _argument: str) -> str:
        source = (await self.store.chain(address)).source(Setting.MODEL)
        decision = await self.rules.decide(self.rules.principal(author, address, parent))
        gone = ""
        if source is not None and source.choices.model is not None:
            chosen, where = source.choices.model, _said(address)[source.scope]
            said = f"{code(chosen)} answers here, chosen by {plain(source.by)} for {where}."
            if await self.menu.has_model(chosen):
                return said if decision.allows_model(chosen) else f"{said} {ANOTHER_ANSWERS_YOU}"
            gone = f"{code(chosen)}, chosen by {plain(source.by)} for {where}, is not there any more. "
        try:
            info = (await self.voices.of(address, decision)).info
        except ModelError as error:
            return f"{gone}{error.told}"
        sees = {True: "reads text and pictures", False: "reads text only", None: "reads text"}[info.vision]
        note = f" {info.note}" if info.note else ""
        return f"{gone}I run on **{info.name}**, which {sees}.{note}"

    async def _settings(self, parent: str, address: Address, author: Author, argument: str) -> str:
        decision = await self.rules.decide(self.rules.principal(author, address, parent))
        sign, said = _sign(address), _said(address)
        allows = decision.allows_model
        command = SettingsCommand(self.store, self.menu, self.clock, sign, said, allows, parent)
        return await command.run(address, author, argument)

    async def _usage(self, parent: str, address: Address, author: Author, _argument: str) -> str:
        principal = self.rules.principal(author, address, parent)
        return await usage_text(self.store, self.budgets, principal, self.clock.now())

    async def _forget(self, address: Address, author: Author, argument: str) -> str:
        command = ForgetCommand(self.store, self.clock, self.changed.go_on)
        sign, alone = _sign(address), address.platform in ALONE
        return await command.run(address, author, argument, sign, alone=alone)

    async def _rules(self, parent: str, address: Address, author: Author, argument: str) -> str:
        command = RuleCommand(self.rules.inside(parent), self.clock, self.knowing)
        return await command.run(address, author, argument, _sign(address))

    async def _pin(self, address: Address, author: Author, argument: str) -> str:
        return await self._pinning.pin(address, author, argument, _sign(address))

    async def _pins(self, address: Address, _author: Author, _argument: str) -> str:
        return await self._pinning.pins(address, _sign(address))

    async def _unpin(self, address: Address, author: Author, argument: str) -> str:
        return await self._pinning.unpin(address, author, argument, _sign(address))

    @property
    def _pinning(self) -> PinCommands:
        return PinCommands(self.store, self.clock, self.checking)


def _sign(address: Address) -> str:
    """Return what stands before a command's name where this one was given."""
    signs = SIGNS_IN_THREADS if address.thread else SIGNS
    return signs.get(address.platform, COMMAND_SIGN)


def _said(address: Address) -> Mapping[Scope, str]:
    """Return the words for scopes where an address is."""
    return SCOPES_SAID_ALONE if address.platform in ALONE else SCOPES_SAID
