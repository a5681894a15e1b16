"""Answers that people stop: when the model sees its stream closed, and when people see the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from core.phrases import STOPPED, STOPPING
from tests.bench.figures import Shown, cut_short
from tests.bench.rounds import Watched, until
from tests.bench.stages import PLACES, Question, Way
from tests.bench.texts import GOLDEN, about, answer, question, tag_of
from tests.emulators.model import Call

GOAL_S = 0.2
GROWING_S = 10.0
ENDING_S = 10.0
EARLIEST_S = 0.1
SPREAD_S = 1.2


@dataclass(frozen=True, slots=True)
class Stopped:
    """One that was stopped: seconds from the event to the closed stream, and to the end that people see."""

    way: Way
    to_closed: float
    to_seen: float


@dataclass(frozen=True, slots=True)
class Stops:
    done: tuple[Stopped, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A stop that was sent at ``sent_at``; ``None`` when its answer never grew or was over too soon."""

    asked: Question
    way: Way
    sent_at: float | None


@dataclass(frozen=True, slots=True)
class Traces:
    """What a question left: calls of the model, messages and when they went away, a button to stop it."""

    calls: Sequence[Call]
    shown: Sequence[Shown]
    removed: Sequence[float]
    has_button: bool


@dataclass
class Stopping:
    """Stops one answer after the other, in a place for each way."""

    watched: Watched
    length: int
    attempts: list[Attempt] = field(default_factory=list)

    async def round(self) -> None:
        """One answer in each way."""
        for place, way in enumerate(Way, start=PLACES):
            number = next(self.watched.numbers)
            size = about(number, self.length)
            text, expected = question(number, size), answer(number, size)
            asked = await self.watched.stage.ask(place, text, expected)
            attempt = Attempt(asked, way, await self._stop(asked, way))
            self.attempts.append(attempt)
            await until(partial(self._is_over, attempt), ENDING_S)

    async def _stop(self, asked: Question, way: Way) -> float | None:
        """Stop it while it grows, evenly spread over the time from one edit to the next."""
        stage = self.watched.stage
        await until(lambda: stage.stoppable(asked), GROWING_S)
        await asyncio.sleep(EARLIEST_S + SPREAD_S * (len(self.attempts) * GOLDEN % 1))
        return await stage.stop(asked, way) if stage.stoppable(asked) else None

    def judged(self) -> Stops:
        """What came of all of them, by what stands there now."""
        done, faults = [], []
        for attempt in self.attempts:
            found = judge(attempt, self._traces(attempt.asked))
            if isinstance(found, Stopped):
                done.append(found)
            else:
                faults.append(f"{self.watched.stage.name}, {attempt.way}: {found}")
        return Stops(tuple(done), tuple(faults))

    def _is_over(self, attempt: Attempt) -> bool:
        return isinstance(judge(attempt, self._traces(attempt.asked)), Stopped)

    def _traces(self, asked: Question) -> Traces:
        stage, calls = self.watched.stage, self.watched.calls.of(tag_of(asked.text))
        return Traces(calls, stage.shown(asked), stage.removed(asked), stage.stoppable(asked))


def judge(attempt: Attempt, traces: Traces) -> Stopped | str:
    """How long a stop took, or what is wrong."""
    if attempt.sent_at is None:
        return "there was no growing answer to stop"
    if len(traces.calls) != 1:
        return f"the model was asked {len(traces.calls)} times"
    call = traces.calls[0]
    if not call.disconnected or call.ended_at is None:
        return "the model's stream was not closed"
    if wrong := _wrong(attempt, traces):
        return wrong
    seen_at = _seen_at(attempt.way, traces)
    if seen_at is None:
        return "its end was never seen"
    return Stopped(attempt.way, call.ended_at - attempt.sent_at, seen_at - attempt.sent_at)


def _wrong(attempt: Attempt, traces: Traces) -> str:
    """What is wrong with the messages that stand there; empty when nothing is."""
    texts = list({each.message: each.text for each in traces.shown}.values())
    if attempt.way is Way.DELETION:
        return f"{len(texts)} messages were not taken away" if texts else ""
    if not texts:
        return "nothing stands there"
    told = [STOPPING] if attempt.way is Way.TYPED else []
    if texts[1:] != told:
        return f"behind the answer stands {texts[1:]} instead of {told}"
    if traces.has_button:
        return "its button is still there"
    return cut_short(attempt.asked.expected, texts[0], STOPPED)


def _seen_at(way: Way, traces: Traces) -> float | None:
    """When the last message was gone, or the mark was there."""
    if way is Way.DELETION:
        return max(traces.removed, default=None)
    return next((each.at for each in traces.shown if each.text.endswith(STOPPED)), None)
