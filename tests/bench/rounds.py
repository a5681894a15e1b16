"""A round: questions asked at once, watched until every answer stands there whole."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench.figures import Answered, difference, judge, words
from tests.bench.machine import cpu_seconds
from tests.bench.stages import Question, Stage
from tests.bench.texts import about, answer, answer_to, question, tag_of
from tests.emulators.model import Call, ModelEmulator
from tests.emulators.model_script import Ask, Reply, said

FIRST_TOKEN_S = 0.3
TOKEN_S = 0.025
TOKEN_CHARACTERS = 4
LOOK_EVERY_S = 0.05
SETTLE_S = 0.3


def scripted(ask: Ask) -> Reply:
    """The model's answer to a question of the bench: 40 tokens of 4 characters a second."""
    text = answer_to(ask.last_user_text)
    return said(text, first_token_s=FIRST_TOKEN_S, delay_s=TOKEN_S, size=TOKEN_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Costs:
    """What a round took: CPU seconds of the product, requests and 429 answers by name."""

    answers: int
    cpu_s: float
    requests: Counter[str]
    refused: Counter[str]


@dataclass(frozen=True, slots=True)
class Results:
    """What rounds of one kind gave."""

    answered: tuple[Answered, ...] = ()
    costs: tuple[Costs, ...] = ()
    faults: tuple[str, ...] = ()

    def __add__(self, other: "Results") -> "Results":
        return Results(self.answered + other.answered, self.costs + other.costs, self.faults + other.faults)


class Calls:
    """The model server's journal by question; reads each request once, so that looking costs little."""

    def __init__(self, model: ModelEmulator) -> None:
        self._model = model
        self._tags: list[str] = []

    def of(self, tag: str) -> list[Call]:
        return [call for found, call in self._tagged() if found == tag]

    def ended(self) -> set[str]:
        """The tags of questions with an answer that is over."""
        return {tag for tag, call in self._tagged() if call.ended_at is not None}

    def _tagged(self) -> list[tuple[str, Call]]:
        journal = self._model.journal
        self._tags += [tag_of(call.ask.last_user_text) for call in journal[len(self._tags) :]]
        return list(zip(self._tags, journal, strict=True))


@dataclass
class Watched:
    """A product on its platform, and all that it was asked."""

    stage: Stage
    calls: Calls
    pid: int
    numbers: "itertools.count[int]"
    questions: list[Question] = field(default_factory=list)

    async def begin(self, places: Sequence[int], length: int) -> "Round":
        """Ask once in each place, for answers of about ``length`` characters."""
        before = Costs(
            0, cpu_seconds(self.pid), Counter(self.stage.requests()), Counter(self.stage.refused())
        )
        asked = []
        for place in places:
            number = next(self.numbers)
            size = about(number, length)
            asked.append(await self.stage.ask(place, question(number, size), answer(number, size)))
        self.questions += asked
        return Round(self, tuple(asked), before)

    def left_over(self) -> tuple[str, ...]:
        """What stands in a place beside one whole answer to each question."""
        faults = []
        for place in sorted({asked.place for asked in self.questions}):
            expected = "\n".join(asked.expected for asked in self.questions if asked.place == place)
            wrong = difference(expected, self.stage.standing(place))
            if wrong:
                faults.append(f"{self.stage.name}, place {place}, at the end: {wrong}")
        return tuple(faults)


@dataclass(frozen=True, slots=True)
class Round:
    watched: Watched
    asked: tuple[Question, ...]
    before: Costs

    async def spoken(self, seconds: float) -> None:
        """Wait until the model has said everything, or so many seconds."""
        tags = {tag_of(each.text) for each in self.asked}
        await until(lambda: tags <= self.watched.calls.ended(), seconds)

    async def finish(self, seconds: float) -> Results:
        """Wait until every answer is whole, or so many seconds, and say what was seen."""
        await self.spoken(seconds)
        waiting = list(self.asked)

        def none_waits() -> bool:
            waiting[:] = [each for each in waiting if not self._stands(each)]
            return not waiting

        await until(none_waits, seconds)
        await asyncio.sleep(SETTLE_S)
        stage = self.watched.stage
        costs = Costs(
            len(self.asked),
            cpu_seconds(self.watched.pid) - self.before.cpu_s,
            Counter(stage.requests()) - self.before.requests,
            Counter(stage.refused()) - self.before.refused,
        )
        judged = [self._judged(each) for each in self.asked]
        good = tuple(each for each in judged if isinstance(each, Answered))
        return Results(good, (costs,), tuple(each for each in judged if isinstance(each, str)))

    def _stands(self, asked: Question) -> bool:
        now = {each.message: each.text for each in self.watched.stage.shown(asked)}
        return words("\n".join(now.values())) == words(asked.expected)

    def _judged(self, asked: Question) -> Answered | str:
        name = f"{self.watched.stage.name}, place {asked.place}"
        verdict = judge(asked.expected, self.watched.stage.shown(asked))
        calls = self.watched.calls.of(tag_of(asked.text))
        if verdict.fault:
            return f"{name}: {verdict.fault}"
        if len(calls) != 1:
            return f"{name}: the model was asked {len(calls)} times"
        call = calls[0]
        if call.first_token_at is None or call.ended_at is None or call.disconnected:
            return f"{name}: the model's answer was not read to its end"
        if verdict.first_at is None or verdict.whole_at is None:
            return f"{name}: its beginning was never seen"
        model = (call.started_at, call.first_token_at, call.ended_at)
        return Answered(asked.sent_at, *model, verdict.first_at, verdict.whole_at)


async def until(condition: Callable[[], bool], seconds: float) -> None:
    """Look now and then until it is so, or so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110  # journals of two kinds
        await asyncio.sleep(LOOK_EVERY_S)
