"""What people read in the messages of an answer: the model's words, and the product's own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core import errors, phrases
from core.conversation.reply import REMOVED
from tests.fakes.platform import Shown
from tests.faults.stateful_model import TOOLS, Call, Ending

WORD = re.compile(r"[\w']+")
OPENER = re.compile(r"\*\*\w+ asked:\*\* number")
HELP = "I am Tampu"


def words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text))


FAILURES = (
    errors.StreamCut,
    errors.ModelBusy,
    errors.ContentFiltered,
    errors.ModelUnreachable,
)
# Said where the model had no words, or in the place of its words.
NOTICES = {
    words(text)
    for text in (
        phrases.STOPPED_BEFORE_WORDS,
        phrases.NOTHING_TO_STOP,
        phrases.STOPPING,
        phrases.EMPTY_ANSWER,
        phrases.GAVE_UP,
        phrases.BUG,
        phrases.AWAY,
        phrases.FRESH,
        *(failure.told for failure in FAILURES),
    )
}
# Said behind words of the model that are not its whole answer.
ENDED_BY_US = {
    words(text)
    for text in (
        phrases.STOPPED,
        phrases.INTERRUPTED,
        phrases.BUG,
        phrases.NOTHING_MORE,
        *(phrases.cut_off(failure.told) for failure in FAILURES),
    )
}


@dataclass(frozen=True)
class Seen:
    """An answer as it stands: a notice, or words of the model with a mark behind them.

    ``named`` are the questions that the model says it was given. ``fault`` says what is wrong with it.
    """

    is_empty: bool = False
    is_notice: bool = False
    is_refused: bool = False
    mark: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    fault: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether these are words of the model that it will read again as its own."""
        return bool(self.named) and self.mark != words(phrases.BUG)


def read(messages: Iterable[Shown], calls: list[Call]) -> Seen:
    """Read the messages of one turn."""
    texts = [shown.text for shown in messages if shown.text != REMOVED and not OPENER.match(shown.text)]
    said = words(" ".join(text.replace(phrases.MAYBE_TWICE, "") for text in texts))
    if not said:
        return Seen(is_empty=True)
    if any(phrases.NOT_TAKEN in text for text in texts):
        return Seen(is_refused=True)
    if said in NOTICES or " ".join(said).startswith(HELP):
        return Seen(is_notice=True)
    return _answer(said, calls)


def _answer(said: tuple[str, ...], calls: list[Call]) -> Seen:
    named: set[str] = set()
    last: Call | None = None
    whole = True
    while said and (call := _begun(said, calls)) is not None:
        spoken = words(call.said)
        same = next(
            (at for at, pair in enumerate(zip(said, spoken, strict=False)) if pair[0] != pair[1]),
            min(len(said), len(spoken)),
        )
        whole = same == len(spoken)
        said, last = said[same:], call
        named.update(call.given)
        if not whole:
            break
    if last is None:
        return Seen(fault=f"nobody said {' '.join(said)!r}")
    return Seen(mark=said, named=frozenset(named), fault=_fault(last, said, whole=whole))


def _begun(said: tuple[str, ...], calls: list[Call]) -> Call | None:
    return next((call for call in calls if call.said and words(call.said)[0] == said[0]), None)


def _fault(last: Call, mark: tuple[str, ...], *, whole: bool) -> str:
    """Whatever an answer lacks has to be said."""
    # Behind a tool it may have reached its length without a word.
    is_at_length = last.plan.ending is Ending.LENGTH or last.plan.ending in TOOLS
    if mark in ENDED_BY_US or (mark == words(phrases.AT_LENGTH) and whole and is_at_length):
        return ""
    if mark:
        return f"what nobody said stands behind an answer: {' '.join(mark)!r}"
    if not whole:
        return f"words of the model are missing behind {last.said[-40:]!r}"
    if last.is_over and (
        last.plan.ending is Ending.WHOLE or (last.plan.ending in TOOLS and not last.has_tools)
    ):
        return ""
    return f"an answer that was ended lacks its mark: {last.said[-40:]!r}"
