"""Posting an answer that was given in private to the channel where it was asked for."""

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.asking import Interaction
from adapters.discord.buttons import ShareId
from adapters.discord.link import Link
from adapters.discord.members import Members
from core.address import Address
from core.events import Addressing, Asked, Shared
from core.picture_phrases import SHARE_REQUEST

NOT_FROM_HERE = "This answer cannot be posted from here."
NO_SUCH_PLACE = "I can no longer find the channel where you asked, or I may not write there."
MAY_NOT = "You may not write in the channel where you asked, so I don't post it there."

Target = discord.abc.GuildChannel | discord.Thread

log = structlog.get_logger()


async def shared_event(interaction: Interaction, share: ShareId, link: Link, members: Members) -> Asked | str:
    """The event that posts an answer, or the sentence that says why it is not posted.

    Its key names the answer, so that it is one event however often the button is pressed. The person
    must be able to write there now: they may have been able to when they asked, and no longer.
    """
    message = interaction.message
    if interaction.guild_id is not None or message is None or message.author.id != link.me:
        log.warning("discord.click_refused", interaction=interaction.id)
        return NOT_FROM_HERE
    target = await _channel(link, share.target)
    if target is None or not _may_write(target, target.guild.me):
        return NO_SUCH_PLACE
    member = await _member(target.guild, interaction.user.id)
    if member is None or not _may_write(target, member):
        return MAY_NOT
    here = str(interaction.channel_id)
    is_thread = isinstance(target, discord.Thread)
    thread = str(target.id) if is_thread else inbound.command_thread(interaction.id)
    return Asked(
        key=f"share:{share.turn}",
        address=Address(inbound.PLATFORM, str(target.guild.id), str(target.id), thread),
        author=await members.author(member, target.guild.id),
        text=SHARE_REQUEST,
        message_id=str(interaction.id),
        sent_at=interaction.created_at.timestamp(),
        addressing=Addressing.COMMAND,
        place=inbound.place_name(target),
        joined_midway=is_thread,
        parent=inbound.parent_of(target),
        shared=Shared(Address(inbound.PLATFORM, inbound.DIRECT, here, here), share.turn),
    )


async def _channel(link: Link, address: Address) -> Target | None:
    if not (address.account.isdecimal() and address.channel.isdecimal()):
        return None
    try:
        guild = link.connected().get_guild(int(address.account))
        if guild is None:
            return None
        known = guild.get_channel_or_thread(int(address.channel))
        return known if known is not None else await guild.fetch_channel(int(address.channel))
    except faults.FOREIGN as error:
        log.info("discord.share_nowhere", code=faults.code_of(error))
        return None


async def _member(guild: discord.Guild, user_id: int) -> discord.Member | None:
    try:
        return await guild.fetch_member(user_id)
    except faults.FOREIGN as error:
        log.info("discord.share_by_nobody", code=faults.code_of(error))
        return None


def _may_write(channel: Target, member: discord.Member) -> bool:
    may = channel.permissions_for(member)
    is_thread = isinstance(channel, discord.Thread)
    return may.view_channel and (may.send_messages_in_threads if is_thread else may.send_messages)
