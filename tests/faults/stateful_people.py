"""What people write, edit and delete, and what the product was told of it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.address import Address
from core.conversation.following import FollowUp
from core.events import Addressing, Asked, Closed, Revised, Withdrawn
from core.message import Author
from tests.faults.stateful_time import BEGUN, JumpingLoop

PEOPLE = (Author("U1", "Ada"), Author("U2", "Ben"), Author("U3", "Eve"))
WAYS = {"t1": FollowUp.STEER, "t2": FollowUp.QUEUE, "t3": FollowUp.INTERRUPT}
THREADS = tuple(WAYS)
# What a deletion is remembered for, and an edit of what is not known.
DELETION_S = 3600.0
EDIT_S = 900.0


class Kind(StrEnum):
    """What a message is to the product."""

    QUESTION = "question"
    COMMAND = "command"
    OVERHEARD = "overheard"
    ELSEWHERE = "elsewhere"


@dataclass(eq=False)
class Question:
    """A message, as it stands on the platform now. Times are the loop's.

    ``taken_at`` is when the product first said that it has it, ``forgotten_at`` when it said so of its
    deletion. ``heard`` is the last wording that it took, and when; ``least`` the oldest that an answer
    may name.
    ``kept`` says that the answer may stand although the question is gone, for it answers others too.
    """

    event: Asked
    kind: Kind
    written_at: float
    version: int = 1
    is_deleted: bool = False
    taken_at: float | None = None
    forgotten_at: float | None = None
    least: int = 1
    heard: int = 1
    heard_at: float = 0.0
    kept: bool = False
    # How many events about it are being handed in.
    coming: int = 0

    @property
    def thread(self) -> str:
        return self.event.address.thread

    @property
    def name(self) -> str:
        return f"{self.thread}q{self.event.message_id.removeprefix('m')}"

    @property
    def marker(self) -> str:
        return f"{self.name}v{self.version}"

    @property
    def is_judged(self) -> bool:
        """Whether it has to be answered."""
        return self.taken_at is not None and not self.is_deleted


@dataclass(eq=False)
class Notice:
    """An event on its way from the platform. It comes again until it is acknowledged, and perhaps after."""

    payload: Asked | Revised | Withdrawn | Closed
    question: Question | None
    version: int = 0
    held: bool = False
    tries: int = 0
    is_acknowledged: bool = False

    @property
    def asks(self) -> bool:
        """Whether its message may be addressed to the product, by these words."""
        asked = self.payload.asked if isinstance(self.payload, Revised) else self.payload
        return isinstance(asked, Asked) and asked.addressing is not Addressing.ELSEWHERE


@dataclass
class People:
    """Three people in three threads, each in a channel with a way of its own."""

    loop: JumpingLoop
    questions: list[Question] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    last_at: float = 0.0

    def write(
        self,
        thread: str,
        author: Author,
        kind: Kind,
        *,
        text: str = "",
        opener: bool = False,
        ago: float = 0.0,
    ) -> Notice:
        """A message appears; without a ``text`` it is a question with its own marker."""
        number = len(self.questions) + 1
        addressing = {Kind.OVERHEARD: Addressing.OVERHEARD, Kind.ELSEWHERE: Addressing.ELSEWHERE}
        event = Asked(
            key=f"k{number}",
            address=Address("test", "a1", f"c{thread[1:]}", thread),
            author=author,
            text=text or f"{thread}q{number}v1 please",
            message_id=f"m{number}",
            sent_at=self._moment() - ago,
            addressing=addressing.get(kind, Addressing.COMMAND if opener else Addressing.MENTION),
            opener=f"**{author.name} asked:** number {number}" if opener else None,
        )
        question = Question(event, kind, self.loop.time())
        self.questions.append(question)
        return self._noted(Notice(event, question, 1))

    def edit(self, question: Question, *, now_asks: bool) -> Notice:
        """A message gets new words, and may turn to the product with them."""
        question.version += 1
        addressing = Addressing.MENTION if now_asks else question.event.addressing
        question.event = replace(question.event, text=f"{question.marker} please", addressing=addressing)
        revised = Revised(question.event, self._moment())
        return self._noted(Notice(revised, question, question.version))

    def delete(self, question: Question) -> Notice:
        question.is_deleted = True
        event = question.event
        place = event.address
        gone = Withdrawn(
            place.platform, place.account, place.channel, event.message_id, event.key, event.sent_at
        )
        return self._noted(Notice(gone, question))

    def close(self, thread: str) -> Notice:
        return self._noted(Notice(Closed("test", "a1", f"c{thread[1:]}"), None))

    def by_marker(self, marker: str) -> Question:
        name, _, _ = marker.partition("v")
        return next(question for question in self.questions if question.name == name)

    def _moment(self) -> float:
        """No two things happen at once."""
        self.last_at = max(BEGUN + self.loop.time(), self.last_at + 0.001)
        return self.last_at

    def _noted(self, notice: Notice) -> Notice:
        self.notices.append(notice)
        return notice
