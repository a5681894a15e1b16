"""The connection that serves at present, for everything that asks Discord."""

from dataclasses import dataclass

import discord


@dataclass(slots=True)
class Link:
    """``client`` is ``None`` while there is none.

    ``reads_content`` is false without the privileged message content intent.
    """

    client: discord.Client | None = None
    reads_content: bool = True

    def channel(self, channel_id: str) -> discord.PartialMessageable:
        """The channel, without asking for it. Raises ``ConnectionError`` while there is no connection."""
        return self.connected().get_partial_messageable(int(channel_id))

    def connected(self) -> discord.Client:
        """The client. Raises ``ConnectionError`` while there is none."""
        if self.client is None or self.client.is_closed():
            raise ConnectionError("not connected to Discord")
        return self.client

    @property
    def me(self) -> int:
        """Our own user id, 0 before the login."""
        user = self.client.user if self.client else None
        return user.id if user else 0
