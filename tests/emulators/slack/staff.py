"""What the people do who manage a workspace: who is what, and who is in which group."""

import time
from typing import Any

from tests.emulators.slack.backend import Backend
from tests.emulators.slack.members import FLAGS, TEAM, Json, Member, UserGroup


class Staff:
    """Their acts. An app without ``usergroups:read`` is told of no group."""

    backend: Backend

    def add_member(self, user: str, name: str, *flags: str, team: str = TEAM, is_bot: bool = False) -> None:
        """A new person, or another bot; flags as in Slack's user object, another workspace for a guest of
        Slack Connect."""
        self.backend.workspace.members[user] = Member(user, name.lower(), name, name, team)
        self._flag(user, dict.fromkeys(flags, True) | {"is_bot": is_bot})

    async def change_member(self, user: str, **flags: bool) -> None:
        """Promote or demote somebody; told as ``user_change`` if the app subscribes to it."""
        self._flag(user, flags)
        if self.backend.tells_of_people:
            shown = self.backend.workspace.members[user].as_json()
            self._tell({"type": "user_change", "user": shown, "cache_ts": int(time.time())})

    def _flag(self, user: str, flags: dict[str, bool]) -> None:
        member = self.backend.workspace.members[user]
        assert set(flags) <= set(FLAGS), f"Slack knows no {sorted(set(flags) - set(FLAGS))}"
        for flag, is_set in flags.items():
            (member.flags.add if is_set else member.flags.discard)(flag)

    async def add_group(self, group: str, handle: str, *users: str) -> None:
        """A new user group."""
        made = self.backend.workspace.groups[group] = UserGroup(group, handle, list(users))
        self._tell_of_group({"type": "subteam_created", "subteam": made.as_json(with_users=True)})

    async def regroup(self, group: str, *users: str) -> None:
        """Let these be the members of a group; told with those who came and those who went."""
        changed = self.backend.workspace.groups[group]
        before, changed.users = changed.users, list(users)
        added = [user for user in users if user not in before]
        removed = [user for user in before if user not in users]
        event: dict[str, Any] = {"type": "subteam_members_changed", "subteam_id": group, "team_id": TEAM}
        event |= {"added_users": added, "added_users_count": str(len(added))}
        event |= {"removed_users": removed, "removed_users_count": str(len(removed))}
        self._tell_of_group(event)

    async def disable_group(self, group: str) -> None:
        """Put a group away; its members stay noted."""
        changed = self.backend.workspace.groups[group]
        changed.disabled_at = int(time.time())
        self._tell_of_group({"type": "subteam_updated", "subteam": changed.as_json(with_users=True)})

    def _tell_of_group(self, event: Json) -> None:
        if self.backend.groups_scope:
            self._tell(event)

    def _tell(self, event: Json) -> None:
        self.backend.send(event | {"event_ts": self.backend.workspace.next_ts()})
