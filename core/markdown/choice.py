"""Which seam to cut at: the most natural one that leaves the message reasonably full."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.markdown.breaks import Breaks, Kind
from core.markdown.seams import AFTER_HEADING, LineSeam, Passage, Seam, line_seams
from core.markdown.spans import Hold
from core.markdown.words import Words, WordSeam, words_at

Measure = Callable[[str], int]

_FULL_BLOCKS = 0.4  # how full a message has to be for a cut between top-level blocks
_FULL = 0.5  # and for any other
_FAITHFUL_TRIES = 6
_RUNS = 2
_GENTLE = (
    (Kind.SENTENCE, Hold.FREE),
    (Kind.SENTENCE, Hold.EMPHASIS),
    (Kind.WORD, Hold.FREE),
    (Kind.WORD, Hold.EMPHASIS),
)
_FORCED = ((Kind.WORD, Hold.SPAN), (Kind.CLUSTER, Hold.SPAN))


@dataclass(frozen=True, slots=True)
class Budget:
    """The size that a message may have."""

    limit: int
    measure: Measure

    def fits(self, text: str) -> bool:
        """Whether one message holds ``text``."""
        return self.measure(text) <= self.limit

    def fills(self, text: str, share: float) -> bool:
        """Whether ``text`` fills at least ``share`` of a message."""
        return self.measure(text) >= share * self.limit

    def last_fitting(self, count: int, text: Callable[[int], str]) -> int:
        """The greatest index below ``count`` whose text fits, -1 for none; the texts grow with the index."""
        low, high = -1, count
        while high - low > 1:
            middle = (low + high) // 2
            if self.fits(text(middle)):
                low = middle
            else:
                high = middle
        return low


def seams(part: Passage, budget: Budget) -> Iterator[Seam]:
    """The seams of ``part`` to cut at, the best first; their heads fit as far as sizes grow with texts."""
    lines = line_seams(part)
    fitting = lines[: budget.last_fitting(len(lines), lambda index: lines[index].head()) + 1]
    yield from _full_lines(fitting, budget)
    runs = _runs(part, fitting, budget)
    short: list[Seam] = []
    for kind, hold in _GENTLE:
        for seam in _word_seams(runs, kind, hold, budget):
            if budget.fills(seam.head(), _FULL):
                yield seam
            else:
                short.append(seam)
    yield from reversed([seam for seam in fitting if seam.rank < AFTER_HEADING])
    yield from short
    yield from reversed(fitting)
    for kind, hold in _FORCED:
        yield from _word_seams(runs, kind, hold, budget)


def _full_lines(fitting: Sequence[LineSeam], budget: Budget) -> Iterator[LineSeam]:
    """Of each rank the last seam, where it leaves the message full enough."""
    last = {seam.rank: seam for seam in fitting if seam.rank < AFTER_HEADING}
    for rank in sorted(last):
        if budget.fills(last[rank].head(), _FULL if rank else _FULL_BLOCKS):
            yield last[rank]


def _runs(part: Passage, fitting: Sequence[LineSeam], budget: Budget) -> list[tuple[Words, Breaks]]:
    """The words that reach over the limit: of several, the last that begin within it."""
    if fitting:
        found = words_at(part, fitting[-1].leaf, fitting[-1].line)
    else:
        found = words_at(part, part.leaves[0], part.leaves[0].first) if part.leaves else ()
    last = budget.last_fitting(len(found), lambda index: found[index].lead)
    return [(words, words.breaks()) for words in reversed(found[max(last + 1 - _RUNS, 0) : last + 1])]


def _word_seams(
    runs: Sequence[tuple[Words, Breaks]], kind: Kind, hold: Hold, budget: Budget
) -> Iterator[WordSeam]:
    """For each run the last place that fits and changes nothing that is read."""
    for words, breaks in runs:
        offsets = breaks.offsets(kind, hold)
        if words.may_stay_whole and kind is Kind.WORD:
            offsets.insert(0, 0)
        seam = _last_faithful(words, breaks, offsets, budget)
        if seam is not None:
            yield seam


def _last_faithful(words: Words, breaks: Breaks, offsets: list[int], budget: Budget) -> WordSeam | None:
    def seam(index: int) -> WordSeam:
        return WordSeam(words, breaks.at(offsets[index]))

    last = budget.last_fitting(len(offsets), lambda index: seam(index).head())
    tries = (seam(index) for index in range(last, max(last - _FAITHFUL_TRIES, -1), -1))
    return next((found for found in tries if found.is_faithful()), None)
