"""What has to be so in the end, by what people see; and what has to be so at every step."""

from collections import defaultdict
from collections.abc import Iterator

from core import phrases
from tests.fakes.platform import Shown
from tests.faults.stateful_model import MARKER
from tests.faults.stateful_people import Question
from tests.faults.stateful_rows import ENDED, Rows, TurnRow
from tests.faults.stateful_screen import Seen, read
from tests.faults.stateful_world import World

# A platform that fails for so long gets no answer any more.
GIVEN_UP_S = 880.0
# One that cannot be asked for so long gets a message again.
IN_DOUBT_S = 175.0


def wrongs_now(world: World) -> list[str]:
    """What is wrong at this moment already."""
    found = list(world.wrong)
    for key, numbers in world.stage.arrived.items():
        copies = [world.stage.messages[number] for number in numbers if number in world.stage.messages]
        if len(copies) > 1 and not any(phrases.MAYBE_TWICE in text for one in copies for text in one.texts):
            found.append(f"posted twice: {key} {[one.texts for one in copies]}")
    for shown in world.stage.messages.values():
        others = {found[1] for found in MARKER.finditer(shown.text)} - {shown.draft.address.thread}
        if others:
            found.append(f"words of {others} stand in {shown.draft.address.thread}")
    names = [name for (name, _), times in world.workshop.ran.items() if times > 1]
    if "look_up" in names:
        found.append("a tool that may have effects ran twice for one call")
    if world.process is not None and world.process.talk is not None:
        at_work = [turn.turn.address.key for turn in world.process.running._turns]
        if len(set(at_work)) < len(at_work):
            found.append(f"two turns at once in a thread: {at_work}")
    return found


class Judge:
    """Holds a settled world against what people asked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: Rows = world.rows()
        self.stage = world.stage
        by_turn: dict[str, list[tuple[int, Shown]]] = defaultdict(list)
        for number, shown in self.stage.messages.items():
            by_turn[shown.draft.turn].append((int(number.removeprefix("p")), shown))
        self.places = {turn: min(number for number, _ in found) for turn, found in by_turn.items()}
        self.messages = {turn: self._current(found) for turn, found in by_turn.items()}
        self.seen = {turn: read(found, world.speaker.calls) for turn, found in self.messages.items()}

    def wrongs(self) -> list[str]:
        return [
            *wrongs_now(self.world),
            *self._unanswered(),
            *self._deleted(),
            *self._of_nobody(),
            *self._out_of_order(),
            *self._left(),
        ]

    def _current(self, found: list[tuple[int, Shown]]) -> list[Shown]:
        """The messages of a turn, without those that were posted again."""
        latest = {shown.draft.key: shown for _, shown in sorted(found, key=lambda pair: pair[0])}
        return [
            shown for _, shown in sorted(found, key=lambda pair: pair[0]) if latest[shown.draft.key] is shown
        ]

    def _unanswered(self) -> Iterator[str]:
        """Each question that stands is answered once, in its last words, or honestly not."""
        for question in self.world.people.questions:
            if not question.is_judged or self._is_closed(question.thread):
                continue
            turn = self.rows.turn_of(question.event.key)
            if turn is None or turn.state not in ENDED:
                yield f"{question.name} has no answer: {self.rows.events.get(question.event.key)} {turn}"
            elif fault := self._fault(question, turn):
                yield f"{question.name}: {fault}; on screen: {self._texts(turn.id)}"

    def _fault(self, question: Question, turn: TurnRow) -> str:
        seen = self.seen.get(turn.id, Seen(is_empty=True))
        if self._is_spoilt(turn.id) or seen.is_notice:
            return ""
        if seen.is_empty:
            return "" if turn.error == "stale" and self._is_told_of_absence(turn) else "silence"
        if seen.is_refused:
            return "" if self.stage.refused else "refused for no reason"
        return seen.fault or self._misread(question, seen) or self._twice(turn, seen)

    def _misread(self, question: Question, seen: Seen) -> str:
        """Whether it was made without the question, or for older words of it."""
        names = [marker.split("v") for marker in seen.named]
        versions = [int(version) for name, version in names if name == question.name]
        if not versions:
            return "" if seen.mark else "the answer was made without it"
        if max(versions) < question.least:
            return f"answered as version {max(versions)}, but it was {question.least} by then"
        return ""

    def _twice(self, turn: TurnRow, seen: Seen) -> str:
        """Whether it answers a question again that another answer stands for."""
        for marker in seen.named:
            other = self.rows.turn_of(self.world.people.by_marker(marker).event.key)
            if other is None or other.id == turn.id:
                continue
            if self.seen.get(other.id, Seen()).is_answer and not self._is_spoilt(other.id):
                return f"{marker} is answered a second time"
        return ""

    def _deleted(self) -> Iterator[str]:
        """Nothing stands for questions that are gone."""
        for question in self.world.people.questions:
            turn = self.rows.turn_of(question.event.key)
            if question.forgotten_at is None or turn is None or self._is_closed(question.thread):
                continue
            seen = self.seen.get(turn.id, Seen(is_empty=True))
            named = {marker.partition("v")[0] for marker in seen.named}
            if question.name in named and not question.kept and not self._is_spoilt(turn.id):
                yield f"{question.name} is deleted, but answered: {self._texts(turn.id)}"
            events = [row for row in self.rows.events.values() if row.turn == turn.id]
            is_gone = all(row.is_withdrawn for row in events)
            if is_gone and not seen.is_empty and not self._is_spoilt(turn.id):
                yield f"{question.name} is deleted, its answer stands: {self._texts(turn.id)}"

    def _of_nobody(self) -> Iterator[str]:
        """No answer hangs on what another one hangs on, or on nothing."""
        anchors: dict[str, set[str]] = defaultdict(set)
        for turn, messages in self.messages.items():
            if turn not in self.rows.turns:
                yield f"an answer of no turn stands there: {self._texts(turn)}"
            for shown in messages:
                if shown.draft.reply_to is not None and shown.draft.first:
                    anchors[shown.draft.reply_to].add(turn)
                is_left = shown.live and self.stage.capabilities.stop_button and not self._is_spoilt(turn)
                if is_left and not self._is_closed(shown.draft.address.thread):
                    yield f"a stop button is left at {shown.text!r}"
        for anchor, turns in anchors.items():
            if len(turns) > 1:
                yield f"{anchor} has {len(turns)} answers: {[self._texts(turn) for turn in turns]}"

    def _out_of_order(self) -> Iterator[str]:
        """What was taken before another was written is answered before it."""
        placed = [
            (question, self.places[turn.id])
            for question in self.world.people.questions
            if question.is_judged
            and (turn := self.rows.turn_of(question.event.key)) is not None
            and turn.id in self.places
            and not self._is_spoilt(turn.id)
        ]
        for early, first in placed:
            for late, second in placed:
                is_before = early.taken_at is not None and early.taken_at < late.written_at
                is_older = early.event.sent_at < late.event.sent_at
                if early.thread == late.thread and is_before and is_older and first > second:
                    yield f"{early.name} is answered after {late.name}"

    def _left(self) -> Iterator[str]:
        """Nothing is left to be done, in the store or in memory."""
        for post in self.rows.posts:
            turn = self.rows.turns[post.turn]
            # One without a text was never sent, unless it stands there.
            is_open = post.final is not None or any(
                number in self.stage.messages for number in self.stage.arrived.get(post.key, ())
            )
            if post.state == "intent" and is_open and not self._may_lose(turn):
                yield f"an intent is left in {turn}: {post}"
            if post.state in {"rejected", "gone"} and post.final is not None and not self._may_lose(turn):
                yield f"lost without a reason: {turn} {post}"
        process = self.world.process
        assert process is not None
        assert process.talk is not None
        runner, lanes = process.talk.lanes._runner, process.talk.lanes
        left = {
            "turns": process.running._turns,
            "stops": {*process.running._stopped, *process.running._stopped_anew},
            "lanes": lanes._at_work,
            "strikes": lanes._striking,
            "requests in line": process.pacer._line,
            "threads of the start": runner.staleness._found,
            "open calls": self.world.speaker.open,
        }
        for what, found in left.items():
            if found:
                yield f"left in memory: {what} {found}"
        if runner.answering.slots._value != 2:
            yield f"slots of the model: {runner.answering.slots._value}"

    def _may_lose(self, turn: TurnRow) -> bool:
        return (
            self._was_away()
            or bool(self.stage.refused)
            or turn.id in self.stage.touched
            or self._is_closed(turn.thread)
        )

    def _is_spoilt(self, turn: str) -> bool:
        """Whether people cannot see all of it, or still see it, for a reason that is not the product's."""
        lost = [
            post for post in self.rows.posts_of(turn) if post.state in {"rejected", "gone"} and post.final
        ]
        may_stay = self._was_away() or "delete" in self.stage.refused
        kept = [post for post in self.rows.posts_of(turn) if post.state == "rejected" and may_stay]
        return bool(lost or kept) or turn in self.stage.touched

    def _was_away(self) -> bool:
        return self.stage.longest_away >= GIVEN_UP_S

    def _is_closed(self, thread: str) -> bool:
        return f"c{thread[1:]}" in self.stage.closed

    def _is_told_of_absence(self, turn: TurnRow) -> bool:
        """Whether the thread was told, even if somebody took that away, or it never got there."""
        others = [shown for shown in self.stage.history.values() if shown.draft.address.thread == turn.thread]
        return (
            self._was_away()
            or "post" in self.stage.refused
            or any(
                shown.draft.turn in self.stage.touched or any(phrases.AWAY in text for text in shown.texts)
                for shown in others
            )
        )

    def _texts(self, turn: str) -> list[str]:
        return [shown.text for shown in self.messages.get(turn, ())]
