"""What was asked, and what became of it so far."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tests.faults.judge import Fate, Outcome, Question, Verdict, fates, judge, out_of_order, sorted_out
from tests.faults.plan import Plan, script
from tests.faults.stages import Said, Shown, Stage

LOOK_S = 0.2
ID = len("Q00000")
# Ended so often while it was answering, the bot may say so instead of answering.
OFTEN = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A life of the bot, in monotonic seconds; ``ready_at`` is ``None`` when it did not come so far."""

    ready_at: float | None
    ended_at: float


@dataclass
class Ledger:
    """The questions of one row by id, in the order in which they were asked.

    ``may_delete`` is not set where nobody would ever hear of it.
    """

    stage: Stage
    plan: Plan
    notices: bool
    questions: dict[str, Question] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    is_listening: bool = False
    may_delete: asyncio.Event = field(default_factory=asyncio.Event)
    missed: int = 0
    changes: int = 0
    _closed: set[str] = field(default_factory=set)
    _begun: set[str] = field(default_factory=set)
    _looked_at: float = 0.0

    def asked(self, name: str, place: int, person: int) -> None:
        """Somebody is about to ask."""
        now = time.monotonic()
        answer = script(self.plan.seed, name).text
        self.questions[name] = Question(name, place, now, answer, since=now, person=person)
        self.missed += not self.is_listening

    def said(self, name: str, said: Said) -> None:
        """The platform has it."""
        self.questions[name] = replace(self.questions[name], thread=said.thread)

    def reworded(self, name: str, words: str) -> None:
        """The question asks for another answer."""
        answer = script(self.plan.seed, words).text
        self._changed(replace(self.questions[name], answer=answer, since=time.monotonic()))

    def deleted(self, name: str) -> None:
        """The question is not there any more."""
        self._changed(replace(self.questions[name], is_deleted=True, since=time.monotonic()))

    def _changed(self, question: Question) -> None:
        self.questions[question.id] = question
        self._closed.discard(question.id)
        self.changes += 1
        self.missed += not self.is_listening

    async def settled(self, name: str, wait_s: float) -> bool:
        """Wait until nobody waits for this one any more; false when it takes too long."""
        return await self._until(wait_s, name, has_begun=False)

    async def begun(self, name: str, wait_s: float) -> bool:
        """Wait until some of an answer stands there; false when it takes too long."""
        return await self._until(wait_s, name, has_begun=True)

    async def _until(self, wait_s: float, name: str, *, has_begun: bool) -> bool:
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            self._look()
            if name in self._closed or (has_begun and name in self._begun):
                return True
            await asyncio.sleep(LOOK_S)
        return False

    def _look(self) -> None:
        """See what people see, for all who wait at once."""
        now = time.monotonic()
        if now < self._looked_at + LOOK_S:
            return
        self._looked_at = now
        found, mine, _ = self._judged()
        for question, one in zip(self.questions.values(), found, strict=True):
            if not one.is_open:
                self._closed.add(question.id)
            if any(message.stands for message in mine[question.id]):
                self._begun.add(question.id)

    def is_noticed(self, name: str) -> bool:
        """Whether a question, by the name of its words, has got a notice instead of an answer."""
        found, _, _ = self._judged()
        ids = [question.id for question in self.questions.values()]
        return found[ids.index(name[:ID])].outcome is Outcome.NOTICE

    def _judged(self) -> tuple[list[Fate], dict[str, list[Shown]], list[Shown]]:
        questions = list(self.questions.values())
        mine, stray = sorted_out(questions, self.stage.shown())
        return fates(questions, mine, self._may_notice), mine, stray

    def _may_notice(self, question: Question) -> bool:
        return self.notices or sum(question.at < span.ended_at for span in self.spans) >= OFTEN

    def verdict(self) -> Verdict:
        """How it stands now."""
        fates, _, stray = self._judged()
        return judge(list(self.questions.values()), fates, len(stray))

    def slowest_s(self) -> float:
        """The longest that somebody waited for what is due: an answer, a notice, a message gone."""
        fates, _, _ = self._judged()
        pairs = zip(self.questions.values(), fates, strict=True)
        return max((each.at - question.since for question, each in pairs if not each.is_open), default=0.0)

    def recovery_s(self) -> float | None:
        """The longest from a start to the end of what was open then; ``None`` when nothing was."""
        fates, _, _ = self._judged()
        waits = []
        for question, each in zip(self.questions.values(), fates, strict=True):
            begun = [span.ready_at for span in self.spans if span.ready_at and span.ready_at <= each.at]
            if begun and question.since < begun[-1] and not each.is_open:
                waits.append(each.at - begun[-1])
        return max(waits, default=None)

    def trouble(self) -> Iterable[str]:
        """What went wrong, a line for each question, stray message and wrong order."""
        fates, mine, stray = self._judged()
        questions = list(self.questions.values())
        for message in stray:
            yield f"stray in place {message.place}: {message.text[:200]!r}"
        for question, each in zip(questions, fates, strict=True):
            if not each.is_clean:
                yield f"{_named(question)}: {each}; shown {[_short(each) for each in mine[question.id]]}"
        for first, second in out_of_order(questions, fates):
            yield f"order: {second} was answered before {first}"


def _named(question: Question) -> str:
    what = "deleted" if question.is_deleted else f"{len(question.answer)} characters"
    return f"{question.id} in place {question.place}, {what}, since {question.since:.2f}"


def _short(message: Shown) -> str:
    gone = "" if message.gone_at is None else f", gone {message.gone_at:.2f}"
    return f"{message.at:.2f}{gone}: {message.text[:60]!r}...{message.text[-60:]!r}"
