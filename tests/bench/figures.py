"""From journal entries to figures: pure arithmetic on monotonic seconds."""

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """From ``at`` on people read ``text`` in the message ``message``."""

    at: float
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """When an answer was seen. ``fault`` says what is wrong with it, and is empty for a good one."""

    first_at: float | None
    whole_at: float | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One question from its event to its whole answer; ``model_*`` are the model server's own times."""

    sent_at: float
    model_asked_at: float
    model_first_at: float
    model_ended_at: float
    first_at: float
    whole_at: float

    def added_before_first(self, first_token_s: float) -> float:
        """Seconds before the first words that the model did not need."""
        return self.first_at - self.sent_at - first_token_s

    @property
    def before_the_model(self) -> float:
        """Seconds from the event to the request at the model server."""
        return self.model_asked_at - self.sent_at

    @property
    def first_token_to_seen(self) -> float:
        """Seconds from the model's first token to the first words in a message."""
        return self.first_at - self.model_first_at

    @property
    def end_to_whole(self) -> float:
        """Seconds from the model's end to the whole text."""
        return self.whole_at - self.model_ended_at


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    p95: float
    largest: float
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: all its values, in ``unit``, under a ``section``; none should be above ``goal``."""

    section: str
    figure: str
    unit: str
    values: tuple[float, ...]
    goal: float | None = None

    @property
    def within(self) -> int | None:
        """How many of the values keep to the goal."""
        return None if self.goal is None else sum(value <= self.goal for value in self.values)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile, ``share`` of 0 to 1: always one of the values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), percentile(values, 0.95), max(values), len(values))


def words(text: str) -> list[str]:
    """The letters and digits of a text by word; how a platform draws Markdown changes none of them."""
    return WORDS.findall(text)


def letters(text: str) -> str:
    return "".join(words(text))


def judge(expected: str, shown: Sequence[Shown]) -> Verdict:
    """When the first part and the whole of ``expected`` were seen, and whether that is what stands there.

    A placeholder is no part of an answer. The whole is seen at the last moment from which on all messages,
    in the order in which they appeared, read as expected.
    """
    timeline = sorted(shown, key=lambda each: each.at)
    wanted, wanted_letters = words(expected), letters(expected)
    now: dict[str, str] = {}
    first_at: float | None = None
    whole_at: float | None = None
    for each in timeline:
        now[each.message] = each.text
        seen = letters(each.text)
        if first_at is None and seen and wanted_letters.startswith(seen):
            first_at = each.at
        if words("\n".join(now.values())) != wanted:
            whole_at = None
        elif whole_at is None:
            whole_at = each.at
    fault = "" if whole_at is not None else difference(expected, "\n".join(now.values()))
    return Verdict(first_at, whole_at, fault)


def cut_short(expected: str, found: str, mark: str) -> str:
    """What is wrong with an answer that was stopped; empty for a beginning of ``expected`` with the mark."""
    if not found.endswith(mark):
        return f"it ends with {found[-20:]!r} and not with {mark!r}"
    seen = letters(found.removesuffix(mark))
    if not seen:
        return "only the mark is left"
    return "" if letters(expected).startswith(seen) else "what stands before the mark is no beginning of it"


def difference(expected: str, found: str) -> str:
    """What is wrong, in one line; empty when nothing is."""
    wanted, got = words(expected), words(found)
    if not got:
        return "no answer" if wanted else ""
    for place, (left, right) in enumerate(zip(wanted, got, strict=False)):
        if left != right:
            return f"word {place + 1} is {right!r} instead of {left!r}"
    if len(got) < len(wanted):
        return f"{len(wanted) - len(got)} of {len(wanted)} words are missing at the end"
    if len(got) > len(wanted):
        return f"{len(got) - len(wanted)} words too many after the end"
    return ""
