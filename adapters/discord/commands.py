"""Slash commands, drawn from the one registry: asked in public, answered at once in private."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.discord import faults, inbound
from adapters.discord.asking import (
    NO_HISTORY,
    NOT_ALLOWED,
    NOT_HERE,
    Asking,
    Interaction,
    Question,
    address_of,
    may_look_back,
    may_write,
    tell,
)
from adapters.discord.looking import look_with
from adapters.discord.members import Members
from core.address import Address
from core.commands import CommandSpec
from core.errors import TampuError
from core.ports import Inbox
from core.presets import LOOKED_BACK_MOST

ACK_S = 2.0
COMMAND_S = 60.0
DESCRIPTION_MAX = 100

_CONTEXTS = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_INSTALLS = app_commands.AppInstallationType(guild=True, user=False)
Command = app_commands.Command[Any, ..., None]

log = structlog.get_logger()


class Tree(app_commands.CommandTree[discord.Client]):
    """discord.py's command tree, with an answer to every failure."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the person in private what may be told."""
        cause = _cause(error)
        name = interaction.command.qualified_name if interaction.command else ""
        # A trace is made from source files, which are read: not on the loop.
        await asyncio.to_thread(log.error, "discord.command_failed", command=name, exc_info=cause)
        await tell(interaction, cause.told if isinstance(cause, TampuError) else TampuError.told)


class Commands:
    """Turns the registry into application commands and their use into events."""

    def __init__(self, specs: Sequence[CommandSpec], inbox: Inbox, asking: Asking, members: Members) -> None:
        self._specs = specs
        self._members = members
        self._inbox = inbox
        self._asking = asking

    def plant(self, tree: Tree) -> None:
        """Add all commands to the tree."""
        for spec in self._specs:
            if not spec.asks:
                tree.add_command(self._immediate(spec))
            elif spec.takes_file:
                tree.add_command(self._looking(spec))
            elif spec.looks_back:
                tree.add_command(self._looking_back(spec))
            else:
                tree.add_command(self._question(spec))

    def _question(self, spec: CommandSpec) -> Command:
        async def ask(interaction: Interaction, question: str) -> None:
            await self._ask(Question(interaction, question))

        return _command(spec, app_commands.describe(question=_short(spec.argument))(ask))

    def _looking(self, spec: CommandSpec) -> Command:
        return _command(spec, look_with(self._asking, _short(spec.argument)))

    def _looking_back(self, spec: CommandSpec) -> Command:
        async def look_back(interaction: Interaction, words: str = "") -> None:
            if not may_look_back(interaction):
                await tell(interaction, NO_HISTORY)
                return
            await self._ask(Question(interaction, words, looks_back=LOOKED_BACK_MOST))

        return _command(spec, app_commands.describe(words=_short(spec.argument))(look_back))

    def _immediate(self, spec: CommandSpec) -> Command:
        async def plain(interaction: Interaction) -> None:
            await self._answer(spec, interaction, "")

        async def with_text(interaction: Interaction, text: str = "") -> None:
            await self._answer(spec, interaction, text)

        if not spec.argument:
            return _command(spec, plain)
        return _command(spec, app_commands.describe(text=_short(spec.argument))(with_text))

    async def _answer(self, spec: CommandSpec, interaction: Interaction, argument: str) -> None:
        """Answer in private; put it off when it takes longer than Discord waits (3 s)."""
        address = address_of(interaction, in_channel="")
        if address is None:
            await tell(interaction, NOT_HERE)
            return
        async with asyncio.timeout(COMMAND_S), asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._said(spec, interaction, address, argument))
            done, _ = await asyncio.wait({work}, timeout=ACK_S)
            if not done:
                await interaction.response.defer(ephemeral=True, thinking=True)
        await tell(interaction, work.result())

    async def _said(
        self, spec: CommandSpec, interaction: Interaction, address: Address, argument: str
    ) -> str:
        author = await self._members.actor(interaction)
        return await self._inbox.command(
            spec.name, address, author, argument, inbound.parent_of(interaction.channel)
        )

    async def _ask(self, question: Question) -> None:
        interaction = question.interaction
        address = address_of(interaction, in_channel=inbound.command_thread(interaction.id))
        if address is None or not may_write(interaction):
            await tell(interaction, NOT_HERE if address is None else NOT_ALLOWED)
            return
        await self._asking.ask(question, address)

    async def sync(self, tree: Tree, application_id: int) -> None:
        """Register the commands when Discord has others than these. A failure leaves the old ones."""
        client = tree.client
        wanted = [command.to_dict(tree) for command in tree.get_commands()]
        try:
            registered = await client.http.get_global_commands(application_id)
            if fingerprint(registered) == fingerprint(wanted):
                return
            await tree.sync()
        except faults.FOREIGN as error:
            log.warning("discord.commands_not_registered", code=faults.code_of(error))
            return
        log.info("discord.commands_registered", count=len(wanted))


def _command(spec: CommandSpec, callback: object) -> Command:
    return app_commands.Command(
        name=spec.name,
        description=_short(spec.description),
        callback=callback,  # type: ignore[arg-type]  # discord.py's own type of callbacks is not exported
        allowed_contexts=_CONTEXTS,
        allowed_installs=_INSTALLS,
    )


def _short(text: str) -> str:
    """A description as Discord takes it: 1 to 100 characters, with a capital."""
    text = text[:1].upper() + text[1:] or "…"
    return text if len(text) <= DESCRIPTION_MAX else text[: DESCRIPTION_MAX - 1] + "…"


def _cause(error: BaseException) -> BaseException:
    """What really went wrong, inside of discord.py's and asyncio's wrappings."""
    while True:
        if isinstance(error, app_commands.CommandInvokeError):
            error = error.original
        elif isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        else:
            return error


def fingerprint(payload: Sequence[Mapping[str, object]]) -> str:
    """A hash of command definitions, the same for what we send and for what Discord gives back."""
    plain = sorted(json.dumps(_essence(command), sort_keys=True) for command in payload)
    return hashlib.sha256("\n".join(plain).encode()).hexdigest()


_COMPARED = (
    "name",
    "type",
    "description",
    "options",
    "choices",
    "value",
    "contexts",
    "integration_types",
    "required",
)


def _essence(item: Mapping[str, object]) -> dict[str, object]:
    """The fields that we set, without those that are as good as absent."""
    essence: dict[str, object] = {}
    for field in _COMPARED:
        value = item.get(field)
        if not value and field != "type":
            continue
        if field in {"options", "choices"} and isinstance(value, list):
            value = [_essence(option) for option in value]
        elif isinstance(value, list):
            value = sorted(value)
        essence[field] = value
    return essence
