"""``python -m tests.faults.stateful``: people, platform, model and process do anything, in any order.

Intake, lanes and outbox as they are wired: every addressed message is answered once or honestly refused,
in the order of its thread.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.message import Author
from tests.faults.stateful_judge import Judge, wrongs_now
from tests.faults.stateful_model import Ending, Plan
from tests.faults.stateful_people import PEOPLE, THREADS, Kind, Notice, Question
from tests.faults.stateful_platform import Mood
from tests.faults.stateful_world import Manner, World, a_world

STEPS = 40
LATEST = st.integers(0, 5)
THREAD = st.sampled_from(THREADS)
PERSON = st.sampled_from(PEOPLE)
PAUSE = st.sampled_from([0.0, 0.05, 0.5, 0.0, 3.0, 15.0])
# How an event comes: at once, twice, or later than it should.
COMES = st.sampled_from(["now", "now", "now", "twice", "late"])
REQUEST = st.sampled_from(["post", "post", "edit", "delete", "find"])
MOOD = st.sampled_from([mood for mood in Mood if mood is not Mood.WELL])


class Anything(RuleBasedStateMachine):
    """The product among people, on a store in memory."""

    on_disk = False

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World | None = None
        self.is_sound = True

    @initialize(
        number=st.integers(0, 2**16),
        limit=st.sampled_from([2000, 220, 400]),
        is_paced=st.booleans(),
        stop_button=st.booleans(),
        held=st.booleans(),
        usual=st.sampled_from([Ending.WHOLE, Ending.WHOLE, Ending.TOOL]),
    )
    def the_world_begins(
        self, number: int, limit: int, is_paced: bool, stop_button: bool, held: bool, usual: Ending
    ) -> None:
        folder = Path(self.stack.enter_context(TemporaryDirectory())) if self.on_disk else None
        self.world = self.stack.enter_context(a_world(Manner(number, limit, is_paced, stop_button), folder))
        self.world.speaker.held = held
        self.world.speaker.usual = Plan(usual)
        self.world.start()
        self.world.pass_time(1.0)

    @rule(thread=THREAD, author=PERSON, comes=COMES, pause=PAUSE)
    def somebody_asks(self, thread: str, author: Author, comes: str, pause: float) -> None:
        self.tell(lambda world: world.people.write(thread, author, Kind.QUESTION), comes, pause)

    @rule(thread=THREAD, authors=st.lists(PERSON, min_size=2, max_size=3), comes=COMES, pause=PAUSE)
    def several_ask_at_once(self, thread: str, authors: list[Author], comes: str, pause: float) -> None:
        for author in authors:
            self.somebody_asks(thread, author, comes, 0.0)
        self.do(lambda _: None, pause)

    @rule(comes=COMES, pause=PAUSE)
    def the_same_person_asks_again(self, comes: str, pause: float) -> None:
        def write(world: World) -> Notice | None:
            last = self.latest(0)
            return world.people.write(last.thread, last.event.author, Kind.QUESTION) if last else None

        self.tell(write, comes, pause)

    @rule(thread=THREAD, author=PERSON, what=st.integers(0, 5), comes=COMES, pause=PAUSE)
    def somebody_writes_otherwise(
        self, thread: str, author: Author, what: int, comes: str, pause: float
    ) -> None:
        def write(world: World) -> Notice:
            match what:
                case 0 | 1:
                    return world.people.write(thread, author, Kind.OVERHEARD)
                case 2:
                    return world.people.write(thread, author, Kind.ELSEWHERE)
                case 3:
                    return world.people.write(thread, author, Kind.QUESTION, opener=True)
                case _:
                    return world.people.write(thread, author, Kind.QUESTION, ago=[30.0, 600.0][what - 4])

        self.tell(write, comes, pause)

    @rule(
        thread=THREAD,
        author=PERSON,
        text=st.sampled_from(["/stop", "/stop", "/new", "/help"]),
        comes=COMES,
        pause=PAUSE,
    )
    def somebody_commands(self, thread: str, author: Author, text: str, comes: str, pause: float) -> None:
        self.tell(lambda world: world.people.write(thread, author, Kind.COMMAND, text=text), comes, pause)

    @rule(which=LATEST, pause=PAUSE)
    def somebody_presses_stop(self, which: int, pause: float) -> None:
        def press(world: World) -> None:
            question = self.latest(which)
            process = world.process
            if question is not None and process is not None:
                process.do(lambda: world.door.press(process, question))

        self.do(press, pause)

    @rule(which=LATEST, comes=COMES, now_asks=st.booleans(), pause=PAUSE)
    def somebody_edits(self, which: int, comes: str, now_asks: bool, pause: float) -> None:
        def edit(world: World) -> Notice | None:
            question = self.latest(which, of={Kind.QUESTION, Kind.OVERHEARD, Kind.ELSEWHERE})
            return world.people.edit(question, now_asks=now_asks) if question else None

        self.tell(edit, comes, pause)

    @rule(which=LATEST, comes=COMES, pause=PAUSE)
    def somebody_deletes(self, which: int, comes: str, pause: float) -> None:
        def delete(world: World) -> Notice | None:
            question = self.latest(which)
            return world.people.delete(question) if question else None

        self.tell(delete, comes, pause)

    @rule(which=st.integers(0, 9), pause=PAUSE)
    def an_event_comes_late_or_again(self, which: int, pause: float) -> None:
        def come(world: World) -> None:
            if world.people.notices:
                notice = world.people.notices[-1 - which % len(world.people.notices)]
                notice.held = False
                world.deliver(notice)

        self.do(come, pause)

    @rule(pieces=st.integers(1, 3), pause=PAUSE)
    def the_model_says_more(self, pieces: int, pause: float) -> None:
        self.do(lambda world: world.speaker.release(pieces), pause)

    @rule(ending=st.sampled_from(Ending), pause=PAUSE)
    def the_model_ends(self, ending: Ending, pause: float) -> None:
        self.do(lambda world: world.speaker.end(ending), pause)

    @rule(ending=st.sampled_from(Ending), pieces=st.integers(0, 4), words=st.sampled_from([2, 12, 40]))
    def the_model_will_end(self, ending: Ending, pieces: int, words: int) -> None:
        self.do(lambda world: world.speaker.plans.append(Plan(ending, pieces, words)), 0.0)

    @rule(held=st.booleans(), unreachable=st.sampled_from([0, 0, 0, 1, 2]), pause=PAUSE)
    def the_model_takes_its_time(self, held: bool, unreachable: int, pause: float) -> None:
        def hold(world: World) -> None:
            world.speaker.hold(held=held)
            world.speaker.unreachable = unreachable

        self.do(hold, pause)

    @rule(request=REQUEST, mood=MOOD, times=st.integers(1, 4))
    def the_platform_will_fail(self, request: str, mood: Mood, times: int) -> None:
        self.do(lambda world: world.stage.fail(request, mood, times), 0.0)

    @rule(mood=st.sampled_from([Mood.RETRY, Mood.LOST]), seconds=st.sampled_from([5.0, 60.0, 300.0, 1200.0]))
    def the_platform_is_away(self, mood: Mood, seconds: float) -> None:
        self.do(lambda world: world.stage.be_away(seconds, mood), 0.0)

    @rule(times=st.integers(1, 4), late=st.booleans())
    def the_store_will_fail(self, times: int, late: bool) -> None:
        def fail(world: World) -> None:
            world.disk.failing, world.disk.is_late = times, late

        self.do(fail, 0.0)

    @rule(points=st.integers(0, 25), pause=PAUSE, is_back=st.booleans())
    def the_process_crashes(self, points: int, pause: float, is_back: bool) -> None:
        def crash(world: World) -> None:
            world.is_supervised = is_back
            world.crash(points)

        self.do(crash, pause)

    @rule(pause=PAUSE, is_back=st.booleans())
    def the_process_is_asked_to_end(self, pause: float, is_back: bool) -> None:
        def end(world: World) -> None:
            world.is_supervised = is_back
            if world.process is not None:
                world.process.terminate()

        self.do(end, pause)

    @rule(pause=PAUSE)
    def the_process_is_started_again(self, pause: float) -> None:
        def start(world: World) -> None:
            world.is_supervised = True

        self.do(start, pause)

    @rule(seconds=st.sampled_from([2.0, 30.0, 200.0, 1000.0]))
    def time_passes(self, seconds: float) -> None:
        self.do(lambda _: None, seconds)

    @rule(thread=THREAD, which=LATEST, what=st.integers(0, 4), pause=PAUSE)
    def something_goes_away(self, thread: str, which: int, what: int, pause: float) -> None:
        """A moderator removes a message, or, seldom, a channel closes."""

        def go(world: World) -> None:
            standing = list(world.stage.messages)
            if what == 0:
                world.stage.closed.add(f"c{thread[1:]}")
                world.deliver(world.people.close(thread))
            elif standing:
                world.stage.remove(standing[-1 - which % len(standing)])

        self.do(go, pause)

    @invariant()
    def nothing_is_wrong(self) -> None:
        if self.world is not None:
            assert (wrong := wrongs_now(self.world)) == [], self.told(wrong)

    def latest(self, which: int, of: set[Kind] | None = None) -> Question | None:
        """One of the latest messages that still stand."""
        assert self.world is not None
        found = [
            one
            for one in self.world.people.questions
            if not one.is_deleted and one.kind in (of or set(Kind)) and one.event.opener is None
        ]
        return found[-1 - which % len(found)] if found else None

    def tell(self, write: Callable[[World], Notice | None], comes: str, pause: float) -> None:
        """Something happens on the platform, of which it tells now, twice, or later."""

        def happen(world: World) -> None:
            notice = write(world)
            if notice is None:
                return
            notice.held = comes == "late"
            for _ in range({"now": 1, "twice": 2, "late": 0}[comes]):
                world.deliver(notice)

        self.do(happen, pause)

    def do(self, what: Callable[[World], object], pause: float) -> None:
        assert self.world is not None
        self.is_sound = False
        what(self.world)
        self.world.pass_time(pause)
        self.is_sound = True

    def told(self, wrong: list[str]) -> str:
        assert self.world is not None
        self.is_sound = False
        return "\n".join([*wrong, "", *self.world.log])

    def teardown(self) -> None:
        with self.stack:
            if self.world is not None and self.is_sound:
                self.world.finish()
                assert (wrong := Judge(self.world).wrongs()) == [], self.told(wrong)
                self.world.end()
                assert (wrong := wrongs_now(self.world)) == [], self.told(wrong)


class AnythingOnDisk(Anything):
    """The same on the store that the product ships with."""

    on_disk = True


def run(machine: type[Anything], examples: int, *, number: int | None = None) -> None:
    """Try so many stories: always the same ones, or those of a number. Raises for what is wrong."""
    if number is not None:
        machine = seed(number)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=number is None,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )


def main() -> int:
    """0 when nothing was wrong for so many minutes."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.stateful", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1, help="that of the first round")
    parser.add_argument("--disk", action="store_true", help="on the store that the product ships with")
    options = parser.parse_args()
    until, number, stories = time.monotonic() + options.minutes * 60, options.seed, 0
    while time.monotonic() < until:
        run(AnythingOnDisk if options.disk else Anything, 100, number=number)
        number, stories = number + 1, stories + 100
    sys.stdout.write(f"{stories} stories, seeds {options.seed} to {number - 1}: nothing is wrong\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
