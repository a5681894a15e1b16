"""What the model reads never weighs more than its window, whatever people, files and tools bring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filling import LEFT_OUT, Filled, Material, Room, fill
from core.transcript import FilePart, ImagePart, Message, Role, TextPart, ToolCall, ToolResult, ToolSpec
from core.window import ROUGH, Counter, weight, weight_of, weight_of_part, weight_of_tools
from tests.unit.rows import (
    HISTORIES,
    QUESTIONS,
    TOOLS,
    WORDS,
    Counting,
    calls_and_results,
)

COUNTERS = st.sampled_from([ROUGH, Counting()])
MATERIALS = st.builds(
    lambda history, asked, system, tools, pins, summary, past: Material(
        system, (*history, *asked), len(asked), tools, tuple(pins), summary, tuple(past)
    ),
    HISTORIES,
    st.lists(QUESTIONS, min_size=1, max_size=3),
    WORDS,
    TOOLS,
    st.lists(st.text(max_size=200), max_size=3),
    WORDS,
    st.lists(st.text(max_size=300), max_size=5),
)


def rows_of(filled: Filled) -> tuple[Message, ...]:
    return (*filled.head, *filled.earlier, *filled.current)


def total(filled: Filled, counter: Counter) -> int:
    return weight_of(rows_of(filled), counter) + weight_of_tools(filled.tools, counter)


def pictures(filled: Filled) -> list[ImagePart]:
    return [part for row in rows_of(filled) for part in row.parts if isinstance(part, ImagePart)]


def files(filled: Filled) -> dict[str, str]:
    return {
        part.name: part.text for row in rows_of(filled) for part in row.parts if isinstance(part, FilePart)
    }


def said(text: str, *parts: FilePart | ImagePart, role: Role = Role.USER) -> Message:
    return Message(role, (TextPart(text), *parts), "Ada" if role is Role.USER else "")


@given(MATERIALS, st.integers(64, 9_000), st.integers(0, 3_000), COUNTERS)
def test_never_over_the_budget(material: Material, tokens: int, lent: int, counter: Counter) -> None:
    filled = fill(material, Room(tokens, lent), counter)
    shown = sum(weight_of_part(picture, counter) for picture in pictures(filled))
    assert total(filled, counter) <= tokens + min(lent, shown)
    assert any(row.role is Role.USER for row in filled.current)


@given(MATERIALS, st.integers(64, 9_000), COUNTERS)
def test_a_call_is_never_split_from_its_result(material: Material, tokens: int, counter: Counter) -> None:
    filled = fill(material, Room(tokens), counter)
    assert all(called == results != set() for called, results in calls_and_results(rows_of(filled)))


@given(MATERIALS, st.integers(64, 9_000))
def test_earlier_rows_are_the_newest_without_a_gap(material: Material, tokens: int) -> None:
    def skeleton(row: Message) -> tuple[object, ...]:
        words = tuple(part.text for part in row.parts if isinstance(part, TextPart))
        return row.role, words, len(row.parts)

    older = [skeleton(row) for row in material.rows[: -material.asking]]
    filled = fill(Material("", material.rows, material.asking), Room(tokens))
    kept = [skeleton(row) for row in filled.earlier if row.parts != (TextPart(LEFT_OUT),)]
    assert kept == older[len(older) - len(kept) :]


@given(MATERIALS)
def test_where_all_fits_all_is_there_as_it_was(material: Material) -> None:
    filled = fill(material, Room(10_000_000, pictures=1_000))
    rows = filled.earlier[1:] if material.past else filled.earlier
    assert (*rows, *filled.current) == material.rows
    assert filled.tools == material.tools
    text = "\n".join(row.text for row in filled.head)
    assert all(pin in text for pin in material.pins)
    assert material.system in text
    assert material.summary in text
    assert all(line in "\n".join(row.text for row in filled.earlier) for line in material.past)


@given(HISTORIES, st.integers(3_000, 9_000))
def test_pins_and_prompt_are_whole_however_long_the_talk(history: list[Message], tokens: int) -> None:
    pins = tuple(f"Fact {number}: the gate code is {number * 7}" for number in range(20))
    question = said("word " * 20_000)
    material = Material("You are Tampu.", (*history, question), pins=pins, summary="So far: " + "s " * 300)
    filled = fill(material, Room(tokens))
    text = "\n".join(row.text for row in filled.head)
    assert all(pin in text for pin in pins)
    assert material.summary in text
    assert text.startswith("You are Tampu.")


def test_a_question_that_is_too_long_keeps_its_head_and_its_tail() -> None:
    question = said("FIRST " + "middle " * 20_000 + "LAST")
    filled = fill(Material("system", (question,)), Room(4_000))
    (row,) = filled.current
    assert row.text.startswith("FIRST")
    assert row.text.endswith("LAST")
    assert "characters left out" in row.text
    assert weight(row) > 3_000


def test_even_in_the_smallest_window_something_of_the_question_is_read() -> None:
    tool = ToolSpec("look_up", "Looks up. " * 50, "{}")
    question = said("What is the capital of Peru? " * 50)
    filled = fill(Material("You are helpful. " * 50, (question,), tools=(tool,)), Room(64))
    assert filled.current[0].text.startswith("What is")
    assert filled.head[0].text.startswith("You are")
    assert filled.tools == ()


def test_the_files_of_the_question_come_before_what_was_said_long_ago() -> None:
    history = [said(f"remark {number} " + "word " * 200) for number in range(40)]
    question = said("What does it say?", FilePart("a.txt", "begin " + "line\n" * 4_000 + "end"))
    filled = fill(Material("system", (*history, question)), Room(4_000))
    kept = files(filled)["a.txt"]
    assert weight_of_part(TextPart(kept)) > 1_500
    assert kept.startswith("begin")
    assert kept.endswith("end")
    assert "characters left out" in kept
    assert "remark 39 " in filled.earlier[-1].text


def test_several_files_share_and_a_small_one_is_whole() -> None:
    small, large = "short and whole", "long " * 10_000
    question = said("Compare.", FilePart("a", large), FilePart("b", small), FilePart("c", large))
    kept = files(fill(Material("system", (question,)), Room(4_000)))
    assert kept["b"] == small
    assert len(kept["a"]) == pytest.approx(len(kept["c"]), abs=200)
    assert len(kept["a"]) > 5_000


def test_older_files_take_what_is_left_and_the_others_say_that_they_are_left_out() -> None:
    rows = [said(f"file {number}", FilePart(f"{number}.txt", "line\n" * 3_000)) for number in range(4)]
    filled = fill(Material("system", (*rows, said("and now?"))), Room(8_000))
    kept = files(filled)
    assert "left out" not in kept["3.txt"]
    assert kept["0.txt"] == ""
    notes = [part.note for part in filled.earlier[0].parts if isinstance(part, FilePart)]
    assert notes == ["its 15000 characters are left out here: there is no room for them"]


def test_a_backfill_takes_what_is_left_the_newest_lines_first() -> None:
    past = tuple(f"Ben: line {number} " + "word " * 100 for number in range(50))
    filled = fill(Material("system", (said("hi"),), past=past), Room(2_000))
    text = filled.earlier[0].text
    assert "line 49 " in text
    assert "line 0 " not in text
    order = [text.index(f"line {number} ") for number in range(40, 50)]
    assert order == sorted(order)


def test_pictures_take_the_answers_room_first_and_the_newest_are_seen() -> None:
    pair = [ImagePart(f"hash{number}", "image/png", 1_344, 1_344, f"{number}.png") for number in range(4)]
    question = said("Which?", *pair)
    filled = fill(Material("system", (question,)), Room(4_096, lent=3_072))
    assert [picture.name for picture in pictures(filled)] == ["2.png", "3.png"]
    assert set(files(filled)) == {"0.png", "1.png"}
    blind = fill(Material("system", (question,)), Room(4_096, lent=3_072, pictures=0))
    assert pictures(blind) == []
    assert set(files(blind)) == {"0.png", "1.png", "2.png", "3.png"}


def test_a_small_picture_costs_what_the_counter_says() -> None:
    small = [ImagePart(f"hash{number}", "image/png", 40, 30, f"{number}.png") for number in range(4)]
    filled = fill(Material("system", (said("Which?", *small),)), Room(600), Counting())
    assert len(pictures(filled)) == 4


def test_tools_that_do_not_fit_are_left_out_and_it_is_said() -> None:
    tools = tuple(ToolSpec(f"tool{number}", "Does something. " * 20, "{}") for number in range(20))
    filled = fill(Material("system", (said("hi"),), tools=tools), Room(1_000))
    assert 0 < len(filled.tools) < 20
    assert "tools do not all fit" in filled.head[0].text


def test_results_without_a_call_are_left_out() -> None:
    orphan = Message(Role.TOOL, (ToolResult("c1", "look_up", "found"),))
    call = Message(Role.ASSISTANT, (ToolCall("c2", "look_up", "{}"),))
    result = Message(Role.TOOL, (ToolResult("c2", "look_up", "found"),))
    filled = fill(Material("system", (orphan, call, result, said("hi"))), Room(1_000))
    assert filled.earlier == (call, result)
