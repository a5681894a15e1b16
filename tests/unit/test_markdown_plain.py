"""What a notification or a title shows of a Markdown text."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.markdown.clusters import clusters
from core.markdown.plain import plain_text
from tests.unit.markdown_documents import documents

PROPERTY = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# The **road**\n\nto [Cusco](https://example.org)", "The road to Cusco"),
        ("- a\n- b `c`\n\n> d\n> e\\\nf", "a b c d e f"),
        ("```py\nx = 1\ny = 2\n```", "x = 1 y = 2"),
        ("| a | b |\n|---|---|\n| 1 | *2* |", "a b 1 2"),
        ("![a *llama*](https://example.org/x.png) &amp; \\*", "a llama & *"),
        ("<b>raw</b> text", "<b>raw</b> text"),
        ("A claim [1].\n\n[1]: https://example.org", "A claim [1]. [1]: https://example.org"),
        (" \n---\n ", ""),
    ],
)
def test_markup_is_gone_and_words_stay(markdown: str, plain: str) -> None:
    assert plain_text(markdown) == plain


@pytest.mark.parametrize(
    ("limit", "plain"),
    [
        (100, "Messengers ran in relays"),
        (24, "Messengers ran in relays"),
        (20, "Messengers ran in…"),
        (1, "…"),
    ],
)
def test_it_is_cut_after_a_word(limit: int, plain: str) -> None:
    assert plain_text("**Messengers** ran in relays", limit) == plain


def test_a_cut_never_breaks_a_character() -> None:
    family = "👩‍👩‍👧‍👦"
    for limit in range(1, 60):
        shown = plain_text(family * 20, limit)
        assert len(shown) <= limit
        assert set(clusters(shown.removesuffix("…"))) <= {family}


@PROPERTY
@given(documents(), st.integers(1, 200))
def test_it_is_one_line_within_the_limit(text: str, limit: int) -> None:
    shown = plain_text(text, limit)
    assert len(shown) <= limit
    assert "\n" not in shown
    assert "  " not in shown


def test_a_title_of_a_huge_text_is_made_at_once() -> None:
    began = time.perf_counter()
    assert plain_text("word " * 2_000_000, 40) == "word word word word word word word word…"
    assert time.perf_counter() - began < 1
