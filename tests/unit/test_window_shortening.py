"""Texts made shorter, and room divided among them."""

from hypothesis import given
from hypothesis import strategies as st

from core.shortening import clip, shares
from core.window import ROUGH, Counter
from tests.unit.rows import WORDS, Counting

COUNTERS = st.sampled_from([ROUGH, Counting()])


@given(WORDS, st.integers(-5, 3_000), COUNTERS)
def test_a_clipped_text_fits_and_a_fitting_one_is_not_touched(
    text: str, tokens: int, counter: Counter
) -> None:
    short = clip(text, tokens, counter)
    if counter.text(text) <= tokens:
        assert short == text
    else:
        assert short == "" or counter.text(short) <= tokens


@given(st.integers(40, 2_000), COUNTERS)
def test_a_clipped_text_uses_its_room_and_says_what_is_missing(tokens: int, counter: Counter) -> None:
    text = "FIRST " + "слово word 词 🦙 " * 2_000 + "LAST"
    short = clip(text, tokens, counter)
    assert counter.text(short) > tokens // 2
    assert short.startswith("FIRST")
    assert short.endswith("LAST")
    missing = int(short.split("[... ")[1].split(" ")[0])
    note = f"\n[... {missing} characters left out ...]\n"
    assert len(short) - len(note) + missing == len(text)


@given(st.lists(st.integers(0, 5_000), max_size=8), st.integers(-10, 10_000))
def test_shares_are_fair_and_never_more_than_there_is(weights: list[int], room: int) -> None:
    given_out = shares(weights, room)
    assert sum(given_out) <= max(room, 0)
    assert all(0 <= got <= wanted for got, wanted in zip(given_out, weights, strict=True))
    wanting = [got for got, wanted in zip(given_out, weights, strict=True) if got < wanted]
    # Who gets less than wanted gets as much as anybody, but for what cannot be divided.
    assert all(got >= max(given_out) - len(weights) for got in wanting)
    if sum(weights) <= room:
        assert given_out == weights
