"""Questions that stand nowhere on Discord: kept first, then shown, then answered below."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.markup import measure, render
from adapters.discord.members import Members
from adapters.discord.outbound import Openers
from core import picture_phrases, presets
from core.address import Address
from core.errors import StoreError
from core.events import Addressing, Asked, Verdict
from core.markdown.segments import segments
from core.ports import Inbox
from core.presets import ASK, Preset

MESSAGE_MAX = 2000
NOT_HERE = "I can't answer here. Please ask me in a channel or in a direct message."
NOT_ALLOWED = (
    "I may not write in this channel. Somebody who manages the server can give me "
    "View Channel and Send Messages here."
)
NO_HISTORY = (
    "You may not read the message history of this channel, so I don't look through it for you. "
    "Somebody who manages the server can let you."
)
NO_DIRECT = (
    "I could not write to you in private. Allow direct messages from members of this server "
    "(its Privacy Settings), or ask me without `private`."
)
_BARE_ADDRESS = re.compile(r"(?<!<)https?://[^\s<>]+")

Interaction = discord.Interaction[discord.Client]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """What a command or a button asks.

    ``key`` is its event's, the interaction's own if it is empty. ``about`` is the message of ours below
    which it was asked. ``looks_back`` is how many of the newest
    pictures of the channel it is about.
    """

    interaction: Interaction
    words: str
    pictures: tuple[discord.Attachment, ...] = ()
    preset: Preset = ASK
    schema: str = ""
    key: str = ""
    looks_back: int = 0
    about: str = ""

    @property
    def text(self) -> str:
        """What is asked, as people see it."""
        if self.looks_back:
            return picture_phrases.alt_request(self.words)
        is_words_alone = self.preset is ASK and not self.pictures
        return self.words if is_words_alone else presets.question(self.preset, self.words)


class Asking:
    """Hands questions to the inbox and shows them."""

    def __init__(self, inbox: Inbox, openers: Openers, members: Members) -> None:
        self._inbox = inbox
        self._openers = openers
        self._members = members

    async def ask(self, question: Question, address: Address) -> None:
        """Keep the question, then show it: its answer refers to that message."""
        interaction = question.interaction
        self._openers.expect(str(interaction.id))
        shown: str | None = None
        try:
            verdict = await self._inbox.accept(await self._event(question, address))
            if verdict is Verdict.DUPLICATE:
                await tell(interaction, picture_phrases.ASKED_ALREADY)
                return
            shown = await self._show(question)
            if shown is not None:
                await self._inbox.anchor(address, shown)
        except StoreError as error:
            log.error("discord.question_not_kept", interaction=interaction.id, error=str(error))  # noqa: TRY400  # known
            await tell(interaction, error.told)
        finally:
            self._openers.settle(str(interaction.id), shown)

    async def ask_in_private(self, question: Question) -> None:
        """Show the question in the person's direct messages, where it is answered like any other.

        An ephemeral message could not be: it is edited by its token only, which lives for 15 minutes, and
        after a restart nobody can find it again
        (https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages).
        """
        interaction = question.interaction
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            direct = await interaction.user.create_dm()
            opener = await direct.send(_opener(question), embeds=_embeds(question.pictures))
        except faults.FOREIGN as error:
            log.warning("discord.no_direct_message", code=faults.code_of(error))
            await tell(interaction, NO_DIRECT)
            return
        address = Address(inbound.PLATFORM, inbound.DIRECT, str(direct.id), str(direct.id))
        account = inbound.account_of(interaction.guild_id)
        event = replace(
            await self._event(question, address),
            place=inbound.place_name(direct),
            parent="",
            joined_midway=False,
            asked_in=Address(inbound.PLATFORM, account, str(interaction.channel_id), ""),
        )
        try:
            await self._inbox.accept(event)
            await self._inbox.anchor(address, str(opener.id))
        except StoreError as error:
            log.error("discord.question_not_kept", interaction=interaction.id, error=str(error))  # noqa: TRY400  # known
            await tell(interaction, error.told)
            return
        await tell(interaction, f"{picture_phrases.IN_PRIVATE} {opener.jump_url}")

    async def _event(self, question: Question, address: Address) -> Asked:
        interaction = question.interaction
        return Asked(
            key=question.key or f"i:{interaction.id}",
            address=address,
            author=await self._members.actor(interaction),
            text=question.text,
            message_id=str(interaction.id),
            sent_at=interaction.created_at.timestamp(),
            addressing=Addressing.COMMAND,
            attachments=tuple(map(inbound.attachment_of, question.pictures)),
            place=inbound.place_name(interaction.channel),
            joined_midway=isinstance(interaction.channel, discord.Thread),
            parent=inbound.parent_of(interaction.channel),
            preset=question.preset.name if question.preset is not ASK else "",
            schema=question.schema,
            looks_back=question.looks_back,
            about=question.about,
        )

    async def _show(self, question: Question) -> str | None:
        """Show the question to everybody. Without this message the answer still comes, on its own."""
        response, text = question.interaction.response, _opener(question)
        try:
            if question.pictures:
                answer = await response.send_message(text, embeds=_embeds(question.pictures))
            else:
                answer = await response.send_message(text, suppress_embeds=True)
        except faults.FOREIGN as error:
            log.warning("discord.opener_failed", code=faults.code_of(error))
            return None
        return str(answer.message_id) if answer.message_id else None


def address_of(interaction: Interaction, in_channel: str) -> Address | None:
    """The thread in which a command was used; ``in_channel`` where the channel is not one itself."""
    channel = interaction.channel
    if channel is None or isinstance(channel, discord.ForumChannel | discord.CategoryChannel):
        return None
    place = inbound.settled_place(channel, interaction.guild_id, interaction.id)
    if place is not None:
        return place.address
    account = inbound.account_of(interaction.guild_id)
    return Address(inbound.PLATFORM, account, str(channel.id), in_channel)


def may_write(interaction: Interaction) -> bool:
    """Whether we may write where a command was used."""
    if interaction.guild_id is None:
        return True
    may = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    return may.view_channel and (may.send_messages_in_threads if in_thread else may.send_messages)


def may_look_back(interaction: Interaction) -> bool:
    """Whether who uses a command may read what was said there before; Discord shows it to nobody else.

    https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags
    """
    return interaction.guild_id is None or interaction.permissions.read_message_history


def _embeds(pictures: Sequence[discord.Attachment]) -> list[discord.Embed]:
    return [discord.Embed().set_image(url=picture.url) for picture in pictures]


def _opener(question: Question) -> str:
    return opener(
        question.interaction.user.display_name, question.text, [each.filename for each in question.pictures]
    )


def opener(name: str, question: str, pictures: Sequence[str] = ()) -> str:
    """The message that shows a question to everybody; beside pictures addresses in it do not unfurl."""
    head = f"**{discord.utils.escape_markdown(name)} asked:** "
    names = discord.utils.escape_markdown(", ".join(pictures))
    tail = f"\n-# Picture{'s' if len(pictures) > 1 else ''}: {names}" if pictures else ""
    tail = tail[: MESSAGE_MAX // 2]
    shown = _BARE_ADDRESS.sub(r"<\g<0>>", question) if pictures else question
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
