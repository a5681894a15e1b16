"""People who ask: several at once, each with one question at a time."""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.judge import Fate, Question, Verdict, fate, judge, sorted_out
from tests.faults.plan import Plan, script
from tests.faults.stages import Stage

LOOK_S = 0.05


@dataclass
class Load:
    """The questions of one row.

    Nobody asks while ``may_ask`` is not set. Everybody asks what the plan says, and goes on until it is
    ``enough``; then, with everything answered or given up, it is ``over``.
    """

    stage: Stage
    plan: Plan
    notices: bool
    questions: list[Question] = field(default_factory=list)
    may_ask: asyncio.Event = field(default_factory=asyncio.Event)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Ask everything, and wait for each answer or its deadline."""
        async with asyncio.TaskGroup() as threads:
            for place in range(self.plan.threads):
                threads.create_task(self._thread(place))
        self.over.set()

    async def _thread(self, place: int) -> None:
        chance = random.Random(f"{self.plan.seed}:{self.stage.name}:{place}")
        for number in itertools.count():
            if number >= self.plan.messages and self.enough.is_set():
                return
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            await self.may_ask.wait()
            name = f"Q{place:02}{number:03}"
            answer = script(self.plan.seed, name).text
            question = Question(name, place, time.monotonic(), answer)
            self.questions.append(question)
            await self.stage.ask(place, f"{name}: what is there to say?")
            await self._answered(question)

    async def _answered(self, question: Question) -> None:
        while time.monotonic() < question.at + self.plan.answer_s:
            if not self._fates([question])[0].lost:
                return
            await asyncio.sleep(LOOK_S)

    def _fates(self, questions: Sequence[Question]) -> list[Fate]:
        mine, _ = sorted_out(self.questions, self.stage.shown())
        return [fate(question, mine[question.id], notices=self.notices) for question in questions]

    def open_since(self) -> list[float]:
        """When each question that still waits for its answer was asked."""
        now = time.monotonic()
        fates = zip(self.questions, self._fates(self.questions), strict=True)
        return [each.at for each, so_far in fates if so_far.lost and now < each.at + self.plan.answer_s]

    def verdict(self) -> Verdict:
        """How it stands now."""
        _, stray = sorted_out(self.questions, self.stage.shown())
        return judge(self._fates(self.questions), len(stray), self.stage.deleted())

    def slowest_s(self) -> float:
        """The longest that somebody waited for a whole answer or a notice."""
        fates = self._fates(self.questions)
        waits = [
            each.whole_at - question.at
            for question, each in zip(self.questions, fates, strict=True)
            if each.whole_at is not None
        ]
        return max(waits, default=0.0)

    def recovery_s(self, lives: Sequence[tuple[float, float]]) -> float:
        """The longest from a start to the answer of what was open then.

        ``lives`` are (ready, ended) in monotonic seconds, oldest first.
        """
        worst = 0.0
        for question, each in zip(self.questions, self._fates(self.questions), strict=True):
            begun = [ready for ready, _ in lives if each.whole_at is not None and ready <= each.whole_at]
            survived = any(question.at < ended <= (each.whole_at or 0.0) for _, ended in lives)
            if begun and survived and each.whole_at is not None:
                worst = max(worst, each.whole_at - begun[-1])
        return worst

    def trouble(self) -> list[str]:
        """What went wrong, a line for each question and each stray message."""
        mine, stray = sorted_out(self.questions, self.stage.shown())
        lines = [f"stray in place {message.place}: {message.text[:200]!r}" for message in stray]
        for question, each in zip(self.questions, self._fates(self.questions), strict=True):
            if each.lost or each.surplus or each.cut:
                texts = [f"{message.text[:60]!r}...{message.text[-60:]!r}" for message in mine[question.id]]
                lines.append(f"{question.id}: {each} of {len(question.answer)} characters; shown {texts}")
        return lines
