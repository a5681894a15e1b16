"""What became of each question, by what people see alone."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from functools import lru_cache

from tests.faults.stages import Shown

NAME = re.compile(r"\b(Q\d{5})[a-z]?\b")
SHORTEST_NOTICE = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question in ``place``, first asked at ``at`` (monotonic seconds).

    ``answer`` is the whole answer to its newest words that ask for one. ``thread`` says whose
    answers are to come in order. ``since`` is when ``person`` asked, edited or deleted it last.
    """

    id: str
    place: int
    at: float
    answer: str
    thread: str = ""
    since: float = 0.0
    is_deleted: bool = False
    person: int = 0


class Outcome(StrEnum):
    """How a question ends."""

    LOST = "lost"
    WHOLE = "whole"
    NOTICE = "notice"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Fate:
    """One question's end, reached at ``at``; its answer begins with a message posted at ``begun_at``.

    ``surplus``: messages that say once more what is said, or what was asked before an edit. ``cut``:
    messages that stop in mid-answer. ``left``: messages that stand below a deleted question.
    ``compensated``: repeats that were taken away again.
    """

    outcome: Outcome
    at: float = 0.0
    begun_at: float = 0.0
    surplus: int = 0
    cut: int = 0
    left: int = 0
    compensated: int = 0

    @property
    def is_open(self) -> bool:
        """Whether people still wait."""
        return self.outcome is Outcome.LOST or self.left > 0

    @property
    def is_clean(self) -> bool:
        return not (self.is_open or self.surplus or self.cut)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The counts of one row. A message that answers nothing that was asked counts as repeated."""

    events: int = 0
    once: int = 0
    noticed: int = 0
    taken_back: int = 0
    lost: int = 0
    repeated: int = 0
    cut: int = 0
    left: int = 0
    breaks: int = 0
    compensated: int = 0

    @property
    def kept(self) -> bool:
        """Nothing lost, nothing said twice, nothing left half said, nothing left of what was deleted."""
        return self.lost + self.repeated + self.cut + self.left == 0

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


def judge(questions: Sequence[Question], fates: Sequence[Fate], stray: int) -> Verdict:
    """Count."""
    outcomes = [fate.outcome for fate in fates]
    return Verdict(
        events=len(fates),
        once=sum(fate.outcome is Outcome.WHOLE and fate.is_clean for fate in fates),
        noticed=outcomes.count(Outcome.NOTICE),
        taken_back=sum(fate.outcome is Outcome.TAKEN_BACK and fate.is_clean for fate in fates),
        lost=outcomes.count(Outcome.LOST),
        repeated=sum(fate.surplus for fate in fates) + stray,
        cut=sum(fate.cut for fate in fates),
        left=sum(fate.left for fate in fates),
        breaks=len(out_of_order(questions, fates)),
        compensated=sum(fate.compensated for fate in fates),
    )


def sorted_out(
    questions: Iterable[Question], shown: Iterable[Shown]
) -> tuple[dict[str, list[Shown]], list[Shown]]:
    """Each question's messages, and those that stand and belong to none; ``shown`` is oldest first.

    A message belongs to the question that it ever named, else to the oldest above it in its thread that
    has none yet, else to the newest above it there.
    """
    mine: dict[str, list[Shown]] = {question.id: [] for question in questions}
    shown = [part for message in shown for part in parted(message)]
    places: dict[int, list[Question]] = {}
    for question in questions:
        places.setdefault(question.place, []).append(question)
    stray: list[Shown] = []
    for message in shown:
        above = [each for each in places.get(message.place, ()) if each.at <= message.at]
        owner = _owner(message, above, mine)
        if owner is not None:
            mine[owner].append(message)
        elif message.stands:
            stray.append(message)
    return mine, stray


def parted(message: Shown) -> list[Shown]:
    """A message that answers several questions of a person, as one for each."""
    ever = {name for text in message.texts_back for name, _ in pieces(text)}
    names = dict.fromkeys(name for name, _ in pieces(message.text))
    if len(ever) < 2 or not names:
        return [message]
    return [
        replace(message, editions=tuple((at, about) for at, about in _about(name, message) if about))
        for name in names
    ]


def _about(name: str, message: Shown) -> list[tuple[float, str]]:
    """What a message said about one question."""
    return [
        (at, "".join(piece for named, piece in pieces(text) if named == name))
        for at, text in message.editions
    ]


@lru_cache(maxsize=10_000)
def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """A text cut before each question that it names, but the first: (question, piece)."""
    found = list(NAME.finditer(text))
    starts = [0, *(match.start() for match in found[1:]), len(text)]
    return tuple(
        (match[1], text[start:end]) for match, start, end in zip(found, starts, starts[1:], strict=False)
    )


def _owner(message: Shown, above: Sequence[Question], mine: Mapping[str, Sequence[Shown]]) -> str | None:
    named = next((pieces(text)[0][0] for text in message.texts_back if pieces(text)), None)
    if named is not None:
        return named if any(each.id == named for each in above) else None
    above = [each for each in above if each.thread == message.thread or not message.thread]
    waiting = [each.id for each in above if not mine[each.id] and not each.is_deleted]
    return waiting[0] if waiting else above[-1].id if above else None


def fates(
    questions: Sequence[Question], mine: Mapping[str, Sequence[Shown]], may_notice: Callable[[Question], bool]
) -> list[Fate]:
    """All of them. A notice is for everything that its person had asked there since their last answer."""
    found: list[Fate] = []
    for number, question in enumerate(questions):
        one = fate(question, mine[question.id], notices=may_notice(question))
        if one.outcome is Outcome.LOST and not mine[question.id] and may_notice(question):
            before = _before(questions[:number], found, question)
            if before is not None and before.outcome is Outcome.NOTICE and before.at >= question.at:
                one = Fate(Outcome.NOTICE, before.at, before.begun_at)
        found.append(one)
    return found


def _before(questions: Sequence[Question], found: Sequence[Fate], question: Question) -> Fate | None:
    """The fate of what the same person asked before in the thread."""
    pairs = zip(reversed(questions), reversed(found), strict=True)
    whose = (question.thread, question.person)
    return next((one for each, one in pairs if (each.thread, each.person) == whose), None)


def fate(question: Question, messages: Sequence[Shown], *, notices: bool) -> Fate:
    """What people can read as the answer to a question, and what of a deleted one."""
    stand = [message for message in messages if message.stands]
    if question.is_deleted:
        ends = [message.gone_at for message in messages if message.gone_at is not None]
        return Fate(Outcome.TAKEN_BACK, max((question.since, *ends)), left=len(stand))
    return replace(_standing(question, stand, notices=notices), compensated=taken_away(messages))


def _standing(question: Question, stand: Sequence[Shown], *, notices: bool) -> Fate:
    if used := whole(question, stand):
        others = [message for message in stand if not any(message is part for part in used)]
        halves = sum(is_half(question, message.text) for message in others)
        settled_at = max(message.settled_at for message in used)
        return Fate(Outcome.WHOLE, settled_at, used[0].at, surplus=len(others), cut=halves)
    if not stand:
        return Fate(Outcome.LOST)
    said = [message for message in stand if is_notice(question, message.text)]
    if notices and said:
        halves = sum(is_half(question, message.text) for message in stand)
        return Fate(Outcome.NOTICE, said[0].settled_at, stand[0].at, surplus=len(said) - 1, cut=halves)
    return Fate(Outcome.LOST, surplus=len(stand) - 1, cut=len(stand) - len(said))


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


def taken_away(messages: Sequence[Shown]) -> int:
    """How many were taken away whose words stood in another message at that moment."""
    count = 0
    for message in messages:
        if message.gone_at is not None:
            others = [other for other in messages if other is not message and other.stood_at(message.gone_at)]
            count += any(_alike(message.text, other.text_at(message.gone_at)) for other in others)
    return count


def _alike(one: str, other: str) -> bool:
    shorter, longer = sorted((plain(one), plain(other)), key=len)
    return bool(shorter) and longer.startswith(shorter)


def out_of_order(questions: Sequence[Question], fates: Sequence[Fate]) -> list[tuple[str, str]]:
    """Neighbours in a thread whose answers begin in the other order: (earlier, later) question."""
    threads: dict[str, list[tuple[Question, Fate]]] = {}
    for question, one in zip(questions, fates, strict=True):
        if question.thread and one.begun_at:
            threads.setdefault(question.thread, []).append((question, one))
    return [
        (first[0].id, second[0].id)
        for pairs in threads.values()
        for first, second in itertools.pairwise(sorted(pairs, key=lambda pair: pair[0].at))
        if second[1].begun_at < first[1].begun_at
    ]


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


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    return " ".join(text.split())
