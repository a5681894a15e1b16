"""The bench's own arithmetic: a wrong yardstick is worse than none."""

import pytest

from tests.bench.figures import Answered, Shown, difference, judge, percentile, spread
from tests.bench.texts import about, answer, answer_to, question

TEXT = "Caravans rest here.\n\n- **rope** and wool\n- salt"


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(number) for number in range(20, 0, -1)]
    assert percentile(values, 0.95) == 19
    assert percentile(values, 1.0) == 20
    assert percentile([7.0], 0.95) == 7
    seen = spread([3.0, 1.0, 2.0, 10.0])
    assert (seen.median, seen.p95, seen.largest, seen.count) == (2.5, 10.0, 10.0, 4)


def test_times_are_taken_apart() -> None:
    answered = Answered(
        sent_at=100.0,
        model_asked_at=100.02,
        model_first_at=100.33,
        model_ended_at=106.0,
        first_at=100.35,
        whole_at=106.5,
    )
    assert answered.added_before_first(0.3) == pytest.approx(0.05)
    assert answered.before_the_model == pytest.approx(0.02)
    assert answered.first_token_to_seen == pytest.approx(0.02)
    assert answered.end_to_whole == pytest.approx(0.5)


def test_a_placeholder_is_no_word() -> None:
    shown = [Shown(1.0, "a", "Thinking ..."), Shown(2.0, "a", "Cara"), Shown(3.0, "a", TEXT)]
    verdict = judge(TEXT, shown)
    assert (verdict.first_at, verdict.whole_at, verdict.fault) == (2.0, 3.0, "")


def test_the_whole_is_seen_when_its_last_message_is() -> None:
    shown = [
        Shown(1.0, "a", "Caravans"),
        Shown(2.0, "a", "Caravans rest here."),
        Shown(5.0, "b", "• *rope* and wool\n• salt"),
        Shown(3.0, "b", "• *rope*"),
    ]
    verdict = judge(TEXT, shown)
    assert (verdict.first_at, verdict.whole_at, verdict.fault) == (1.0, 5.0, "")


@pytest.mark.parametrize(
    ("standing", "fault"),
    [
        ([], "no answer"),
        ([TEXT, TEXT], "7 words too many after the end"),
        (["Caravans rest here. rope"], "3 of 7 words are missing at the end"),
        (["Caravans wrest here. rope and wool salt"], "word 2 is 'wrest' instead of 'rest'"),
        ([TEXT, "Thinking"], "1 words too many after the end"),
    ],
)
def test_wrong_answers_are_named(standing: list[str], fault: str) -> None:
    shown = [Shown(float(place), str(place), text) for place, text in enumerate(standing)]
    assert judge(TEXT, shown).fault == fault


def test_an_answer_that_is_spoilt_later_is_wrong() -> None:
    shown = [Shown(1.0, "a", TEXT), Shown(2.0, "a", "Caravans")]
    verdict = judge(TEXT, shown)
    assert verdict.whole_at is None
    assert verdict.fault


def test_texts_follow_from_their_seed_and_have_the_length() -> None:
    for length in (900, 3000, 6000):
        text = answer_to(f"Ada: {question(17, length)}")
        assert text == answer(17, length)
        assert abs(len(text) - length) < 15
    assert answer(17, 900) != answer(18, 900)
    assert difference(answer(17, 900), answer(18, 900))
    with pytest.raises(ValueError, match="not a question"):
        answer_to("hello")


def test_lengths_are_spread_evenly_around_the_wanted_one() -> None:
    lengths = [about(number, 900) for number in range(100)]
    assert sum(lengths) / len(lengths) == pytest.approx(900, abs=5)
    assert min(lengths) == pytest.approx(740, abs=5)
    assert max(lengths) == pytest.approx(1060, abs=5)
