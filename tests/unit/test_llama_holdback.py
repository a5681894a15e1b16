"""What is shown while a text may still be a call, and what comes of it at the end."""

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.holdback import HoldBack
from core.llama.textcalls import MOST_CHARACTERS
from core.transcript import Finish, ToolCall
from tests.text_calls import recovered

DECLARED = frozenset({"get_weather", "calculate"})
CALL = '[calculate(expression="1+1")]'
WHOLE = [
    CALL,
    f"<|python_start|>{CALL}<|python_end|>",
    '<|python_tag|>{"type": "function", "name": "calculate", "parameters": {"expression": "1+1"}}',
    '<|python_tag|>calculate.call(expression="1+1")<|eom_id|>',
    '<function=calculate>{"expression": "1+1"}</function>',
    '```json\n{"name": "calculate", "arguments": {"expression": "1+1"}}\n```',
    '\n{"arguments": {"expression": "1+1"}, "name": "calculate"}\n',
]


def heard(pieces: list[str], reason: Finish = Finish.STOP) -> tuple[str, str, tuple[ToolCall, ...]]:
    """What was shown on the way, what at the end, and the calls."""
    hold = HoldBack(DECLARED)
    shown = "".join(hold.take(piece) for piece in pieces)
    rest, calls = hold.finish(reason)
    return shown, rest, calls


def meaning(calls: tuple[ToolCall, ...] | None) -> list[tuple[str, object]]:
    return [(call.name, json.loads(call.arguments)) for call in calls or ()]


@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.parametrize("reason", [Finish.STOP, Finish.TOOL_CALLS])
def test_nothing_of_a_call_is_shown(text: str, reason: Finish) -> None:
    shown, rest, calls = heard(list(text), reason)
    assert (shown, rest) == ("", "")
    assert meaning(calls) == [("calculate", {"expression": "1+1"})]


@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.parametrize("reason", [Finish.LENGTH, Finish.CONTENT_FILTER])
def test_a_cut_answer_neither_runs_nor_shows_its_call(text: str, reason: Finish) -> None:
    for end in range(1, len(text) + 1):
        shown, rest, calls = heard([text[:end]], reason)
        assert (shown, calls) == ("", ())
        assert rest in {"", text[:end]}
    assert rest == ""


def test_a_cut_answer_that_is_no_call_yet_is_shown() -> None:
    assert heard(['```json\n{"n'], Finish.LENGTH) == ("", '```json\n{"n', ())


@pytest.mark.parametrize("text", WHOLE)
def test_half_a_call_at_a_proper_end_is_text(text: str) -> None:
    half = text[: text.index("1+1")]
    assert heard(list(half)) == ("", half, ())


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Hello", "H"),
        ("  Hello", "  H"),
        ("[1] is a source", "[1"),
        ("[link](https://example.org)", "[l"),
        ("[c](x)", "[c]"),
        ("[calculating it]", "[calculati"),
        ("[calculate(the sum)]", "[calculate(the s"),
        ('{"name": "Paul"}', '{"name": "P'),
        ('{"city": "Paris"}', '{"c'),
        ("{x | x > 1}", "{x"),
        ("```python\nprint()\n```", "```p"),
        ("```json\n[1, 2]\n```", "```json\n[1"),
        ("`code`", "`c"),
        ("<b>bold</b>", "<b"),
        ("<|python_tag|>import os", "<|python_tag|>i"),
        ("<function=foo>", "<function=f"),
        ("<|eot_id|>The end", "<|eot_id|>T"),
        (f"{CALL} is how", f"{CALL} i"),
    ],
)
def test_text_is_let_go_at_the_first_character_that_no_call_has(text: str, after: str) -> None:
    hold = HoldBack(DECLARED)
    shown = [hold.take(character) for character in text]
    first = next(position for position, piece in enumerate(shown) if piece)
    assert shown[first] == after
    assert shown[first + 1 :] == list(text[first + 1 :])
    assert hold.finish(Finish.STOP) == ("", ())


def test_without_tools_everything_passes_through() -> None:
    hold = HoldBack(frozenset())
    assert [hold.take(character) for character in CALL] == list(CALL)
    assert hold.finish(Finish.STOP) == ("", ())


def test_a_call_that_also_came_as_one_is_dropped_from_the_text() -> None:
    for text, left in ((CALL, ""), ("[calculate(", "[calculate("), ("Let me see", "")):
        hold = HoldBack(DECLARED)
        hold.take(text)
        assert hold.finish(Finish.TOOL_CALLS, called=True) == (left, ())


def test_too_much_is_let_go_and_is_no_call() -> None:
    hold = HoldBack(DECLARED)
    text = '[calculate(expression="' + "1" * MOST_CHARACTERS + '")]'
    shown = [hold.take(text[at : at + 100]) for at in range(0, len(text), 100)]
    assert "".join(shown) == text
    assert len(next(piece for piece in shown if piece)) <= MOST_CHARACTERS + 100
    assert hold.finish(Finish.STOP) == ("", ())


def test_an_empty_answer_is_empty() -> None:
    assert heard([]) == heard([""]) == ("", "", ())
    assert heard([" ", "\n"]) == ("", " \n", ())


def test_holding_the_longest_text_piece_by_piece_takes_a_moment() -> None:
    text = "[calculate(a=[" + '"x", ' * ((MOST_CHARACTERS - 30) // 5)
    began = time.perf_counter()
    shown, rest, calls = heard([text[at : at + 3] for at in range(0, len(text), 3)])
    assert (shown, rest, calls) == ("", text, ())
    assert time.perf_counter() - began < 1


PARTS = """
    calculate get_weather(city='x') Paris [ ] { } ( ) , ; ` ```
    {"name":" " <|python_tag|> <|eot_id|> <function= calc ' x
"""
FRAGMENTS = st.sampled_from([*WHOLE, *PARTS.split(), "```json\n", " ", "\n", "\\"])


@st.composite
def split_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    text = draw(st.lists(FRAGMENTS, max_size=6).map("".join))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return text, [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


@given(split_texts())
def test_any_split_shows_all_of_a_text_or_none_of_a_call(split: tuple[str, list[str]]) -> None:
    text, pieces = split
    shown, rest, calls = heard(pieces)
    expected = recovered(text, DECLARED)
    assert meaning(calls) == meaning(expected)
    assert shown + rest == ("" if expected else text)


@given(split_texts(), st.sampled_from([Finish.LENGTH, Finish.CONTENT_FILTER]))
def test_a_cut_answer_never_runs_and_what_it_lacks_is_a_call(
    split: tuple[str, list[str]], reason: Finish
) -> None:
    text, pieces = split
    shown, rest, calls = heard(pieces, reason)
    assert calls == ()
    assert shown + rest == text or (shown + rest == "" and text)
