"""Long answers are cut into messages that stand on their own, and no word is lost."""

import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.markdown.plain import node_text
from core.markdown.segments import cut, segments
from core.markdown.tree import parse
from tests.unit.markdown_documents import documents, nodes, read_in_order, shown

PROPERTY = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def drawn(text: str) -> int:
    """A measure that draws: tables cost double, headings four more."""
    root = parse(text)
    tables = sum(len(node_text(node)) for node in root.walk() if node.type == "table")
    return len(text) + tables + 4 * sum(node.type == "heading" for node in root.walk())


def kept_whole(text: str) -> Counter[str]:
    """The links and code spans of a text."""
    links = [f"{node_text(node)} -> {node.attrGet('href')}" for node in nodes(text, "link")]
    return Counter([*links, *(f"`{node.content}`" for node in nodes(text, "code_inline"))])


def open_fences(text: str) -> list[str]:
    """Fences whose last line does not close them."""
    lines = text.split("\n")
    found = [(node.markup, lines[node.map[1] - 1]) for node in nodes(text, "fence") if node.map]
    return [last for markup, last in found if not last.strip(" >").startswith(markup)]


@PROPERTY
@given(documents(), st.sampled_from([200, 320, 500]))
def test_every_message_fits_and_reads_on_where_the_last_ended(text: str, limit: int) -> None:
    found = segments(text, limit, len)
    assert all(len(part) <= limit and part.strip() for part in found)
    assert read_in_order(found) == shown(text)


@PROPERTY
@given(documents(), st.sampled_from([200, 320, 500]))
def test_links_code_spans_and_fences_stay_whole(text: str, limit: int) -> None:
    found = segments(text, limit, len)
    assert sum((kept_whole(part) for part in found), Counter()) == kept_whole(text)
    assert not any(open_fences(part) for part in found)


@PROPERTY
@given(documents(), st.sampled_from([300, 500]))
def test_a_measure_that_draws_is_obeyed(text: str, limit: int) -> None:
    found = segments(text, limit, drawn)
    assert all(drawn(part) <= limit and part.strip() for part in found)
    assert read_in_order(found) == shown(text)


@PROPERTY
@given(documents(), st.sampled_from([40, 61, 100]))
def test_a_tiny_limit_may_tear_markup_but_loses_no_word(text: str, limit: int) -> None:
    found = segments(text, limit, len)
    assert all(len(part) <= limit and part.strip() for part in found)
    remaining = iter("".join(found))
    assert all(char in remaining for char in text if char.isalpha())


@PROPERTY
@given(documents(), st.lists(st.integers(1, 80), min_size=1, max_size=30), st.sampled_from([200, 500]))
def test_text_that_streams_in_is_cut_without_loss(text: str, sizes: list[int], limit: int) -> None:
    frozen, tail, position, turn = [], "", 0, 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        tail, position, turn = tail + text[position : position + size], position + size, turn + 1
        while (parted := cut(tail, limit, len)) is not None:
            frozen.append(parted.head)
            tail = parted.rest
    assert all(len(part) <= limit and part.strip() for part in frozen)
    remaining = iter("".join(shown(part) for part in (*frozen, tail)))
    assert all(char in remaining for char in shown(text))


@pytest.mark.parametrize(
    "begun", ["**a bold", "`some code", "[the li", "[docs](https://example.org/pa", "<@1234"]
)
def test_a_construct_that_is_still_being_written_moves_on_whole(begun: str) -> None:
    tail = "word " * 18 + begun
    while cut(tail, 100, len) is None:
        tail += "5"
    parted = cut(tail, 100, len)
    assert parted is not None
    assert parted.head == "word " * 17 + "word"
    assert parted.rest.startswith(begun)


def test_a_text_that_fits_is_left_alone() -> None:
    assert cut("# Hello\n\nworld\n", 40, len) is None
    assert segments("# Hello\n\nworld\n", 40, len) == ("# Hello\n\nworld",)
    assert segments(" \n\t\n" * 100, 40, len) == ()


def test_a_fence_is_closed_and_opened_again_with_its_language() -> None:
    text = "Look:\n\n```python\n" + "".join(f"print({n})\n" for n in range(20)) + "```\n\nDone."
    found = segments(text, 120, len)
    assert all(part.count("```python") == 1 and part.count("```") == 2 for part in found)
    assert found[1].startswith("```python\nprint(")
    assert found[-1].endswith("```\n\nDone.")


def test_a_fence_in_a_list_goes_on_in_its_item() -> None:
    code = "".join(f"   echo {n}\n" for n in range(20))
    found = segments(f"7. Run:\n   ```sh\n{code}   ```\n8. Done", 100, len)
    assert all(part.startswith("7. ```sh\n   echo") for part in found[1:])
    assert found[-1].endswith("\n   ```\n8. Done")
    assert [len(nodes(part, "fence")) for part in found] == [1] * len(found)


def test_code_is_rather_parted_at_a_blank_line() -> None:
    text = "```\n" + "first()\n" * 8 + "\n" + "second()\n" * 8 + "```"
    head, rest = segments(text, 120, len)
    assert "second" not in head
    assert "first" not in rest


def test_a_table_repeats_its_header() -> None:
    rows = [f"| name {n} | {n} |" for n in range(30)]
    found = segments("\n".join(["| Name | Size |", "|---|--:|", *rows]), 200, len)
    assert all(part.startswith("| Name | Size |\n|---|--:|\n| name") for part in found)
    assert [line for part in found for line in part.split("\n")[2:]] == rows


def test_an_ordered_list_goes_on_with_its_number_even_when_all_say_one() -> None:
    found = segments("\n".join(f"1. item {'x' * 20} {n}" for n in range(1, 16)), 100, len)
    items = [line for part in found for line in part.split("\n")]
    starts = [part.split(" ", 1)[0] for part in found]
    assert len(items) == 15
    assert starts == ["1.", "4.", "7.", "10.", "13."]


def test_a_nested_list_keeps_its_depth() -> None:
    text = "1. parent\n" + "".join(f"   - child number {n} of many\n" for n in range(12)) + "2. next"
    found = segments(text, 150, len)
    assert all(part.startswith("1. - child") for part in found[1:])
    assert all(
        nodes(part, "ordered_list")[0].children[0].children[0].type == "bullet_list" for part in found[1:]
    )
    assert found[-1].endswith("\n2. next")


def test_a_quote_stays_a_quote() -> None:
    text = "> " + "Messengers ran in relays. " * 30 + "\n> \n> A last word."
    found = segments(text, 200, len)
    assert all(part.startswith("> ") and len(nodes(part, "blockquote")) == 1 for part in found)


def test_a_heading_is_not_left_behind_by_its_text() -> None:
    text = "word " * 30 + "\n\n## Title\n\n" + "text " * 30
    head, rest = segments(text, 180, len)
    assert not head.endswith("Title")
    assert rest.startswith("## Title")


def test_sentences_are_preferred_to_words_and_words_to_letters() -> None:
    head = segments("One two three. " * 20, 100, len)[0]
    assert head == "One two three. " * 5 + "One two three."
    assert segments("llama " * 40, 100, len)[0] == "llama " * 15 + "llama"
    assert segments("日本語の文章です。" * 20, 100, len)[0] == "日本語の文章です。" * 11


def test_a_long_bold_passage_is_closed_and_opened_again() -> None:
    found = segments("**" + "bold words " * 30 + "end**", 100, len)
    assert all(part.startswith("**") and part.endswith("**") for part in found)
    assert read_in_order(found) == "boldwords" * 30 + "end"


def test_a_link_whose_words_are_too_long_becomes_two_links() -> None:
    found = segments(f"[{'word ' * 30}end](https://example.org/x)", 120, len)
    assert all(nodes(part, "link")[0].attrGet("href") == "https://example.org/x" for part in found)


@pytest.mark.parametrize(
    "solid", ["<@123456789012345678>", "<:llama:123456789012345>", "https://example.org/a/b"]
)
def test_a_token_or_an_address_is_never_parted(solid: str) -> None:
    found = segments("".join(f"{'字' * (n % 7 + 1)}{solid}" for n in range(40)), 100, len)
    assert sum(part.count(solid) for part in found) == 40


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "🇵🇪", "👍🏽", "é́", "각"])
def test_a_character_of_several_code_points_is_never_parted(cluster: str) -> None:
    found = segments(cluster * 100, 61, len)
    assert all(len(part) <= 61 and part == cluster * part.count(cluster) for part in found)
    assert sum(part.count(cluster) for part in found) == 100


HOSTILE = {
    "backticks": "`" * 10_000,
    "backtick steps": " ".join("`" * n for n in range(1, 140)),
    "quotes": ">" * 5_000 + " deep",
    "quotes in lines": "\n".join(">" * n + " x" for n in range(1, 100)),
    "no spaces": "x" * 50_000,
    "unclosed fence": "```python\n" + "print('hello')\n" * 700,
    "unclosed tildes": "~~~" + "~" * 3_000 + "\ncode",
    "fence of backticks": "~~~\n" + "`" * 5_000 + "\n~~~",
    "wide table": "|" + " cell |" * 300 + "\n|" + "---|" * 300 + "\n" + ("|" + " value |" * 300 + "\n") * 3,
    "long info": "```" + "i" * 3_000 + "\ncode\n```",
    "nested lists": "\n".join(" " * (2 * n) + f"- level {n}" for n in range(150)),
    "open brackets": "[" * 6_000,
    "open links": "[a](" * 2_500,
    "open stars": "**a *" * 2_000,
    "stars and underscores": "*_" * 4_000,
    "combining": "e" + "\u0301" * 5_000,
    "joiners": "\u200d" * 5_000,
    "flags": "\U0001f1f5" * 5_001,
    "white space": "x" + " " * 9_000 + "y" + "\n" * 9_000 + "z",
    "dashes": "- " * 5_000,
    "returns": "line\r\n" * 1_500 + "\r" * 500,
    "null": "\0" * 3_000,
    "tabs": "-\tx\n\t-\ty\n\t\tz\n" * 400,
    "escapes": "\\" * 9_001,
    "entities": "&amp;" * 2_000,
    "numbers": "\n".join(f"{n}. x" for n in range(999_999_990, 1_000_000_400)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("limit", [40, 1990])
def test_hostile_text_is_cut_in_bounded_time(text: str, limit: int) -> None:
    text = text[: 50 * limit]
    began = time.perf_counter()
    found = segments(text, limit, len)
    assert time.perf_counter() - began < 10
    assert all(len(part) <= limit and part.strip() for part in found)
    assert sum(len(shown(part)) for part in found) >= len(shown(text))


def test_a_less_than_sign_is_no_token() -> None:
    text = "x <y " + "and so on " * 40 + "> z"
    assert all(len(part) > 80 for part in segments(text, 100, len)[:-1])


def test_nothing_of_a_wide_table_is_lost() -> None:
    names = [f"column{n}" for n in range(300)]
    text = "\n".join(["|".join(names), "|".join(["---"] * 300), "|".join(f"value{n}" for n in range(300))])
    read = "".join(shown(part) for part in segments(text, 1990, len))
    assert all(name in read for name in names)
    assert all(f"value{n}" in read for n in range(300))


def test_a_hundred_thousand_characters_take_well_under_a_second() -> None:
    part = (
        "## Heading\n\n"
        + "Some **bold** text with [a link](https://example.org). " * 8
        + "\n\n- one\n- two\n\n"
    )
    text = (part + "```py\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n") * 200
    began = time.perf_counter()
    found = segments(text[:100_000], 1990, len)
    assert time.perf_counter() - began < 1
    assert 50 <= len(found) < 75
