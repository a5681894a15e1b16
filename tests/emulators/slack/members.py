"""Who is in a workspace: people with their flags, and user groups."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM = "T0TAMPU"
# What a test may set on somebody; https://docs.slack.dev/reference/objects/user-object
FLAGS = (
    "is_admin",
    "is_bot",
    "is_owner",
    "is_primary_owner",
    "is_restricted",
    "is_stranger",
    "is_ultra_restricted",
    "deleted",
)


@dataclass(slots=True)
class Member:
    """A person or bot. ``team`` is another workspace's for somebody who came by Slack Connect.

    ``flags`` are those of :data:`FLAGS` that are true; ``enterprise`` is Slack's ``enterprise_user``.
    """

    id: str
    name: str
    real_name: str
    display_name: str = ""
    team: str = TEAM
    flags: set[str] = field(default_factory=set)
    enterprise: Json | None = None

    def as_json(self) -> Json:
        profile = {"real_name": self.real_name, "display_name": self.display_name}
        shown: Json = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "profile": profile,
            "tz": "Europe/Amsterdam",
        }
        told = {flag: flag in self.flags for flag in FLAGS if flag != "is_stranger"}
        # Only of people elsewhere is it said whether we ever meet them.
        told |= {"is_stranger": "is_stranger" in self.flags} if self.team != TEAM else {}
        return shown | told | ({"enterprise_user": self.enterprise} if self.enterprise else {})


@dataclass(slots=True)
class UserGroup:
    """https://docs.slack.dev/reference/objects/usergroup-object; ``users`` in the order of their coming."""

    id: str
    handle: str
    users: list[str] = field(default_factory=list)
    disabled_at: int = 0

    def as_json(self, *, with_users: bool) -> Json:
        shown: Json = {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "name": self.handle.title(),
            "handle": self.handle,
            "is_external": False,
            "date_create": 1_700_000_000,
            "date_update": 1_700_000_000,
            "date_delete": self.disabled_at,
            "user_count": str(len(self.users)),
        }
        return shown | ({"users": list(self.users)} if with_users else {})
