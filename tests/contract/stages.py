"""What a platform's binding gives the contract: someone asks, trouble is made, people look."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from core.address import Address
from core.events import Asked
from core.ports import Platform

DEADLINE_S = 10.0


class Request(StrEnum):
    """What the core asks of a platform."""

    POST = "post"
    FILE = "file"
    EDIT = "edit"
    DELETE = "delete"
    SIGN = "sign"
    HISTORY = "history"


class Trouble(StrEnum):
    """What a request can meet. Only ``LOST`` and ``HELD`` take effect."""

    LIMITED = "limited"  # 429, with seconds
    BROKEN = "broken"  # a 5xx
    RESET = "reset"  # the connection is cut
    NONSENSE = "nonsense"  # 200, with a body that is no answer
    LOST = "lost"  # done, and then the connection is cut
    HELD = "held"  # done, and answered, after some seconds
    REFUSED = "refused"  # a permission is missing


class Loss(StrEnum):
    """How a place ends."""

    THREAD = "thread"
    CHANNEL = "channel"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that a person attaches."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of ours as people find it: what shows it says ``alt`` to those who do not see it."""

    name: str
    content: bytes
    alt: str


class Stage(ABC):
    """A platform with a person who asks there."""

    tells_keys: ClassVar[bool] = True
    """Whether the same key posted twice is one message."""
    takes_back: ClassVar[bool] = True
    """Whether what was shown can change or go away; paper cannot."""
    tells_alt: ClassVar[bool] = True
    """Whether a file comes with words for those who do not see it."""
    renews: ClassVar[bool] = False
    """Whether an edit of a message that is gone begins it anew, where others say that it is gone."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    @abstractmethod
    async def ask(self, text: str, *files: GivenFile) -> Asked:
        """Someone asks in a new thread; what the core was told of it."""

    @abstractmethod
    async def shown(self, address: Address) -> list[str]:
        """Our messages in a thread as people see them now, in order."""

    @abstractmethod
    async def files(self, address: Address) -> list[SeenFile]:
        """Our files in a thread as people find them now, in order."""

    @abstractmethod
    def drawn(self, markdown: str) -> str:
        """How one message with this text reads in :meth:`shown`."""

    def drawn_plainly(self, markdown: str) -> str:
        """How it reads when the platform would not draw it."""
        return self.drawn(markdown)

    @abstractmethod
    def forget_files(self) -> None:
        """What was attached is there no more."""


class Wire(Stage):
    """A platform at the end of a wire, where other people write too."""

    people: ClassVar[tuple[str, str]] = ("Ana", "Bob")
    us: ClassVar[str] = "Tampu"

    @abstractmethod
    def trouble(self, request: Request, kind: Trouble, seconds: float = 0.0) -> Callable[[], bool]:
        """Plan what the next such request meets. The result says whether it has been met."""

    @abstractmethod
    def handled(self, request: Request) -> int:
        """How many such requests the platform is done with."""

    @abstractmethod
    async def lose(self, question: Asked, loss: Loss) -> None:
        """The place of a question ends."""

    @abstractmethod
    async def talk(self, lines: Sequence[tuple[str, str]]) -> Asked:
        """(name, text) is said in a new thread, then the first of ``people`` asks there."""

    @abstractmethod
    async def ask_again(self, question: Asked) -> Asked:
        """The other person asks right below, in the same channel."""

    @abstractmethod
    def known(self, address: Address, message_id: str) -> None:
        """The core has stored that this message of ours belongs there."""

    @abstractmethod
    def pings(self, address: Address) -> list[str]:
        """Whom our messages in a thread have notified."""

    @abstractmethod
    def unfurls(self, address: Address) -> bool:
        """Whether a link in one of our messages may show a preview."""


async def until(predicate: Callable[[], bool]) -> None:
    """Wait until something is so. Raises ``AssertionError`` at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not predicate():
        assert time.monotonic() < deadline, "never happened"
        await asyncio.sleep(0.005)
