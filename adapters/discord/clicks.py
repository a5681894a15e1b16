"""Clicks on the button that stops an answer."""

import asyncio
from collections.abc import Mapping

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.buttons import STOP, Buttons, StopId
from adapters.discord.commands import Interaction, tell
from adapters.discord.link import Link
from adapters.discord.members import Members
from core import phrases
from core.address import Address
from core.errors import TampuError
from core.ports import Inbox

ACK_S = 2.5
COMMAND_S = 60.0

log = structlog.get_logger()


class Clicks:
    """Stops answers."""

    def __init__(self, link: Link, inbox: Inbox, buttons: Buttons, members: Members) -> None:
        self._link = link
        self._members = members
        self._inbox = inbox
        self._buttons = buttons

    async def press(self, interaction: Interaction) -> None:
        """Take a click. What its id says is believed only of the place where the button stands."""
        if interaction.type is not discord.InteractionType.component:
            return
        await self._acknowledge(interaction)
        address = self._address(interaction)
        if address is None:
            log.warning("discord.click_refused", interaction=interaction.id)
            await tell(interaction, phrases.NOTHING_TO_STOP)
            return
        try:
            async with asyncio.timeout(COMMAND_S):
                author = await self._members.actor(interaction)
                reply = await self._inbox.command(STOP, address, author, "")
        except (TampuError, TimeoutError) as error:
            log.error("discord.stop_failed", interaction=interaction.id, error=repr(error))  # noqa: TRY400  # known
            reply = error.told if isinstance(error, TampuError) else TampuError.told
        if reply != phrases.STOPPING:
            await tell(interaction, reply)

    async def _acknowledge(self, interaction: Interaction) -> None:
        """Within three seconds, or people are told that we failed; stopping does not depend on it."""
        try:
            async with asyncio.timeout(ACK_S):
                await interaction.response.defer()
        except faults.FOREIGN as error:
            log.warning("discord.click_not_acknowledged", code=faults.code_of(error))

    def _address(self, interaction: Interaction) -> Address | None:
        """The thread of the button, if it stands where it says, under a message of ours that grows."""
        data: Mapping[str, object] = interaction.data or {}
        stop = StopId.read(str(data.get("custom_id", "")))
        message = interaction.message
        if stop is None or message is None or message.author.id != self._link.me:
            return None
        if self._buttons.shown(str(message.id)) is False:
            # Somebody still saw it: it must not stop what is newer in the same thread.
            return None
        address = stop.address
        here = (inbound.PLATFORM, inbound.account_of(interaction.guild_id), str(interaction.channel_id))
        stands = (address.platform, address.account, address.channel) == here
        return address if stands and address.thread else None
