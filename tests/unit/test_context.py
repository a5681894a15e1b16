"""A request that grew too long is made to fit; a server that drops messages gives itself away."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.context import LEAST_BUDGET, Context, for_next_call, halved, within
from core.transcript import (
    FilePart,
    Image,
    ImagePart,
    Message,
    ModelInfo,
    Part,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from core.truncation import is_truncated, truncation_note, window_behind
from core.window import FRAME, ROUGH, Counter, weight_of, weight_of_tools
from tests.unit.rows import HISTORIES, QUESTIONS, Counting, calls_and_results, exchanges

SYSTEM = Message(Role.SYSTEM, (TextPart("You are Tampu. " * 10),))
KEPT = Message(Role.USER, (TextPart("[What people asked you to keep in mind here.]"), TextPart("- 4711")))
CONTEXTS = st.builds(
    lambda history, question, called: Context(
        (question, *(row for one in called for row in one)),
        tuple(
            (part.sha256, Image("image/png", b"")) for part in question.parts if isinstance(part, ImagePart)
        ),
        (SYSTEM, KEPT),
        tuple(history),
    ),
    HISTORIES,
    QUESTIONS,
    st.lists(exchanges(), max_size=3),
)
COUNTERS = st.sampled_from([ROUGH, Counting()])


def user(text: str, *parts: Part) -> Message:
    return Message(Role.USER, (TextPart(text), *parts), "Ada")


def assistant(text: str) -> Message:
    return Message(Role.ASSISTANT, (TextPart(text),))


def called(number: int, result: str) -> tuple[Message, Message]:
    call = ToolCall(f"c{number}", "look_up", '{"word": "llama"}')
    return Message(Role.ASSISTANT, (call,)), Message(Role.TOOL, (ToolResult(call.id, call.name, result),))


@given(CONTEXTS, st.integers(200, 9_000), COUNTERS)
def test_within_fits_and_splits_no_call_from_its_result(
    context: Context, tokens: int, counter: Counter
) -> None:
    fitting = within(context, tokens, counter)
    head = weight_of(context.head, counter)
    assert weight_of((*fitting.earlier, *fitting.current), counter) <= max(tokens - head, LEAST_BUDGET)
    assert fitting.head == context.head
    assert any(row.role is Role.USER for row in fitting.current)
    assert all(calls == results != set() for calls, results in calls_and_results(fitting.messages))
    shown = {part.sha256 for row in fitting.messages for part in row.parts if isinstance(part, ImagePart)}
    assert {sha256 for sha256, _ in fitting.images} <= shown


@given(CONTEXTS, COUNTERS)
def test_half_is_half(context: Context, counter: Counter) -> None:
    def rows(one: Context) -> int:
        return weight_of((*one.earlier, *one.current), counter)

    assert rows(halved(context, counter)) <= max(rows(context) // 2, LEAST_BUDGET)


@given(CONTEXTS)
def test_roles_alternate(context: Context) -> None:
    roles = [row.role for row in context.messages]
    assert all(one is not other for one, other in pairwise(roles))


def test_the_older_half_goes_and_the_question_stays_whole() -> None:
    earlier = tuple(
        row
        for number in range(10)
        for row in (user(f"q{number} " + "word " * 100), assistant(f"a{number} " + "word " * 100))
    )
    context = Context((user("And the newest question?"),), (), (SYSTEM, KEPT), earlier)
    half = halved(context)
    assert half.current == context.current
    assert half.head == context.head
    assert half.earlier == earlier[len(earlier) - len(half.earlier) :]
    assert 8 <= len(half.earlier) <= 10


def test_with_the_question_alone_its_longest_file_is_cut_and_the_words_stay() -> None:
    question = user("What is wrong?", FilePart("long.log", "line\n" * 4_000), FilePart("s.py", "print()"))
    half = halved(Context((question,), (), (SYSTEM,)))
    (row,) = half.current
    words, long, short = row.parts
    assert words == TextPart("What is wrong?")
    assert short == FilePart("s.py", "print()")
    assert isinstance(long, FilePart)
    assert "characters left out" in long.text
    assert long.text.startswith("line")
    assert 8_000 < len(long.text) < 12_000


def test_words_alone_keep_their_head_and_their_tail() -> None:
    half = halved(Context((user("FIRST " + "middle " * 4_000 + "LAST"),), (), (SYSTEM,)))
    assert half.current[0].text.startswith("FIRST")
    assert half.current[0].text.endswith("LAST")


def test_what_tools_said_is_shortened_before_the_question_is() -> None:
    question = user("Compare the two, please. " * 10)
    current = (question, *called(1, "found " * 5_000), *called(2, "short"))
    fitting = within(Context(current, (), (SYSTEM,)), 3_000)
    assert fitting.current[0] == question
    assert [row.role for row in fitting.current] == [row.role for row in current]
    results = [part for row in fitting.current for part in row.parts if isinstance(part, ToolResult)]
    assert "characters left out" in results[0].text
    assert results[1].text == "short"


def test_before_each_call_of_the_model_it_fits_with_its_tools() -> None:
    info = ModelInfo("llama", 8_192, 4_096, tools=True, vision=True, hosted=False)
    tools = (ToolSpec("look_up", "Looks a word up. " * 40, "{}"),)
    current = (user("Compare the two, please."), *called(1, "found " * 20_000))
    context = for_next_call(Context(current, (), (SYSTEM,), (user("hi"), assistant("hello")), tools), info)
    total = weight_of(context.messages) + weight_of_tools(context.tools)
    assert 8_192 - 1_024 - FRAME - 500 < total <= 8_192 - 1_024 - FRAME
    assert context.earlier == ()
    assert for_next_call(context, info) == context


def test_of_calls_that_do_not_fit_the_oldest_go_whole() -> None:
    many = [row for number in range(60) for row in called(number, f"found {number} " + "w " * 30)]
    fitting = within(Context((user("Go on?"), *many), (), (SYSTEM,)), 1_000)
    ids = [part.id for row in fitting.current for part in row.parts if isinstance(part, ToolCall)]
    assert 5 < len(ids) < 60
    assert ids == [f"c{number}" for number in range(60 - len(ids), 60)]
    assert fitting.current[0].text == "Go on?"


def test_pictures_that_are_no_longer_there_are_not_sent() -> None:
    old, new = (ImagePart(name, "image/png", 9, 9, name) for name in ("old", "new"))
    images = (("old", Image("image/png", b"1")), ("new", Image("image/png", b"2")))
    context = Context((user("this?", new),), images, (SYSTEM,), (user("that?", old), assistant("yes")))
    assert [sha256 for sha256, _ in within(context, 3_000).images] == ["new"]


@pytest.mark.parametrize(
    ("estimated", "reported", "found"),
    [
        (6_000, 4_096, True),  # filled to the last token
        (20_000, 3_700, True),  # whole messages were dropped
        (9_000, 8_190, False),  # such a guess is right now and then
        (12_000, 8_190, True),
        (6_000, 4_500, False),  # a guess that is too high, for code
        (1_400, 700, False),  # too short to tell
        (5_000, 0, False),  # the server does not count
        (100_000, 98_000, False),
        (2_600, 2_048, True),
    ],
)
def test_a_server_that_drops_messages_gives_itself_away(
    estimated: int, reported: int, *, found: bool
) -> None:
    assert is_truncated(estimated, reported) is found
    assert not is_truncated(estimated, reported, has_pictures=True)


@given(st.integers(1, 200_000), st.floats(0.66, 1.4))
def test_a_guess_as_wrong_as_guesses_are_accuses_nobody_far_from_a_full_context(
    true: int, off: float
) -> None:
    window = window_behind(true)
    if true < window * 0.97:
        assert not is_truncated(int(true * off), true)


def test_the_operator_hears_what_to_do() -> None:
    note = truncation_note("llama3.1:8b", 20_000, 3_700)
    assert "llama3.1:8b" in note
    assert "4,096" in note
    assert "OLLAMA_CONTEXT_LENGTH" in note
