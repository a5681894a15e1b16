"""``/settings``: what is in force here, where it comes from, and how to change it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from bots.choice_words import (
    LIMITS,
    NAMES,
    NotUnderstood,
    Wish,
    code,
    listed,
    named,
    plain,
    read_length,
    read_reasoning,
    read_temperature,
    told,
    wish_of,
)
from bots.persona import USUAL
from bots.persona_files import PersonaFiles
from core import policy_phrases
from core.address import Address
from core.errors import ModelError
from core.message import Author
from core.ports import Clock
from core.settings import Chain, Choices, Scope, Setting
from core.storage import SettingsStore

# Slack waits three seconds for a command's reply.
ASK_S: Final = 1.2
NAMES_SHOWN: Final = 15
SCOPES_SAID: Final[Mapping[Scope, str]] = {
    Scope.THREAD: "this conversation",
    Scope.CHANNEL: "this channel",
    Scope.ACCOUNT: "everywhere here",
}
# Where people see conversations and no channels.
SCOPES_SAID_ALONE: Final[Mapping[Scope, str]] = {**SCOPES_SAID, Scope.CHANNEL: "all conversations here"}
NO_THREAD: Final = (
    "There is no conversation here that this could be for. Say it inside of one, or put `channel` behind it."
)
UNASKED: Final = "The model server did not tell me which models it has, so nothing is changed. {told}"

# The last is the channel around a thread that is a channel of its own.
May = Callable[[Author, Address, Scope, str], Awaitable[str]]
Names = Callable[[], Awaitable[tuple[str, ...]]]


async def anybody(_author: Author, _address: Address, _scope: Scope, _parent: str) -> str:
    """Let everybody choose who may write here: for a conversation, and for its channel."""
    return ""


async def one_model() -> tuple[str, ...]:
    """Menu no other model than the one that answers."""
    return ()


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be chosen. ``house`` is what the operator has set for everywhere.

    ``models`` lists the names that may be chosen and raises ``ModelError``. ``may`` returns why
    somebody may not choose for a scope, empty when they may.
    """

    house: Choices = field(default_factory=Choices)
    models: Names = one_model
    personas: PersonaFiles = field(default_factory=PersonaFiles)
    may: May = anybody

    async def has_model(self, name: str) -> bool:
        """Whether a model may be chosen still, as far as that can be known."""
        try:
            async with asyncio.timeout(ASK_S):
                return name in await self.models()
        except (ModelError, TimeoutError):
            return True


@dataclass(frozen=True, slots=True)
class SettingsCommand:
    """Answers ``/settings``.

    ``sign`` stands before a command's name where this one was given; ``said`` are the words for scopes.
    ``allows`` says whether a model may answer who asks; ``parent`` is the channel around where they do.
    """

    store: SettingsStore
    menu: Menu
    clock: Clock
    sign: str
    said: Mapping[Scope, str]
    allows: Callable[[str], bool]
    parent: str = ""

    async def run(self, address: Address, author: Author, argument: str) -> str:
        """Show or change; the reply is Markdown. Raises ``StoreError``."""
        try:
            await self.menu.personas.refresh()
            wish = wish_of(argument)
            if not wish.value and not wish.resets:
                return await self._show(address, wish)
            return await self._change(address, author, wish)
        except NotUnderstood as error:
            return str(error)

    async def _change(self, address: Address, author: Author, wish: Wish) -> str:
        scope = wish.scope or (Scope.THREAD if address.thread else Scope.CHANNEL)
        if scope is Scope.THREAD and not address.thread:
            raise NotUnderstood(NO_THREAD)
        if refusal := await self.menu.may(author, address, scope, self.parent):
            return refusal
        if wish.resets:
            settings = tuple(Setting) if wish.setting is None else (wish.setting,)
            await self.store.unchoose(address, scope, settings, author, self.clock.now())
            return await self._taken_back(await self.store.chain(address), scope, settings)
        assert wish.setting is not None
        choices = await self._read(wish.setting, wish.value)
        await self.store.choose(address, scope, choices, author, self.clock.now())
        return self._set(await self.store.chain(address), scope, wish.setting, choices)

    def _set(self, chain: Chain, scope: Scope, setting: Setting, choices: Choices) -> str:
        said = f"For {self.said[scope]}, {named(setting)} is now {told(setting, choices)}."
        source = chain.source(setting)
        if source is None or source.scope is scope:
            return said
        return (
            f"{said} In {self.said[source.scope]} it stays {told(setting, source.choices)}, "
            f"which was chosen just for it."
        )

    async def _read(self, setting: Setting, value: str) -> Choices:
        match setting:
            case Setting.TEMPERATURE:
                return read_temperature(value)
            case Setting.ANSWER_TOKENS:
                return read_length(value)
            case Setting.SHOWS_REASONING:
                return read_reasoning(value)
            case Setting.PERSONA:
                return Choices(persona=_one_of(self.menu.personas.names, value, "persona"))
            case Setting.MODEL:
                return Choices(model=await self._model(value))

    async def _model(self, value: str) -> str:
        models = await self._models()
        model = _one_of(models, value, "model")
        if not self.allows(model):
            allowed = tuple(filter(self.allows, models))
            raise NotUnderstood(policy_phrases.not_this_model(model, allowed, self.sign))
        return model

    async def _models(self) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(ASK_S):
                models = await self.menu.models()
        except ModelError as error:
            raise NotUnderstood(UNASKED.format(told=error.told)) from error
        except TimeoutError as error:
            raise NotUnderstood(UNASKED.format(told="Please try again in a moment.")) from error
        if not models:
            raise NotUnderstood("There is no other model to choose here than the one that answers.")
        return models

    async def _show(self, address: Address, wish: Wish) -> str:
        if wish.scope is Scope.CHANNEL:
            address = replace(address, thread="")
        chain = await self.store.chain(address)
        shown = tuple(NAMES.values()) if wish.setting is None else (wish.setting,)
        lines = [f"- {named(setting)}: {await self._in_force(chain, setting)}" for setting in shown]
        if wish.setting is None:
            where = self.said[Scope.THREAD if address.thread else Scope.CHANNEL]
            return "\n".join([f"How I answer in {where}:", "", *lines, "", self._how(address)])
        return "\n".join([*lines, "", await self._choice_of(wish.setting)])

    async def _in_force(self, chain: Chain, setting: Setting) -> str:
        said = await self._chosen(chain, setting)
        model = chain.over(self.menu.house).model if setting is Setting.MODEL else None
        if model is None or self.allows(model):
            return said
        return f"{said}. {policy_phrases.ANOTHER_ANSWERS_YOU.removesuffix('.')}"

    async def _chosen(self, chain: Chain, setting: Setting) -> str:
        source = chain.source(setting)
        if source is None:
            usual = told(setting, self.menu.house)
            return f"{usual}, as the operator has set it" if usual else USUALLY[setting]
        on = datetime.fromtimestamp(source.at, UTC)
        who = plain(source.by) or "somebody"
        said = f"{told(setting, source.choices)}, chosen by {who} for {self.said[source.scope]} on"
        return f"{said} {on.day} {on:%B %Y}{await self._what_is_gone(source.choices)}"

    async def _what_is_gone(self, choices: Choices) -> str:
        """Go on behind a choice of something that there is none of any more."""
        if choices.persona and self.menu.personas.text(choices.persona) is None:
            return "; its file is gone, so I am as usual"
        if choices.model and not await self.menu.has_model(choices.model):
            return "; it is not there any more, so another answers"
        return ""

    def _how(self, address: Address) -> str:
        more = f" Put `channel` behind it for {self.said[Scope.CHANNEL]}." if address.thread else ""
        return (
            f"Change one like this: `{self.sign}settings temperature 0.2`.{more} "
            f"`{self.sign}settings reset` takes back what was chosen. "
            f"The personas are {_some(self.menu.personas.names)}."
        )

    async def _choice_of(self, setting: Setting) -> str:
        match setting:
            case Setting.PERSONA:
                return f"The personas are {_some(self.menu.personas.names)}."
            case Setting.MODEL:
                try:
                    models = tuple(filter(self.allows, await self._models()))
                    return f"The models are {_some(models)}." if models else policy_phrases.NO_MODEL
                except NotUnderstood as error:
                    return str(error)
            case _:
                name = named(setting)
                return f"{name.capitalize()} {LIMITS[setting]}."

    async def _taken_back(self, chain: Chain, scope: Scope, settings: tuple[Setting, ...]) -> str:
        if len(settings) > 1:
            return f"What was chosen for {self.said[scope]} is taken back."
        setting = settings[0]
        return (
            f"What was chosen for {self.said[scope]} is taken back. "
            f"Now {named(setting)} is {await self._in_force(chain, setting)}."
        )


USUALLY: Final[Mapping[Setting, str]] = {
    Setting.MODEL: "the one that the server is set to",
    Setting.PERSONA: f"{code(USUAL)}, as usual",
    Setting.TEMPERATURE: "as suits the model",
    Setting.ANSWER_TOKENS: "as suits the model",
    Setting.SHOWS_REASONING: "not shown, as usual",
}


def _one_of(names: tuple[str, ...], wanted: str, kind: str) -> str:
    """Find a name as it is written, whatever its case, or by a part that only one has.

    Raises ``NotUnderstood``.
    """
    low = wanted.lower()
    for matches in (
        [name for name in names if name == wanted],
        [name for name in names if name.lower() == low],
        [name for name in names if low in name.lower()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise NotUnderstood(
                f"There are several {kind}s like {code(wanted[:80])}: {_some(tuple(matches))}."
            )
    raise NotUnderstood(f"There is no {kind} {code(wanted[:80])}. There are {_some(names)}.")


def _some(names: tuple[str, ...]) -> str:
    if len(names) <= NAMES_SHOWN:
        return listed(names)
    return f"{', '.join(map(code, names[:NAMES_SHOWN]))} and {len(names) - NAMES_SHOWN} more"
