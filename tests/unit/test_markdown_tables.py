"""A table as aligned text, for a platform that draws none."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.markdown.clusters import width
from core.markdown.tables import aligned, table_rows
from core.markdown.tree import parse

CELLS = st.text(st.sampled_from("ab 日本👍🏽é́-"), max_size=30).map(lambda text: " ".join(text.split()))


def test_rows_are_the_words_of_the_cells_with_the_header_first() -> None:
    text = "| **Name** | `x` |\n|---|:-:|\n| [Cusco](https://example.org) | a\\|b |\n| only |"
    assert table_rows(parse(text).children[0]) == (("Name", "x"), ("Cusco", "a|b"), ("only", ""))


def test_a_table_without_rows_has_its_header() -> None:
    assert table_rows(parse("| a |\n|---|").children[0]) == (("a",),)
    assert aligned([("a",)]) == "a\n-"
    assert aligned([]) == ""


def test_columns_are_even() -> None:
    assert aligned([("Name", "Size"), ("Cusco", "1"), ("Quito",)]) == (
        "Name  | Size\n------+-----\nCusco | 1\nQuito |"
    )


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本", 4),
        ("👍🏽", 2),
        ("👩‍👩‍👧‍👦", 2),
        ("🇵🇪", 2),
        ("é", 1),
        ("❤️", 2),
        ("", 0),
        ("한국", 4),
        ("\u200b", 0),
    ],
)
def test_width_counts_columns(text: str, columns: int) -> None:
    assert width(text) == columns


def test_east_asian_text_and_emoji_count_two_columns() -> None:
    lines = aligned([("日本", "a"), ("👍🏽", "b"), ("é", "c")]).split("\n")
    assert [width(line.rsplit("|", 1)[0]) for line in lines if "|" in line] == [5, 5, 5]


def test_a_wide_cell_goes_on_below() -> None:
    assert aligned([("Name", "Note"), ("Cusco", "a long note on it")], 20) == (
        "Name  | Note\n------+-------------\nCusco | a long note\n      | on it"
    )


def test_too_many_columns_become_a_list() -> None:
    rows = [("alpha", "bravo", "gamma"), ("1" * 9, "2" * 9, "3" * 9), ("4", "5", "6")]
    assert aligned(rows, 20) == (
        "alpha: 111111111\nbravo: 222222222\ngamma: 333333333\n\nalpha: 4\nbravo: 5\ngamma: 6"
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5), st.integers(30, 60))
def test_no_line_is_wider_than_allowed_and_no_word_is_lost(rows: list[list[str]], most: int) -> None:
    text = aligned(rows, most)
    assert all(width(line) <= most for line in text.split("\n"))
    kept = Counter("".join(text.split()))
    written = Counter("".join(cell for row in rows for cell in row).replace(" ", ""))
    assert all(kept[char] >= count for char, count in written.items())
