"""What became of each question, by what people see alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.stages import REMOVED, Shown

ID = re.compile(r"\bQ\d{5}\b")
SHORTEST_NOTICE = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question in ``place``, asked at ``at`` (monotonic seconds); ``answer`` is the whole of it."""

    id: str
    place: int
    at: float
    answer: str


@dataclass(frozen=True, slots=True)
class Fate:
    """One question's messages: ``whole_at`` is when the last of a whole answer, or a notice, stood there."""

    whole_at: float | None = None
    noticed: bool = False
    surplus: int = 0
    cut: int = 0

    @property
    def lost(self) -> bool:
        return self.whole_at is None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The counts of one row. ``stray`` messages answer nothing that was asked and count as repeated."""

    events: int = 0
    once: int = 0
    noticed: int = 0
    lost: int = 0
    repeated: int = 0
    cut: int = 0
    compensated: int = 0

    @property
    def kept(self) -> bool:
        """Nothing lost, nothing said twice, nothing left half said."""
        return self.lost + self.repeated + self.cut == 0

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.events + other.events,
            self.once + other.once,
            self.noticed + other.noticed,
            self.lost + other.lost,
            self.repeated + other.repeated,
            self.cut + other.cut,
            self.compensated + other.compensated,
        )


def judge(fates: Sequence[Fate], stray: int, deleted: int) -> Verdict:
    """Count."""
    return Verdict(
        events=len(fates),
        once=sum(not (fate.lost or fate.noticed or fate.surplus or fate.cut) for fate in fates),
        noticed=sum(fate.noticed for fate in fates),
        lost=sum(fate.lost for fate in fates),
        repeated=sum(fate.surplus for fate in fates) + stray,
        cut=sum(fate.cut for fate in fates),
        compensated=deleted,
    )


def sorted_out(
    questions: Sequence[Question], shown: Sequence[Shown]
) -> tuple[dict[str, list[Shown]], list[Shown]]:
    """Each question's messages, and those that belong to none.

    A message belongs to the question whose id it carries, else to the newest above it in its place.
    """
    mine: dict[str, list[Shown]] = {question.id: [] for question in questions}
    stray: list[Shown] = []
    for message in shown:
        if REMOVED in message.text:
            continue
        named = ID.search(message.text)
        here = [question for question in questions if question.place == message.place]
        above = [question.id for question in here if question.at <= message.at]
        owner = named.group() if named else above[-1] if above else ""
        (mine[owner] if owner in above else stray).append(message)
    return mine, stray


def fate(question: Question, messages: Sequence[Shown], *, notices: bool) -> Fate:
    """What people can read as the answer to a question."""
    if used := whole(question, messages):
        others = [message for message in messages if not any(message is part for part in used)]
        halves = sum(is_half(question, message.text) for message in others)
        return Fate(max(message.settled_at for message in used), surplus=len(others), cut=halves)
    if not messages:
        return Fate()
    said = [message for message in messages if is_notice(question, message.text)]
    if notices and said:
        halves = sum(is_half(question, message.text) for message in messages)
        return Fate(said[0].settled_at, noticed=True, surplus=len(said) - 1, cut=halves)
    return Fate(surplus=len(messages) - 1, cut=len(messages) - len(said))


def whole(question: Question, messages: Sequence[Shown]) -> list[Shown]:
    """The messages that read as the whole answer when put together, or none."""
    for start in range(len(messages)):
        rest, used = plain(question.answer), []
        for message in messages[start:]:
            text = plain(message.text)
            if rest and text and rest.startswith(text):
                rest = rest.removeprefix(text).lstrip()
                used.append(message)
        if not rest:
            return used
    return []


def is_notice(question: Question, text: str) -> bool:
    """Whether it ends in words of the bot's own, after some of the answer or none of it."""
    written, answer = plain(text), plain(question.answer)
    common = next(
        (n for n, (one, other) in enumerate(zip(written, answer, strict=False)) if one != other),
        min(len(written), len(answer)),
    )
    own = written[common:]
    return len(own) >= SHORTEST_NOTICE and question.id not in own


def is_half(question: Question, text: str) -> bool:
    """Whether it is some of the answer, but not all, and nobody said so."""
    return plain(text) != plain(question.answer) and not is_notice(question, text)


def plain(text: str) -> str:
    return " ".join(text.split())
