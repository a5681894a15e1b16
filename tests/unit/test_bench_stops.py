"""What the bench says of answers that were stopped, and of those that were not."""

from dataclasses import replace

import pytest

from tests.bench.figures import Row, Shown, cut_short
from tests.bench.stages import Question, Way, question_above
from tests.bench.stops import Attempt, Stopped, Traces, judge
from tests.emulators.model import Call
from tests.emulators.model_script import Ask

EXPECTED = "Caravans rest here.\n\n- **rope** and wool\n- salt"
MARKED = "Caravans rest here.\n\n- **rope** an\n\n*(stopped)*"
CLOSED = Call(Ask({}, ""), 99.0, 99.3, 100.02, disconnected=True)
GROWN = (Shown(99.4, "a", "Caravans"), Shown(100.05, "a", MARKED))
TOLD = Shown(100.1, "b", "Stopped.")
GOOD = {
    Way.BUTTON: Traces([CLOSED], GROWN, [], has_button=False),
    Way.COMMAND: Traces([CLOSED], GROWN, [], has_button=False),
    Way.TYPED: Traces([CLOSED], (*GROWN, TOLD), [], has_button=False),
    Way.DELETION: Traces([CLOSED], (), [100.03, 100.05], has_button=False),
}


def attempt(way: Way, sent_at: float | None = 100.0) -> Attempt:
    return Attempt(Question("1", 0, 99.0, "asked", EXPECTED), way, sent_at)


@pytest.mark.parametrize("way", Way)
def test_it_took_from_the_event_to_the_closed_stream_and_to_the_end_that_people_see(way: Way) -> None:
    found = judge(attempt(way), GOOD[way])
    assert isinstance(found, Stopped)
    assert found.to_closed == pytest.approx(0.02)
    assert found.to_seen == pytest.approx(0.05)


@pytest.mark.parametrize("way", Way)
def test_a_stop_that_stops_nothing_is_named(way: Way) -> None:
    whole = replace(CLOSED, disconnected=False)
    still = replace(CLOSED, disconnected=False, ended_at=None)
    assert judge(attempt(way, None), GOOD[way]) == "there was no growing answer to stop"
    assert judge(attempt(way), replace(GOOD[way], calls=[whole])) == "the model's stream was not closed"
    assert judge(attempt(way), replace(GOOD[way], calls=[still])) == "the model's stream was not closed"
    assert judge(attempt(way), replace(GOOD[way], calls=[CLOSED, whole])) == "the model was asked 2 times"


@pytest.mark.parametrize(
    ("way", "shown", "fault"),
    [
        (Way.BUTTON, (), "nothing stands there"),
        (Way.BUTTON, GROWN[:1], "it ends with 'Caravans' and not with '*(stopped)*'"),
        (Way.BUTTON, (*GROWN, TOLD), "behind the answer stands ['Stopped.'] instead of []"),
        (Way.TYPED, GROWN, "behind the answer stands [] instead of ['Stopped.']"),
        (Way.DELETION, GROWN, "1 messages were not taken away"),
    ],
)
def test_what_is_left_standing_is_named(way: Way, shown: tuple[Shown, ...], fault: str) -> None:
    assert judge(attempt(way), replace(GOOD[way], shown=shown)) == fault


def test_a_button_that_stays_and_an_end_that_nobody_saw_are_named() -> None:
    assert (
        judge(attempt(Way.BUTTON), replace(GOOD[Way.BUTTON], has_button=True)) == "its button is still there"
    )
    assert judge(attempt(Way.DELETION), replace(GOOD[Way.DELETION], removed=[])) == "its end was never seen"


def test_what_stands_before_the_mark_is_a_beginning() -> None:
    assert cut_short(EXPECTED, MARKED, "*(stopped)*") == ""
    assert cut_short(EXPECTED, "*(stopped)*", "*(stopped)*") == "only the mark is left"
    assert cut_short(EXPECTED, "rest here *(stopped)*", "*(stopped)*")


def test_a_message_belongs_to_the_newest_question_above_it() -> None:
    discord = ["1438080000000000001", "1438080000000000003"]
    assert question_above("1438080000000000002", discord) == discord[0]
    assert question_above("1438080000000000004", discord) == discord[1]
    assert question_above("1438080000000000001", discord) is None
    assert question_above("1763800000.000002", ["1763800000.000001"]) == "1763800000.000001"


def test_a_goal_is_kept_by_so_many() -> None:
    assert Row("Slack", "cancelled", "ms", (12.0, 200.0, 201.0), 200).within == 2
    assert Row("Slack", "cancelled", "ms", (12.0,)).within is None
