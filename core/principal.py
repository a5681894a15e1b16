"""Who asks, and where: what rules, budgets and memory go by."""

from dataclasses import dataclass
from urllib.parse import quote

from core.address import Address
from core.message import Author, Standing

HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Principal:
    """A person in a place, by the platform's ids; names say nothing here.

    ``account`` is the workspace, server or ``"direct"``. ``parent`` is the channel around a thread that
    is a channel of its own. ``is_direct`` says that it is a conversation of the person with us alone.
    """

    platform: str
    account: str
    channel: str
    person: str
    standing: Standing = Standing.MEMBER
    groups: tuple[str, ...] = ()
    is_bot: bool = False
    parent: str = ""
    is_direct: bool = False

    @classmethod
    def of(
        cls, author: Author, address: Address, *, parent: str = "", is_direct: bool = False
    ) -> "Principal":
        """Take the author of something that was said at an address."""
        return cls(
            address.platform,
            address.account,
            address.channel,
            author.id,
            author.standing,
            author.groups,
            author.is_bot,
            parent,
            is_direct,
        )

    @property
    def person_key(self) -> str:
        """The person in one string, the same wherever they write in an account."""
        return _key("person", self.platform, self.account, self.person)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everything that what they use is counted for: themselves, their groups, the place, the house."""
        groups = (_key("group", self.platform, self.account, group) for group in self.groups)
        channel = _key("channel", self.platform, self.account, self.channel)
        return (self.person_key, *groups, channel, _key("account", self.platform, self.account), HOUSE)


def _key(kind: str, *parts: str) -> str:
    return ":".join((kind, *(quote(part, safe="") for part in parts)))
