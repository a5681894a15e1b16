"""What somebody is in a workspace, by Slack's own flags. Pure.

https://docs.slack.dev/reference/objects/user-object
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.identity import Identity
from core.message import Standing

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Slack tells of them; ``name`` is empty when it gives none."""

    name: str
    standing: Standing
    is_bot: bool = False


# Nobody whom Slack would show us.
STRANGER = Person("", Standing.EXTERNAL)


def person_of(user: Json, me: Identity) -> Person:
    """Read a user object: display name, else real name."""
    profile = user.get("profile") or {}
    name = profile.get("display_name") or user.get("real_name") or profile.get("real_name")
    is_bot = bool(user.get("is_bot") or user.get("is_workflow_bot"))
    return Person(str(name or ""), standing_of(user, me), is_bot)


def standing_of(user: Json, me: Identity) -> Standing:
    """Where the person belongs comes first: flags of people elsewhere speak of their own workspace.

    Somebody whose account was deactivated is nobody here any more.
    """
    is_of_team, is_colleague = _belongs(user, me)
    checks = (
        (bool(user.get("deleted") or user.get("is_stranger")), Standing.EXTERNAL),
        (not is_of_team and not is_colleague, Standing.EXTERNAL),
        (bool(user.get("is_restricted") or user.get("is_ultra_restricted")), Standing.GUEST),
        (is_of_team and bool(user.get("is_owner") or user.get("is_primary_owner")), Standing.OWNER),
        (is_of_team and bool(user.get("is_admin")), Standing.ADMIN),
    )
    return next((standing for applies, standing in checks if applies), Standing.MEMBER)


def _belongs(user: Json, me: Identity) -> tuple[bool, bool]:
    """Whether the person is of this workspace, and whether of the same Enterprise organisation.

    There ``team_id`` is where the account was made, and ``enterprise_user.teams`` is where it is used.
    """
    enterprise = user.get("enterprise_user") or {}
    teams = {user.get("team_id") or me.team, *(enterprise.get("teams") or ())}
    return me.team in teams, bool(me.enterprise) and enterprise.get("enterprise_id") == me.enterprise


def presumed(team: str, me: Identity) -> Standing:
    """Of somebody of whom nothing is known and Slack cannot be asked: by the team that the event names.

    Somebody of another workspace stays external. Everybody else is taken for a member. Nobody but the
    people of the workspace and the guests whom its own admins let in can write there; refusing all of
    them would silence a whole workspace, after each restart, for as long as Slack stumbles, and tell
    members that they are guests. A guest whom we never saw before is answered meanwhile, as a member
    is, and nobody is taken for an admin or an owner.
    """
    return Standing.MEMBER if team in {"", me.team, me.enterprise} else Standing.EXTERNAL
