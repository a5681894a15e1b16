"""Where a conversation lives: the value that keys memory, lane and privacy."""

from dataclasses import dataclass
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class Address:
    """One conversation thread on one platform.

    ``account`` is the workspace, server or ``"direct"``; ``channel`` the platform's channel id;
    ``thread`` the id of the message, thread or conversation that begins it.
    """

    platform: str
    account: str
    channel: str
    thread: str

    @property
    def key(self) -> str:
        """The address as one string, reversible with :meth:`from_key`."""
        parts = (self.platform, self.account, self.channel, self.thread)
        return ":".join(quote(part, safe="") for part in parts)

    @classmethod
    def from_key(cls, key: str) -> "Address":
        """Read back what :attr:`key` wrote. Raises ``ValueError`` when it is not such a string."""
        platform, account, channel, thread = (unquote(part) for part in key.split(":"))
        return cls(platform, account, channel, thread)
