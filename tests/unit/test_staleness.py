"""What is too late, and who is told."""

from dataclasses import replace

from core.conversation.staleness import LINES, STALE_S, Staleness
from core.events import Asked
from core.storage import Turn, TurnState
from tests.questions import asked

NOW = 1_700_010_000.0


def turn(*ages: float, joined: tuple[float, ...] = (), revised_at: float = 0.0, thread: str = "t1") -> Turn:
    """A turn whose questions were sent so many seconds before the start."""
    questions = tuple(aged(age, thread) for age in ages)
    more = tuple(aged(age, thread) for age in joined)
    address = questions[0].address
    return Turn("turn", address, 1, 1, TurnState.RUNNING, questions, "q1", joined=more, revised_at=revised_at)


def aged(age: float, thread: str = "t1") -> Asked:
    return replace(asked("?", thread=thread), sent_at=NOW - age)


def started(*found: Turn) -> Staleness:
    staleness = Staleness()
    staleness.begin(NOW)
    staleness.found(tuple(one.address for one in found))
    return staleness


def test_the_limit_is_counted_from_the_start() -> None:
    old, young = turn(STALE_S + 1), turn(STALE_S - 1)
    assert started(old).is_stale(old)
    assert not started(young).is_stale(young)


def test_one_young_question_is_enough() -> None:
    old = STALE_S * 4
    for one in (turn(old, 10.0), turn(10.0, old), turn(old, joined=(10.0,)), turn(old, revised_at=NOW - 10)):
        assert not started(one).is_stale(one)
    all_old = turn(old, old, joined=(old,), revised_at=NOW - old)
    assert started(all_old).is_stale(all_old)


def test_what_comes_live_is_never_too_late() -> None:
    staleness = started()
    staleness.end()
    late = turn(STALE_S * 4)
    staleness.note(late.questions[0])
    assert not staleness.is_stale(late)


def test_nor_where_something_old_waits_and_the_clocks_differ() -> None:
    old, late = turn(STALE_S * 4), turn(STALE_S * 3)
    late = replace(late, questions=(replace(late.questions[0], key="live"),))
    both = replace(old, joined=late.questions)
    staleness = started(old)
    staleness.end()
    staleness.note(late.questions[0])
    assert [staleness.is_stale(one) for one in (old, late, both)] == [True, False, False]
    staleness.known(late.questions[0])
    assert staleness.is_stale(late)


def test_what_is_caught_up_with_is_judged() -> None:
    staleness = started()
    late, elsewhere = turn(STALE_S * 4), turn(STALE_S * 4, thread="t2")
    staleness.note(late.questions[0])
    assert staleness.is_stale(late)
    assert not staleness.is_stale(elsewhere)


def test_a_thread_that_is_settled_is_like_any_other() -> None:
    old = turn(STALE_S * 4)
    staleness = started(old)
    staleness.settled(old.address)
    assert not staleness.is_stale(old)


def test_one_line_for_a_thread_and_not_too_many() -> None:
    staleness = started()
    turns = [turn(1.0, thread=f"t{number}") for number in range(LINES + 10)]
    assert [staleness.may_tell(one) for one in turns] == [True] * LINES + [False] * 10
    assert not any(staleness.may_tell(replace(one, id="another")) for one in turns)


def test_a_turn_that_is_begun_anew_still_has_its_line() -> None:
    staleness = started()
    assert staleness.may_tell(turn(1.0))
    assert staleness.may_tell(turn(1.0))


def test_without_a_start_nothing_is_too_late() -> None:
    assert not Staleness().is_stale(turn(STALE_S * 1000))
