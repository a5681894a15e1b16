"""What somebody is on a server, and in which roles: by what Discord says with a message or a click. Pure.

https://docs.discord.com/developers/resources/guild#guild-member-object
"""

import discord

from core.message import Author, Standing


def standing_of(*, is_owner: bool, permissions: discord.Permissions, is_pending: bool) -> Standing:
    """A server has no administrators by name: whoever may do everything, or manage it, is one.

    Somebody who has not passed the server's screening yet is a guest.
    """
    if is_owner:
        return Standing.OWNER
    if permissions.administrator or permissions.manage_guild:
        return Standing.ADMIN
    return Standing.GUEST if is_pending else Standing.MEMBER


def author_of_member(member: discord.Member) -> Author:
    """Somebody on a server; groups are the ids of their roles, without @everyone."""
    # discord.py has no server for a message of one that Discord has not described.
    guild: discord.Guild | None = member.guild
    # Member.roles leaves out whatever the description of the server lacks; a rule must see them all.
    roles = [role for role in member._roles if guild is None or role != guild.id]  # noqa: SLF001  # see above
    standing = standing_of(
        is_owner=guild is not None and guild.owner_id == member.id,
        permissions=_permissions(member, guild, roles),
        is_pending=member.pending,
    )
    return Author(str(member.id), member.display_name, member.bot, standing, tuple(map(str, roles)))


def _permissions(
    member: discord.Member, guild: discord.Guild | None, roles: list[int]
) -> discord.Permissions:
    """What they may do on the whole server: told with a click or command, else by their roles."""
    told = member.resolved_permissions
    if told is not None or guild is None:
        return told or discord.Permissions.none()
    found = discord.Permissions.none()
    for role_id in (guild.id, *roles):
        role = guild.get_role(role_id)
        found |= role.permissions if role is not None else discord.Permissions.none()
    return found
