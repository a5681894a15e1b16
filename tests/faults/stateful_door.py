"""Where events go in: each verdict, and what has to follow from it at once, is looked at."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from core import phrases
from core.conversation.following import FollowUp
from core.events import Asked, Closed, Revised, Verdict, Withdrawn
from tests.faults.stateful_model import Call, Speaker
from tests.faults.stateful_people import DELETION_S, WAYS, Kind, Notice, People, Question
from tests.faults.stateful_process import Process
from tests.faults.stateful_rows import Rows
from tests.faults.stateful_time import BEGUN, JumpingLoop

# How many turns of the loop a model's stream may take to close.
CLOSING = 30
HAS_IT = frozenset({Verdict.STORED, Verdict.DUPLICATE})


@dataclass
class Door:
    """Hands events in; ``wrong`` takes what must not be."""

    loop: JumpingLoop
    people: People
    speaker: Speaker
    rows: Callable[[], Rows]
    wrong: list[str] = field(default_factory=list)

    async def hand_in(self, process: Process, notice: Notice) -> None:
        """Deliver one event. Raises ``StoreError``."""
        about = notice.question
        if about is not None:
            about.coming += 1
        try:
            await self._take(process, notice)
        finally:
            if about is not None:
                about.coming -= 1

    async def _take(self, process: Process, notice: Notice) -> None:
        match notice.payload:
            case Asked() as event:
                await self._ask(process, notice, event)
            case Revised() as event:
                await self._revise(process, notice, event)
            case Withdrawn() as event:
                await self._withdraw(process, notice, event)
            case Closed() as event:
                assert process.talk is not None
                await process.talk.intake.close(event)

    async def press(self, process: Process, question: Question) -> None:
        """Press the stop button of the answer to a question."""
        assert process.talk is not None
        asked = question.event
        before = self._open_in(asked.address.thread)
        said = await process.talk.intake.command("stop", asked.address, asked.author, "")
        if said not in {phrases.STOPPING, phrases.NOTHING_TO_STOP}:
            self.wrong.append(f"pressed stop at {question.name}, and was told {said!r}")
        await self._are_over(process, before, f"a press of stop ({said})")

    async def _ask(self, process: Process, notice: Notice, event: Asked) -> None:
        assert process.talk is not None
        assert notice.question is not None
        question, is_known = notice.question, self._is_known(event)
        before = self._open_in(event.address.thread)
        verdict = await process.talk.intake.accept(event)
        self._judge(notice, question, verdict, is_known=is_known)
        if verdict in HAS_IT:
            self._taken(question)
        if verdict is not Verdict.STORED:
            return
        if question.kind is Kind.COMMAND:
            stopped = before if event.text.startswith("/stop") else []
            await self._are_over(process, stopped, "a stop")
        elif WAYS[question.thread] is FollowUp.INTERRUPT:
            own = [call for call in before if call.given and self._asker(call) == event.author.id]
            await self._are_over(process, own, "a follow-up that interrupts")

    async def _revise(self, process: Process, notice: Notice, event: Revised) -> None:
        assert process.talk is not None
        assert notice.question is not None
        question = notice.question
        before = self._answering(question)
        verdict = await process.talk.intake.revise(event)
        if verdict not in HAS_IT:
            return
        self._taken(question)
        is_newer = notice.version > question.heard
        if is_newer:
            question.heard, question.heard_at = notice.version, self.loop.time()
        rows = self.rows()
        turn = rows.turn_of(event.asked.key)
        if turn is None or not rows.stays_as_it_is(turn):
            question.least = max(question.least, notice.version)
        # Another that comes at the same moment may have had the effect, and not returned yet.
        alone = is_newer and question.coming == 1
        await self._are_over(process, before if alone else [], "an edit")

    async def _withdraw(self, process: Process, notice: Notice, event: Withdrawn) -> None:
        assert process.talk is not None
        assert notice.question is not None
        question = notice.question
        before = self._answering(question)
        verdict = await process.talk.intake.withdraw(event)
        if verdict is Verdict.STORED or BEGUN + self.loop.time() - event.sent_at < DELETION_S:
            question.forgotten_at = self.loop.time()
        rows = self.rows()
        turn = rows.turn_of(event.key)
        others = [
            row for row in rows.events.values() if turn and row.turn == turn.id and not row.is_withdrawn
        ]
        if turn is not None and others and rows.stays_as_it_is(turn):
            question.kept = True
        await self._are_over(process, before if question.coming == 1 else [], "a deletion")

    def _judge(self, notice: Notice, question: Question, verdict: Verdict, *, is_known: bool) -> None:
        came_before = any(
            other.question is question and other.tries > (other is notice) for other in self.people.notices
        )
        if verdict is Verdict.DUPLICATE and not came_before:
            self.wrong.append(f"{question.name} is called a duplicate, but never came before")
        addressed = {Kind.QUESTION: True, Kind.COMMAND: True, Kind.ELSEWHERE: False}
        expected = addressed.get(question.kind, is_known)
        if expected and verdict not in HAS_IT:
            self.wrong.append(f"{question.name} was not taken")
        if verdict is Verdict.STORED and question.kind is Kind.ELSEWHERE:
            self.wrong.append(f"{question.name} was taken, but turns to somebody else")

    def _is_known(self, event: Asked) -> bool:
        """Whether the product follows the thread: it has said that it took something earlier there."""
        return any(
            question.taken_at is not None
            and question.thread == event.address.thread
            and question.event.sent_at <= event.sent_at
            for question in self.people.questions
        )

    def _taken(self, question: Question) -> None:
        """What is called a duplicate may also be deleted already, and never have been stored."""
        if question.taken_at is None and question.event.key in self.rows().events:
            question.taken_at = self.loop.time()

    def _open_in(self, thread: str) -> list[Call]:
        return [call for call in self.speaker.open if thread in call.threads]

    def _answering(self, question: Question) -> list[Call]:
        """The open calls that are made for a question."""
        turn = self.rows().turn_of(question.event.key)
        if turn is None or turn.state != "running":
            return []
        return [
            call
            for call in self._open_in(question.thread)
            if any(marker.partition("v")[0] == question.name for marker in call.given)
        ]

    def _asker(self, call: Call) -> str:
        return self.people.by_marker(call.given[-1]).event.author.id

    async def _are_over(self, process: Process, calls: list[Call], why: str) -> None:
        """What is not wanted any more is not paid for any longer."""
        for _ in range(CLOSING):
            if not any(call.is_open for call in calls):
                return
            await asyncio.sleep(0)
        # Where the store has failed the effect may be that of an earlier try, which nobody heard of.
        if not process.line.dead and not process.around.disk.failed:
            self.wrong.append(f"{why} did not end the model's call for {calls[0].given}")
