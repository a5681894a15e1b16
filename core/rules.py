"""Rules as values: for whom, where, and what they say."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from core.principal import Principal

DIRECT: Final = "direct"
ALL: Final = "*"

Names = tuple[str, ...]


class WhoKind(StrEnum):
    """What a selector of people goes by."""

    PERSON = "person"
    GROUP = "group"
    STANDING = "standing"
    BOTS = "bots"


class Narrowness(IntEnum):
    """How much a selector singles out; of two rules the larger one decides."""

    ALL = 0
    KIND = 1  # people of a standing; a platform
    PART = 2  # a group; an account
    ONE = 3  # a person; a channel


class Aspect(StrEnum):
    """What a rule may speak of; the values are the names of the fields of :class:`Rule`."""

    ANSWERS = "answers"
    MODELS = "models"
    TOOLS = "tools"
    NO_TOOLS = "no_tools"
    TURNS_PER_HOUR = "turns_per_hour"
    CHANNEL_TURNS_PER_HOUR = "channel_turns_per_hour"
    MANAGES = "manages"


_WHO_NARROW: Final = {
    WhoKind.PERSON: Narrowness.ONE,
    WhoKind.GROUP: Narrowness.PART,
    WhoKind.STANDING: Narrowness.KIND,
    WhoKind.BOTS: Narrowness.KIND,
}


@dataclass(frozen=True, slots=True)
class Who:
    """Some people, or the bots. An empty ``platform`` or ``account`` is any.

    ``id`` is the platform's id of a person or of a group, a value of ``Standing``, or empty for bots.
    """

    kind: WhoKind
    id: str = ""
    platform: str = ""
    account: str = ""

    def matches(self, principal: Principal) -> bool:
        """Whether somebody is meant. A standing means people; bots are no members."""
        if not _is(self.platform, principal.platform) or not _is(self.account, principal.account):
            return False
        match self.kind:
            case WhoKind.PERSON:
                return self.id == principal.person
            case WhoKind.GROUP:
                return self.id in principal.groups
            case WhoKind.STANDING:
                return self.id == principal.standing and not principal.is_bot
            case WhoKind.BOTS:
                return principal.is_bot

    @property
    def narrowness(self) -> Narrowness:
        """How much it singles out."""
        return _WHO_NARROW[self.kind]


@dataclass(frozen=True, slots=True)
class Place:
    """Some conversations; an empty field is any. ``is_direct`` means direct messages only."""

    platform: str = ""
    account: str = ""
    channel: str = ""
    is_direct: bool = False

    def matches(self, principal: Principal) -> bool:
        """Whether a place is meant. A channel is meant with the threads inside of it."""
        if not _is(self.platform, principal.platform) or not _is(self.account, principal.account):
            return False
        if self.is_direct and not in_private(principal):
            return False
        return not self.channel or self.channel in {principal.channel, principal.parent}

    @property
    def narrowness(self) -> Narrowness:
        """How much it singles out."""
        if self.channel:
            return Narrowness.ONE
        if self.account or self.is_direct:
            return Narrowness.PART
        return Narrowness.KIND if self.platform else Narrowness.ALL


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for some people in some places; ``None`` says nothing of a thing.

    An empty ``who`` is everybody, bots included, an empty ``where`` everywhere; whom or what one of the
    exceptions matches, the rule leaves alone. ``models`` and ``tools`` are the names that are allowed,
    ``"*"`` among them allows all; ``no_tools`` are denied for good. Limits are for a person and for a
    channel, 0 for none. ``manages`` lets people change settings and rules there. ``by_command`` says
    that it was not the operator who set it: it can only allow what the operator's rules leave open, and
    never ``manages``.
    """

    name: str
    who: tuple[Who, ...] = ()
    where: tuple[Place, ...] = ()
    except_who: tuple[Who, ...] = ()
    except_where: tuple[Place, ...] = ()
    answers: bool | None = None
    models: Names | None = None
    tools: Names | None = None
    no_tools: Names | None = None
    turns_per_hour: int | None = None
    channel_turns_per_hour: int | None = None
    manages: bool | None = None
    by_command: bool = False

    @property
    def says(self) -> tuple[Aspect, ...]:
        """What it speaks of."""
        return tuple(aspect for aspect in Aspect if getattr(self, aspect) is not None)


def in_private(principal: Principal) -> bool:
    """Whether somebody talks with us alone."""
    return principal.is_direct or principal.account == DIRECT


def _is(wanted: str, there: str) -> bool:
    return not wanted or wanted == there
