"""The judge sees what is lost, said twice, half said, left standing, out of order, or never asked for."""

from dataclasses import replace

import pytest

from tests.faults.judge import Outcome, Question, Verdict, fate, fates, judge, sorted_out
from tests.faults.plan import script
from tests.faults.stages import ALONE, Shown

ANSWER = "Q00000 has 1 of 2 parts here. Q00000 has 2 of 2 parts here."
HALF = "Q00000 has 1 of 2 parts here. Q000"
NOTICE = "The model is busy right now. Please try again in a minute."
EDITED = "Q00000b has 1 of 1 parts here."
NEXT_ANSWER = "Q00001 has 1 of 1 parts here."
QUESTION = Question("Q00000", 0, 10.0, ANSWER, "thread")
REWORDED = replace(QUESTION, answer=EDITED, since=15.0)
DELETED = replace(QUESTION, is_deleted=True, since=15.0)
NEXT = Question("Q00001", 0, 20.0, NEXT_ANSWER, "thread")
KEPT = Verdict(events=1, once=1)


def shown(text: str, *, at: float = 11.0, place: int = 0, gone_at: float | None = None) -> Shown:
    return Shown(place, ((at, text),), gone_at)


def judged(*messages: Shown, question: Question = QUESTION, notices: bool = False) -> Verdict:
    return both_judged(*messages, questions=(question,), notices=notices)


def both_judged(
    *messages: Shown, questions: tuple[Question, ...] = (QUESTION, NEXT), notices: bool = False
) -> Verdict:
    mine, stray = sorted_out(questions, messages)
    return judge(questions, fates(questions, mine, lambda _question: notices), len(stray))


def test_a_whole_answer() -> None:
    assert judged(shown(ANSWER)) == KEPT
    assert KEPT.kept


def test_a_whole_answer_in_two_messages() -> None:
    assert judged(shown(ANSWER[:29]), shown(ANSWER[30:])) == KEPT


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
def test_a_notice_counts_only_where_it_is_due(text: str) -> None:
    assert judged(shown(text), notices=True) == Verdict(events=1, noticed=1)
    assert judged(shown(text)).lost == 1


def test_a_notice_below_the_whole_answer_is_one_too_many() -> None:
    assert judged(shown(ANSWER), shown(NOTICE), notices=True) == Verdict(events=1, repeated=1)


def test_what_stands_somewhere_else_answers_nothing() -> None:
    assert judged(shown(ANSWER, place=ALONE)) == Verdict(events=1, lost=1, repeated=1)
    assert judged(shown(NOTICE, at=9.0)) == Verdict(events=1, lost=1, repeated=1)


def test_a_message_without_an_id_belongs_to_the_first_that_waits_else_to_the_newest() -> None:
    late = shown(NOTICE, at=21.0)
    mine, stray = sorted_out([QUESTION, NEXT], [shown(ANSWER), late])
    assert (mine["Q00001"], stray) == ([late], [])
    mine, stray = sorted_out([QUESTION, NEXT], [late])
    assert (mine["Q00000"], stray) == ([late], [])
    mine, stray = sorted_out([QUESTION, NEXT], [shown(ANSWER), shown(NEXT_ANSWER, at=20.5), late])
    assert (mine["Q00001"][1], stray) == (late, [])


def test_a_message_without_an_id_belongs_to_its_thread() -> None:
    elsewhere = replace(NEXT, thread="another")
    late = Shown(0, ((21.0, NOTICE),), thread="another")
    mine, stray = sorted_out([QUESTION, elsewhere], [late])
    assert (mine["Q00001"], stray) == ([late], [])


@pytest.mark.parametrize("gone", [shown(ANSWER, gone_at=12.0), shown("*(removed)*")])
def test_what_was_taken_back_is_not_there(gone: Shown) -> None:
    assert judged(gone) == Verdict(events=1, lost=1)
    assert judged(shown(ANSWER), gone, question=QUESTION).once == 1


def test_a_repeat_that_was_taken_away_again_is_compensated() -> None:
    assert judged(shown(ANSWER), shown(HALF, gone_at=12.0)) == replace(KEPT, compensated=1)


def test_what_was_taken_away_before_it_was_said_again_is_no_repeat() -> None:
    assert judged(shown(ANSWER, at=13.0), shown(HALF, gone_at=12.0)) == KEPT
    assert judged(shown(ANSWER[:29]), shown(ANSWER[30:]), shown("Something else.", gone_at=12.0)) == KEPT


def test_the_answer_to_the_newest_words() -> None:
    assert judged(Shown(0, ((11.0, ANSWER), (16.0, EDITED))), question=REWORDED) == KEPT
    assert judged(shown(EDITED, at=16.0), question=REWORDED) == KEPT


def test_the_answer_to_older_words() -> None:
    assert judged(shown(ANSWER), question=REWORDED) == Verdict(events=1, lost=1, cut=1)


def test_answers_to_both_words() -> None:
    messages = (shown(ANSWER), shown(EDITED, at=16.0))
    assert judged(*messages, question=REWORDED) == Verdict(events=1, repeated=1, cut=1)


def test_nothing_is_left_of_a_deleted_question() -> None:
    assert judged(question=DELETED) == Verdict(events=1, taken_back=1)
    assert judged(shown(ANSWER, gone_at=16.0), question=DELETED) == Verdict(events=1, taken_back=1)
    emptied = Shown(0, ((11.0, ANSWER), (16.0, "*(removed)*")))
    assert judged(emptied, question=DELETED) == Verdict(events=1, taken_back=1)


@pytest.mark.parametrize("text", [ANSWER, HALF, NOTICE])
def test_what_is_left_of_a_deleted_question(text: str) -> None:
    verdict = judged(shown(text), shown(ANSWER, gone_at=16.0), question=DELETED, notices=True)
    assert verdict == Verdict(events=1, left=1)
    assert not verdict.kept


def test_answers_to_several_questions_in_one_message() -> None:
    first = Shown(0, ((11.0, ANSWER), (21.0, f"{ANSWER}\n\n{NEXT_ANSWER}")))
    assert both_judged(first) == Verdict(events=2, once=2)
    half = shown(f"{ANSWER}\n\nQ00001 has 1 of", at=21.0)
    assert both_judged(half) == Verdict(events=2, once=1, lost=1, cut=1)
    over = Shown(0, ((11.0, ANSWER), (21.0, NEXT_ANSWER)))
    assert both_judged(over).lost == 1
    twice = (shown(ANSWER), shown(f"{ANSWER}\n\n{NEXT_ANSWER}", at=21.0))
    assert both_judged(*twice) == Verdict(events=2, once=1, repeated=1)


def test_one_notice_for_all_that_its_person_had_asked() -> None:
    late, early = shown(NOTICE, at=21.0), shown(NOTICE, at=19.0)
    assert both_judged(late, notices=True) == Verdict(events=2, noticed=2)
    assert both_judged(early, notices=True) == Verdict(events=2, noticed=1, lost=1)
    somebody_else = (QUESTION, replace(NEXT, person=1))
    assert both_judged(late, questions=somebody_else, notices=True) == Verdict(events=2, noticed=1, lost=1)


def test_answers_in_the_order_of_the_questions() -> None:
    in_order = (shown(ANSWER, at=21.0), shown(NEXT_ANSWER, at=22.0))
    assert both_judged(*in_order) == Verdict(events=2, once=2)
    turned = (shown(NEXT_ANSWER, at=21.0), shown(ANSWER, at=22.0))
    assert both_judged(*turned) == Verdict(events=2, once=2, breaks=1)


def test_different_threads_have_no_order() -> None:
    turned = (shown(NEXT_ANSWER, at=21.0), shown(ANSWER, at=22.0))
    elsewhere = replace(NEXT, thread="another")
    assert both_judged(*turned, questions=(QUESTION, elsewhere)).breaks == 0


def test_an_edit_that_changes_nothing_does_not_move_the_end() -> None:
    edited = Shown(0, ((11.0, HALF), (12.0, ANSWER), (13.0, ANSWER)))
    found = fate(QUESTION, [edited], notices=False)
    assert (found.outcome, found.at, found.begun_at) == (Outcome.WHOLE, 12.0, 11.0)


@pytest.mark.parametrize("count", ["lost", "repeated", "cut", "left"])
def test_each_of_these_breaks_the_promise(count: str) -> None:
    assert not Verdict(events=1, **{count: 1}).kept


def test_verdicts_add_up() -> None:
    one = Verdict(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    assert one + one == Verdict(2, 4, 6, 8, 10, 12, 14, 16, 18, 20)


def test_the_script_is_the_same_for_the_same_seed_and_has_all_lengths() -> None:
    scripts = [script(3, f"Q00{number:03}") for number in range(60)]
    assert scripts == [script(3, f"Q00{number:03}") for number in range(60)]
    assert max(len(each.text) for each in scripts) > 2000
    assert {each.delay_s > 0 for each in scripts} == {True, False}
