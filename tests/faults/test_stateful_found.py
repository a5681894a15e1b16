"""What the stories of anything in any order have found: each told by itself, and judged like them."""

from collections.abc import Callable, Iterator

import pytest

from core import phrases
from tests.faults.stateful_judge import Judge
from tests.faults.stateful_model import Ending, Plan
from tests.faults.stateful_people import PEOPLE, Kind, Question
from tests.faults.stateful_platform import Mood
from tests.faults.stateful_world import Manner, World, a_world

ADA = PEOPLE[0]
HELD_S = 15.0


@pytest.fixture
def world() -> Iterator[World]:
    with a_world(Manner()) as made:
        made.start()
        made.pass_time(1.0)
        yield made


def say(world: World, text: str = "", thread: str = "t1") -> Question:
    """Ada writes, and the product takes it."""
    kind = Kind.COMMAND if text else Kind.QUESTION
    notice = world.people.write(thread, ADA, kind, text=text)
    world.deliver(notice)
    world.pass_time(2.0)
    assert notice.is_acknowledged
    assert notice.question is not None
    return notice.question


def delete(world: World, question: Question) -> None:
    world.deliver(world.people.delete(question))
    world.pass_time(2.0)


def edit(world: World, question: Question) -> None:
    world.deliver(world.people.edit(question, now_asks=True))
    world.pass_time(2.0)


def ends_well(world: World) -> None:
    world.finish()
    assert Judge(world).wrongs() == []


def screen(world: World) -> list[str]:
    return [shown.text for shown in world.stage.messages.values()]


def test_a_stop_that_is_deleted_before_its_turn_comes_stops_nothing_later(world: World) -> None:
    world.speaker.held = True
    say(world)
    world.speaker.release(1)
    world.pass_time(HELD_S)
    world.stage.fail("edit", Mood.SLOW, 1)
    stop = say(world, "/stop")
    delete(world, stop)
    world.finish()
    say(world, "/stop")
    ends_well(world)
    assert screen(world)[-1] == phrases.NOTHING_TO_STOP


def test_what_is_deleted_while_a_later_question_waits_for_a_slot_is_not_sent(world: World) -> None:
    first = say(world)
    world.pass_time(HELD_S)
    world.speaker.held = True
    for thread in ("t2", "t3", "t1"):
        say(world, thread=thread)
    assert len(world.speaker.open) == 2
    delete(world, first)
    world.pass_time(HELD_S)
    ends_well(world)
    assert first.marker not in world.speaker.calls[-1].read


def test_a_message_that_could_not_be_edited_goes_with_its_question(world: World) -> None:
    world.stage.fail("edit", Mood.REJECTED, 3)
    question = say(world)
    world.pass_time(HELD_S)
    assert len(screen(world)) == 1
    delete(world, question)
    ends_well(world)
    assert screen(world) == []


def test_an_answer_that_ends_without_a_word_behind_a_tool_says_so(world: World) -> None:
    world.speaker.plans.extend([Plan(Ending.TOOL, 1), Plan(Ending.WHOLE, 0)])
    say(world)
    world.pass_time(HELD_S)
    ends_well(world)
    assert screen(world)[0].endswith(phrases.NOTHING_MORE)


def test_a_message_that_may_not_be_taken_away_is_noted_as_such(world: World) -> None:
    question = say(world)
    world.pass_time(HELD_S)
    for request in ("delete", "edit"):
        world.stage.fail(request, Mood.REJECTED, 1)
    delete(world, question)
    ends_well(world)
    assert len(screen(world)) == 1
    assert [post.state for post in world.rows().posts] == ["rejected"]


@pytest.mark.parametrize("change", [delete, edit])
def test_a_change_that_was_stored_behind_an_error_is_carried_out(
    world: World, change: Callable[[World, Question], None]
) -> None:
    """Its next delivery changes nothing, but somebody has to look at what it left."""
    question = say(world)
    world.pass_time(HELD_S)
    world.disk.failing, world.disk.is_late = 1, True
    change(world, question)
    assert not world.people.notices[-1].is_acknowledged
    ends_well(world)
    assert not world.rows().turns["turn1"].wish
