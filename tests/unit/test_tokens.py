"""The guess of tokens against true counts."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tokens import SAFETY, Vocabulary, estimate
from tests.bench.token_samples import Sample, samples

SAMPLES = samples()


def named(sample: Sample) -> str:
    return sample.name


def test_the_samples_are_of_many_kinds_and_languages() -> None:
    assert len(SAMPLES) >= 80
    assert len({one.name for one in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_with_the_safety_factor_no_guess_is_too_few(sample: Sample) -> None:
    assert estimate(sample.text) * SAFETY >= sample.most


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_no_guess_is_twice_the_larger_count(sample: Sample) -> None:
    assert estimate(sample.text) <= 2 * sample.most


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_llama_4_has_weights_of_its_own(sample: Sample) -> None:
    guess = estimate(sample.text, Vocabulary.LLAMA_4)
    assert sample.llama4 <= guess * SAFETY
    assert guess <= 2 * sample.llama4


def test_the_usual_error_is_small() -> None:
    ratios = sorted(estimate(one.text) / one.most for one in SAMPLES)
    assert 1.0 <= ratios[len(ratios) // 2] <= 1.25
    assert ratios[len(ratios) // 20] >= 0.93


def test_english_and_code_are_not_counted_as_foreign() -> None:
    by_name = {one.name: one for one in SAMPLES}
    for name in ("english prose", "python code", "typescript code", "c code"):
        assert estimate(by_name[name].text) <= 1.3 * by_name[name].most, name


def test_english_does_not_make_another_language_cheap() -> None:
    by_name = {one.name: one for one in SAMPLES}
    english, finnish = by_name["english prose"], by_name["finnish prose"]
    mixed = "\n".join([english.text] * 4 + [finnish.text] * 4) * 5
    assert estimate(mixed) * SAFETY >= 20 * (english.most + finnish.most)


def test_an_empty_text_is_next_to_nothing() -> None:
    assert estimate("") == 1


@pytest.mark.parametrize(
    "text", ["\ud800", "a\udfffb" * 100, "\x00\x01\x7f", "\u2028\u0085\ufeff", "🦙" * 1000]
)
def test_odd_characters_are_counted_like_others(text: str) -> None:
    assert 1 < estimate(text) <= 1 + 4 * len(text)


@given(st.text())
def test_any_text_has_a_guess_within_reason(text: str) -> None:
    assert 1 <= estimate(text) <= 2 + 6 * len(text)


@given(st.sampled_from(SAMPLES), st.integers(1, 40))
def test_a_text_repeated_counts_for_as_many(sample: Sample, times: int) -> None:
    once = estimate(sample.text + "\n")
    assert 0.7 * times * once - 40 <= estimate((sample.text + "\n") * times) <= 1.4 * times * once + 40


def test_a_long_text_takes_milliseconds() -> None:
    text = "".join(f"{one.text}\n" for one in SAMPLES)
    text = (text * (1 + 100_000 // len(text)))[:100_000]
    best = sys.float_info.max
    for _ in range(5):
        start = time.perf_counter()
        estimate(text)
        best = min(best, time.perf_counter() - start)
    assert best < 0.1
