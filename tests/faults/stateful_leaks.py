"""What goes to the model and to tools: nothing of other threads, and nothing that is gone."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.stateful_model import MARKER, Call
from tests.faults.stateful_people import People, Question
from tests.faults.stateful_rows import Rows
from tests.faults.stateful_time import JumpingLoop

# What is read of earlier turns may be so old.
A_MOMENT_S = 5.0


@dataclass
class Leaks:
    """Looks at each call when it begins; ``wrong`` takes what must not be.

    What needs the store's rows is looked up a moment later, outside of the product's own work.
    """

    loop: JumpingLoop
    people: People
    rows: Callable[[], Rows]
    wrong: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def look_at_call(self, call: Call) -> None:
        """A call of the model begins."""
        if len(call.threads) > 1:
            self.wrong.append(f"threads are mixed in a request: {sorted(call.read | call.recalled)}")
        for other in self.calls:
            if other.is_open and other.threads & call.threads:
                self.wrong.append(f"two calls at once for {call.threads}")
        self.calls.append(call)
        if not call.is_first:
            return  # it goes on with what it has read
        for marker in call.read:
            self._look_at_question(marker)
        for marker in call.recalled:
            self._look_at_answer(marker)

    def look_at_tool(self, arguments: str) -> None:
        """A tool begins to run."""
        for found in MARKER.finditer(arguments):
            since = self.people.by_marker(found[0]).forgotten_at
            # What is cancelled in the same moment may have begun.
            if since is not None and since < self.loop.time():
                self.loop.call_soon(
                    self._judge_own, found[0], f"a tool runs for {found[0]}, which is deleted"
                )

    def _look_at_question(self, marker: str) -> None:
        question = self.people.by_marker(marker)
        told = [notice for notice in self.people.notices if notice.question is question and notice.tries]
        if not any(notice.asks for notice in told):
            self.wrong.append(f"the model reads {marker}, which nobody asked it")
        if question.forgotten_at is not None:
            self._judge(marker, question.forgotten_at, "is deleted")
        if int(marker.partition("v")[2]) < question.heard:
            self._judge(marker, question.heard_at, "says something else now")
        fresh = [other for other in self._thread_of(question) if other.event.text == "/new"]
        if fresh:
            self.loop.call_soon(self._judge_reset, marker, fresh)

    def _judge(self, marker: str, since: float, what: str) -> None:
        sentence = f"the model reads {marker}, which {what}"
        if since < self.loop.time() - A_MOMENT_S:
            self.wrong.append(sentence)
        else:
            self.loop.call_soon(self._judge_own, marker, sentence)

    def _judge_own(self, marker: str, sentence: str) -> None:
        """What is read of its own question is never old, not by a moment."""
        turn = self.rows().turn_of(self.people.by_marker(marker).event.key)
        if turn is not None and turn.state == "running":
            self.wrong.append(sentence)

    def _judge_reset(self, marker: str, fresh: list[Question]) -> None:
        rows = self.rows()
        turn = rows.turn_of(self.people.by_marker(marker).event.key)
        resets = [new.number for one in fresh if (new := rows.turn_of(one.event.key)) and new.state == "done"]
        if turn is not None and turn.state != "running" and turn.number < max(resets, default=-1):
            self.wrong.append(f"the model reads {marker} from before a fresh start")

    def _look_at_answer(self, marker: str) -> None:
        """What was said to questions that are all gone is gone too."""
        named = {name for other in self.calls if marker in other.given for name in other.given}
        forgotten = [self.people.by_marker(name).forgotten_at for name in named]
        if all(at is not None and at < self.loop.time() - A_MOMENT_S for at in forgotten):
            self.wrong.append(f"the model reads an answer to {marker}, which is deleted")

    def _thread_of(self, question: Question) -> list[Question]:
        return [other for other in self.people.questions if other.thread == question.thread]
