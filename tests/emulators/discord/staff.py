"""What the people do who manage a server: roles, their permissions, who owns it, who is on it.

A bot without the members intent is told of roles and of the server, and of no member.
"""

from tests.emulators.discord import payloads
from tests.emulators.discord.parts import Parts
from tests.emulators.discord.values import Intent, Json, Person


class Staff(Parts):
    """Their part of :class:`~tests.emulators.discord.emulator.DiscordEmulator`."""

    def role(self, name: str, permissions: int = 0) -> str:
        """A new role; its id."""
        role = self.world.add_role(name, permissions)
        self._tell_role("GUILD_ROLE_CREATE", role)
        return role

    def allow(self, role: str, permissions: int) -> None:
        """Set what a role may do; that of @everyone has the server's id."""
        self.world.allowed_by[role] = permissions
        self._tell_role("GUILD_ROLE_UPDATE", role)

    def grant(self, person: Person, *roles: str) -> None:
        """Give somebody roles."""
        self.world.roles_of[person.id] = (*self.world.roles_of.get(person.id, ()), *roles)

    def take(self, person: Person, *roles: str) -> None:
        """Take roles from somebody."""
        kept = (role for role in self.world.roles_of.get(person.id, ()) if role not in roles)
        self.world.roles_of[person.id] = tuple(kept)

    def hand_over(self, person: Person) -> None:
        """The server gets another owner."""
        self.world.owner = person
        data = payloads.guild(self.world)
        self.gateway.publish("GUILD_UPDATE", Intent.GUILDS, lambda _session: data)

    def screen(self, person: Person, *, passed: bool) -> None:
        """Somebody has passed the server's screening, or has still to."""
        (self.world.unscreened.discard if passed else self.world.unscreened.add)(person.id)

    def leave(self, person: Person) -> None:
        """Somebody leaves the server, or never was on it."""
        self.world.strangers.add(person.id)

    def _tell_role(self, event: str, role: str) -> None:
        data: Json = {"guild_id": self.world.guild_id, "role": payloads.role(self.world, role)}
        self.gateway.publish(event, Intent.GUILDS, lambda _session: data)
