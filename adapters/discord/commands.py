"""Slash commands, drawn from the one registry: asked in public, answered at once in private."""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.discord import faults, inbound
from adapters.discord.markup import measure, render
from adapters.discord.members import Members
from adapters.discord.outbound import Openers
from core.address import Address
from core.commands import CommandSpec
from core.errors import StoreError, TampuError
from core.events import Addressing, Asked
from core.markdown.segments import segments
from core.message import Attachment, Author
from core.ports import Inbox

ACK_S = 2.0
COMMAND_S = 60.0
MESSAGE_MAX = 2000
DESCRIPTION_MAX = 100
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"})
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
NOT_HERE = "I can't answer here. Please ask me in a channel or in a direct message."
NO_PICTURE = "**{name}** is not a picture that I can open. Please choose a PNG, JPEG, GIF or WebP file."
NOT_ALLOWED = (
    "I may not write in this channel. Somebody who manages the server can give me "
    "View Channel and Send Messages here."
)

_CONTEXTS = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_INSTALLS = app_commands.AppInstallationType(guild=True, user=False)
_BARE_ADDRESS = re.compile(r"(?<!<)https?://[^\s<>]+")

Interaction = discord.Interaction[discord.Client]
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


@dataclass(frozen=True, slots=True)
class Question:
    """What a command asks: its text, and its picture if there is one."""

    interaction: Interaction
    text: str
    picture: discord.Attachment | None = None


class Commands:
    """Turns the registry into application commands and their use into events."""

    def __init__(
        self, specs: Sequence[CommandSpec], inbox: Inbox, openers: Openers, members: Members
    ) -> None:
        self._specs = specs
        self._members = members
        self._inbox = inbox
        self._openers = openers

    def plant(self, tree: Tree) -> None:
        """Add all commands to the tree."""
        for spec in self._specs:
            if not spec.asks:
                tree.add_command(self._immediate(spec))
            elif spec.takes_file:
                tree.add_command(self._looking(spec))
            else:
                tree.add_command(self._asking(spec))

    def _asking(self, spec: CommandSpec) -> Command:
        async def ask(interaction: Interaction, question: str) -> None:
            await self._ask(Question(interaction, question))

        return _command(spec, app_commands.describe(question=_short(spec.argument))(ask))

    def _looking(self, spec: CommandSpec) -> Command:
        async def look(interaction: Interaction, picture: discord.Attachment, question: str) -> None:
            await self._ask(Question(interaction, question, picture))

        described = app_commands.describe(picture="The picture to look at", question=_short(spec.argument))
        return _command(spec, described(look))

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
        address = _address(interaction, in_channel="")
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
        """Keep the question, then show it: its answer refers to that message."""
        interaction = question.interaction
        address = _address(interaction, in_channel=inbound.command_thread(interaction.id))
        refusal = _refusal(question, address)
        if refusal is not None or address is None:
            await tell(interaction, refusal or NOT_HERE)
            return
        self._openers.expect(str(interaction.id))
        shown: str | None = None
        try:
            author = await self._members.actor(interaction)
            await self._inbox.accept(_event(question, address, author))
            shown = await self._show(question)
            if shown is not None:
                await self._inbox.anchor(address, shown)
        except StoreError as error:
            log.error("discord.question_not_kept", interaction=interaction.id, error=str(error))  # noqa: TRY400  # known
            await tell(interaction, error.told)
        finally:
            self._openers.settle(str(interaction.id), shown)

    async def _show(self, question: Question) -> str | None:
        """Show the question to everybody. Without this message the answer still comes, on its own."""
        response = question.interaction.response
        text = opener(question.interaction.user.display_name, question.text, question.picture)
        try:
            if question.picture is None:
                answer = await response.send_message(text, suppress_embeds=True)
            else:
                embed = discord.Embed().set_image(url=question.picture.url)
                answer = await response.send_message(text, embed=embed)
        except faults.FOREIGN as error:
            log.warning("discord.opener_failed", code=faults.code_of(error))
            return None
        return str(answer.message_id) if answer.message_id else None

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


def _address(interaction: Interaction, in_channel: str) -> Address | None:
    """The thread in which a command was used; ``in_channel`` where the channel is not one itself."""
    channel = interaction.channel
    if channel is None or isinstance(channel, discord.ForumChannel | discord.CategoryChannel):
        return None
    place = inbound.settled_place(channel, interaction.guild_id, interaction.id)
    if place is not None:
        return place.address
    account = inbound.account_of(interaction.guild_id)
    return Address(inbound.PLATFORM, account, str(channel.id), in_channel)


def _refusal(question: Question, address: Address | None) -> str | None:
    """Why a question is not taken, before anything is kept of it."""
    if address is None:
        return NOT_HERE
    if question.picture is not None and not _is_picture(question.picture):
        return NO_PICTURE.format(name=discord.utils.escape_markdown(question.picture.filename))
    if question.interaction.guild_id is None:
        return None
    may = question.interaction.app_permissions
    in_thread = isinstance(question.interaction.channel, discord.Thread)
    may_write = may.send_messages_in_threads if in_thread else may.send_messages
    return None if may.view_channel and may_write else NOT_ALLOWED


def _is_picture(file: discord.Attachment) -> bool:
    """By the sender's claim; the bytes are checked when they are read."""
    mime = (file.content_type or "").partition(";")[0].strip().lower()
    return mime in PICTURES or (not mime and file.filename.lower().endswith(PICTURE_ENDINGS))


def _event(question: Question, address: Address, author: Author) -> Asked:
    interaction = question.interaction
    files: tuple[Attachment, ...] = ()
    if question.picture is not None:
        files = (inbound.attachment_of(question.picture),)
    return Asked(
        key=f"i:{interaction.id}",
        address=address,
        author=author,
        text=question.text,
        message_id=str(interaction.id),
        sent_at=interaction.created_at.timestamp(),
        addressing=Addressing.COMMAND,
        attachments=files,
        place=inbound.place_name(interaction.channel),
        joined_midway=isinstance(interaction.channel, discord.Thread),
        parent=inbound.parent_of(interaction.channel),
    )


def opener(name: str, question: str, picture: discord.Attachment | None) -> str:
    """The message that shows a command's question to everybody; addresses in it do not unfurl."""
    head = f"**{discord.utils.escape_markdown(name)} asked:** "
    tail = f"\n-# Picture: {discord.utils.escape_markdown(picture.filename)}" if picture else ""
    shown = _BARE_ADDRESS.sub(r"<\g<0>>", question) if picture else question
    room = MESSAGE_MAX - len(head) - len(tail)
    return head + (shown if len(shown) <= room else shown[: room - 1] + "…") + tail


async def tell(interaction: Interaction, text: str) -> None:
    """Answer in private, in as many messages as it takes. Never raises for what Discord answers."""
    try:
        for part in segments(text, MESSAGE_MAX, measure) or ("…",):
            if interaction.response.is_done():
                await interaction.followup.send(render(part), ephemeral=True, suppress_embeds=True)
            else:
                await interaction.response.send_message(render(part), ephemeral=True, suppress_embeds=True)
    except faults.FOREIGN as error:
        log.warning("discord.private_answer_failed", code=faults.code_of(error))


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


_COMPARED = ("name", "type", "description", "options", "contexts", "integration_types", "required")


def _essence(item: Mapping[str, object]) -> dict[str, object]:
    """The fields that we set, without those that are as good as absent."""
    essence: dict[str, object] = {}
    for field in _COMPARED:
        value = item.get(field)
        if not value and field != "type":
            continue
        if field == "options" and isinstance(value, list):
            value = [_essence(option) for option in value]
        elif isinstance(value, list):
            value = sorted(value)
        essence[field] = value
    return essence
