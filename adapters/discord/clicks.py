"""Clicks on buttons: one stops an answer, others ask more of its pictures, one posts it to its channel."""

import asyncio
from collections.abc import Mapping

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.asking import Asking, Interaction, Question, tell
from adapters.discord.buttons import MORE, STOP, Buttons, MoreId, ShareId, StopId
from adapters.discord.link import Link
from adapters.discord.members import Members
from adapters.discord.sharing import shared_event
from core import phrases, picture_phrases
from core.address import Address
from core.errors import StoreError, TampuError
from core.events import Verdict
from core.ports import Inbox
from core.presets import named

ACK_S = 2.5
COMMAND_S = 60.0
NOT_THIS = "This button no longer works. Please ask me again."

log = structlog.get_logger()


class Clicks:
    """Takes clicks. What the id of a button says is believed only of the place where the button stands."""

    def __init__(self, link: Link, inbox: Inbox, buttons: Buttons, members: Members, asking: Asking) -> None:
        self._link = link
        self._members = members
        self._inbox = inbox
        self._buttons = buttons
        self._asking = asking

    async def press(self, interaction: Interaction) -> None:
        """Take a click; other interactions are not ours."""
        if interaction.type is not discord.InteractionType.component:
            return
        data: Mapping[str, object] = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if (more := MoreId.read(custom_id)) is not None:
            await self._ask_more(interaction, more)
            return
        await self._acknowledge(interaction)
        if (share := ShareId.read(custom_id)) is not None:
            await self._share(interaction, share)
        else:
            await self._stop(interaction, StopId.read(custom_id))

    async def _ask_more(self, interaction: Interaction, more: MoreId) -> None:
        """Ask a question in the answer's thread, once for each person; showing it acknowledges the click."""
        message = interaction.message
        if message is None or not self._stands(interaction, more.address):
            log.warning("discord.click_refused", interaction=interaction.id)
            await tell(interaction, NOT_THIS)
            return
        key = f"{MORE}:{message.id}:{more.preset}:{interaction.user.id}"
        question = Question(interaction, "", preset=named(more.preset), key=key, about=str(message.id))
        await self._asking.ask(question, more.address)

    async def _share(self, interaction: Interaction, share: ShareId) -> None:
        try:
            async with asyncio.timeout(COMMAND_S):
                event = await shared_event(interaction, share, self._link, self._members)
                if isinstance(event, str):
                    await tell(interaction, event)
                    return
                verdict = await self._inbox.accept(event)
        except (StoreError, TimeoutError) as error:
            log.error("discord.share_failed", interaction=interaction.id, error=repr(error))  # noqa: TRY400  # known
            await tell(interaction, TampuError.told)
            return
        is_new = verdict is Verdict.STORED
        await tell(interaction, picture_phrases.SHARED if is_new else picture_phrases.SHARED_ALREADY)

    async def _stop(self, interaction: Interaction, stop: StopId | None) -> None:
        if stop is None or not self._may_stop(interaction, stop.address):
            log.warning("discord.click_refused", interaction=interaction.id)
            await tell(interaction, phrases.NOTHING_TO_STOP)
            return
        try:
            async with asyncio.timeout(COMMAND_S):
                author = await self._members.actor(interaction)
                reply = await self._inbox.command(STOP, stop.address, author, "")
        except (TampuError, TimeoutError) as error:
            log.error("discord.stop_failed", interaction=interaction.id, error=repr(error))  # noqa: TRY400  # known
            reply = error.told if isinstance(error, TampuError) else TampuError.told
        if reply != phrases.STOPPING:
            await tell(interaction, reply)

    async def _acknowledge(self, interaction: Interaction) -> None:
        """Within three seconds, or people are told that we failed; what is done does not depend on it."""
        try:
            async with asyncio.timeout(ACK_S):
                await interaction.response.defer()
        except faults.FOREIGN as error:
            log.warning("discord.click_not_acknowledged", code=faults.code_of(error))

    def _may_stop(self, interaction: Interaction, address: Address) -> bool:
        message = interaction.message
        # Somebody still saw a button that is gone: it must not stop what is newer in the same thread.
        is_gone = message is not None and self._buttons.shown(str(message.id)) is False
        return self._stands(interaction, address) and not is_gone

    def _stands(self, interaction: Interaction, address: Address) -> bool:
        """Whether the button stands where it says, under a message of ours."""
        message = interaction.message
        if message is None or message.author.id != self._link.me:
            return False
        here = (inbound.PLATFORM, inbound.account_of(interaction.guild_id), str(interaction.channel_id))
        stands = (address.platform, address.account, address.channel) == here
        return stands and bool(address.thread)
