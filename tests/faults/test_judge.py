"""The judge sees what is lost, said twice, left half said, or none of what was asked."""

import pytest

from tests.faults.judge import Question, Verdict, fate, judge, sorted_out
from tests.faults.plan import script
from tests.faults.stages import ALONE, Shown

ANSWER = "Q00000 has 1 of 2 parts here. Q00000 has 2 of 2 parts here."
HALF = "Q00000 has 1 of 2 parts here. Q000"
NOTICE = "The model is busy right now. Please try again in a minute."
QUESTION = Question("Q00000", 0, 10.0, ANSWER)
NEXT = Question("Q00001", 0, 20.0, "Q00001 has 1 of 1 parts here.")


def shown(text: str, *, at: float = 11.0, place: int = 0) -> Shown:
    return Shown(place, ((at, text),))


def judged(*messages: Shown, notices: bool = False, deleted: int = 0) -> Verdict:
    mine, stray = sorted_out([QUESTION], messages)
    return judge([fate(QUESTION, mine["Q00000"], notices=notices)], len(stray), deleted)


def test_a_whole_answer() -> None:
    assert judged(shown(ANSWER)) == Verdict(events=1, once=1)


def test_a_whole_answer_in_two_messages() -> None:
    assert judged(shown(ANSWER[:29]), shown(ANSWER[30:])) == Verdict(events=1, once=1)


def test_silence() -> None:
    assert judged() == Verdict(events=1, lost=1)


def test_said_twice() -> None:
    assert judged(shown(ANSWER), shown(ANSWER)) == Verdict(events=1, repeated=1)


@pytest.mark.parametrize("messages", [(HALF, ANSWER), (ANSWER, HALF)])
def test_a_half_beside_the_whole(messages: tuple[str, str]) -> None:
    assert judged(*map(shown, messages)) == Verdict(events=1, repeated=1, cut=1)


@pytest.mark.parametrize("notices", [False, True])
def test_half_an_answer(notices: bool) -> None:
    assert judged(shown(HALF), notices=notices) == Verdict(events=1, lost=1, cut=1)


@pytest.mark.parametrize("text", [NOTICE, f"{HALF}\n\n(The answer was cut off here. {NOTICE})"])
def test_a_notice_counts_only_where_the_model_failed(text: str) -> None:
    assert judged(shown(text), notices=True) == Verdict(events=1, noticed=1)
    assert judged(shown(text)).lost == 1


def test_a_notice_below_the_whole_answer_is_one_too_many() -> None:
    assert judged(shown(ANSWER), shown(NOTICE), notices=True) == Verdict(events=1, repeated=1)


def test_what_stands_somewhere_else_answers_nothing() -> None:
    assert judged(shown(ANSWER, place=ALONE)) == Verdict(events=1, lost=1, repeated=1)
    assert judged(shown(NOTICE, at=9.0)) == Verdict(events=1, lost=1, repeated=1)


def test_a_message_without_an_id_belongs_to_the_newest_question_above() -> None:
    late = shown(NOTICE, at=21.0)
    mine, stray = sorted_out([QUESTION, NEXT], [shown(ANSWER), late])
    assert (mine["Q00001"], stray) == ([late], [])


def test_what_was_taken_back_is_counted() -> None:
    assert judged(shown(ANSWER), shown("(removed)"), deleted=1) == Verdict(events=1, once=1, compensated=1)


def test_an_edit_that_changes_nothing_does_not_move_the_end() -> None:
    edited = Shown(0, ((11.0, HALF), (12.0, ANSWER), (13.0, ANSWER)))
    assert fate(QUESTION, [edited], notices=False).whole_at == 12.0


def test_the_script_is_the_same_for_the_same_seed_and_has_all_lengths() -> None:
    scripts = [script(3, f"Q00{number:03}") for number in range(60)]
    assert scripts == [script(3, f"Q00{number:03}") for number in range(60)]
    assert max(len(each.text) for each in scripts) > 2000
    assert {each.delay_s > 0 for each in scripts} == {True, False}
