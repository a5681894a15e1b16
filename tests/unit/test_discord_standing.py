"""Who somebody is on a server: whoever owns it, manages it, is let in, or still stands at the door."""

import pytest

from adapters.discord.standing import standing_of
from core.message import Standing

# isort: split
import discord

NOBODY = discord.Permissions.none()


@pytest.mark.parametrize(
    ("permissions", "standing"),
    [
        (NOBODY, Standing.MEMBER),
        (discord.Permissions.text(), Standing.MEMBER),
        (discord.Permissions(manage_channels=True, manage_roles=True, ban_members=True), Standing.MEMBER),
        (discord.Permissions(manage_guild=True), Standing.ADMIN),
        (discord.Permissions(administrator=True), Standing.ADMIN),
        (discord.Permissions.all(), Standing.ADMIN),
    ],
)
def test_who_may_manage_the_server_is_an_administrator(
    permissions: discord.Permissions, standing: Standing
) -> None:
    assert standing_of(is_owner=False, permissions=permissions, is_pending=False) is standing


@pytest.mark.parametrize("permissions", [NOBODY, discord.Permissions.all()])
@pytest.mark.parametrize("is_pending", [True, False])
def test_the_owner_is_the_owner_whatever_else(permissions: discord.Permissions, is_pending: bool) -> None:
    assert standing_of(is_owner=True, permissions=permissions, is_pending=is_pending) is Standing.OWNER


def test_who_was_not_screened_yet_is_a_guest_but_for_those_who_screen() -> None:
    assert standing_of(is_owner=False, permissions=NOBODY, is_pending=True) is Standing.GUEST
    manages = discord.Permissions(manage_guild=True)
    assert standing_of(is_owner=False, permissions=manages, is_pending=True) is Standing.ADMIN
