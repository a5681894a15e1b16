"""Calls of a model, good and bad: every one has a result."""

import asyncio
import threading
import time

import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from core.errors import ToolFailed, ToolRetry
from core.tools.tool import tool
from core.tools.toolbox import BROKEN, CUT, MOST_CHARACTERS, Toolbox
from core.transcript import ToolCall, ToolResult

SECRET = "a-secret-argument"


class Shelf(BaseModel):
    books: list[str]


@tool
def repeat(text: str, times: int = 1) -> str:
    """Repeat a text."""
    return text * times


@tool
async def nothing() -> None:
    """Do nothing."""


@tool
async def shelf() -> Shelf:
    """Show the shelf."""
    return Shelf(books=["Rayuela", "Ficciones"])


@tool
def count() -> int:
    """Count."""
    return 42


@tool
async def picky(reason: str) -> str:
    """Refuse."""
    raise ToolRetry(reason)


@tool
def hopeless() -> str:
    """Fail."""
    raise ToolFailed("The shop is closed.")


@tool
def buggy(word: str) -> str:
    """Break, quoting the argument."""
    raise ValueError(f"cannot use {word}")


@tool
async def its_own_deadline() -> str:
    """Time out inside."""
    raise TimeoutError


@tool(timeout_s=0.05)
async def slow() -> str:
    """Take too long."""
    await asyncio.sleep(30)
    return "late"


BOX = Toolbox((repeat, nothing, shelf, count, picky, hopeless, buggy, its_own_deadline, slow))


async def run(name: str, arguments: str = "{}") -> ToolResult:
    result = await BOX.run(ToolCall("call_1", name, arguments))
    assert (result.id, result.name) == ("call_1", name)
    assert len(result.text) <= MOST_CHARACTERS
    result.text.encode()
    return result


def test_the_model_is_told_of_all_tools_in_order() -> None:
    assert [spec.name for spec in BOX.specs][:3] == ["repeat", "nothing", "shelf"]
    assert BOX.specs[0].description == "Repeat a text."


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="repeat"):
        Toolbox((repeat, repeat))


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("repeat", '{"text": "ab", "times": 2}', "abab"),
        ("repeat", '{"text": "ab", "times": "2"}', "abab"),
        ("repeat", '{"text": "ab", "times": 2.0}', "abab"),
        ("repeat", '{"text": 7}', "7"),
        ("repeat", '{"text": "日本\\u00e9🦙"}', "日本é🦙"),
        ("nothing", "", ""),
        ("nothing", " \n", ""),
        ("nothing", "null", ""),
        ("nothing", '"{}"', ""),
        ("repeat", '{"text": "ab"', "ab"),
        ("shelf", "{}", '{"books":["Rayuela","Ficciones"]}'),
        ("count", "{}", "42"),
    ],
)
async def test_good_calls_and_those_that_only_look_bad(name: str, arguments: str, text: str) -> None:
    assert await run(name, arguments) == ToolResult("call_1", name, text)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("repeta", "{}", "There is no tool called repeta. The tools are: repeat, nothing"),
        ("x" * 9_000, "{}", "There is no tool called xxx"),
        ("repeat", '{"text": "ab", "ti', "no valid JSON"),
        ("repeat", "text=ab", "no valid JSON"),
        ("repeat", "[" * 100_000, "no valid JSON"),
        ("repeat", '{"text": "\\ud800"}', "no valid JSON"),
        ("repeat", '{"text": "\ud800"}', "Correct the arguments of repeat"),
        ("repeat", '["ab"]', "must be a JSON object"),
        ("repeat", "null", "text is missing"),
        ("repeat", '"{}"', "text is missing"),
        ("repeat", "{}", "text is missing"),
        ("repeat", '{"text": null}', "text: Input should be a valid string"),
        ("repeat", '{"text": "a", "times": "many"}', "times: Input should be a valid integer"),
        ("repeat", '{"text": "a", "times": NaN}', "times"),
        ("repeat", '{"text": "a", "times": 1' + "0" * 5_000 + "}", "no valid JSON"),
        ("repeat", '{"text": "a", "count": 2}', "there is no argument count"),
        ("repeat", '{"text_": "a"}', "text is missing"),
        ("repeat", '{"text": "a", "' + "y" * 9_000 + '": 2}', "there is no argument yyy"),
    ],
)
async def test_bad_calls_are_told_what_to_correct(name: str, arguments: str, says: str) -> None:
    result = await run(name, arguments)
    assert result.failed
    assert says in result.text
    assert len(result.text) < 400


async def test_many_problems_are_told_in_short() -> None:
    result = await run("repeat", "{" + ",".join(f'"bad{n}": 1' for n in range(500)) + "}")
    assert result.failed
    assert result.text.count(";") == 2


async def test_a_tool_s_own_refusals_are_told_in_its_words() -> None:
    assert await run("picky", '{"reason": "Give a later date."}') == ToolResult(
        "call_1", "picky", "Give a later date.", failed=True
    )
    assert await run("hopeless") == ToolResult("call_1", "hopeless", "The shop is closed.", failed=True)
    assert (await run("picky", f'{{"reason": "{"long " * 9_000}"}}')).text.endswith(CUT)


async def test_a_bug_is_logged_without_the_arguments_and_told_in_one_sentence() -> None:
    with capture_logs() as logs:
        result = await run("buggy", f'{{"word": "{SECRET}"}}')
    assert result == ToolResult("call_1", "buggy", BROKEN, failed=True)
    assert [(line["log_level"], line["tool"], line["error"]) for line in logs] == [
        ("error", "buggy", "ValueError")
    ]
    assert "test_tools_toolbox.py" in logs[0]["at"]
    assert SECRET not in str(logs)


async def test_the_deadline_is_the_tool_s_and_is_told() -> None:
    began = time.monotonic()
    result = await run("slow")
    assert result.failed
    assert result.text == "slow did not finish within 0.05 seconds."
    assert time.monotonic() - began < 5


async def test_a_timeout_inside_a_tool_is_not_mistaken_for_the_deadline() -> None:
    with capture_logs() as logs:
        result = await run("its_own_deadline")
    assert (result.text, result.failed) == (BROKEN, True)
    assert logs[0]["error"] == "TimeoutError"


async def test_cancelling_the_turn_ends_the_tool() -> None:
    ended = asyncio.Event()

    @tool(timeout_s=60)
    async def endless() -> str:
        """Wait."""
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return ""

    task = asyncio.create_task(Toolbox((endless,)).run(ToolCall("1", "endless", "{}")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_an_iterator_that_ran_dry_is_a_bug_and_no_hang() -> None:
    @tool(timeout_s=60)
    def dry() -> str:
        """Take the first of nothing."""
        return next(iter(()))

    with capture_logs() as logs:
        result = await asyncio.wait_for(Toolbox((dry,)).run(ToolCall("1", "dry", "{}")), 10)
    assert (result.text, result.failed) == (BROKEN, True)
    assert len(logs) == 1


@pytest.mark.parametrize("length", [MOST_CHARACTERS - 1, MOST_CHARACTERS, MOST_CHARACTERS + 1, 5_000_000])
async def test_long_results_are_cut_and_say_so(length: int) -> None:
    result = await run("repeat", f'{{"text": "é", "times": {length}}}')
    assert not result.failed
    assert len(result.text) == min(length, MOST_CHARACTERS)
    assert result.text.endswith(CUT) == (length > MOST_CHARACTERS)


async def test_half_a_character_in_a_result_can_be_stored() -> None:
    @tool
    def half() -> str:
        """Give half a surrogate pair and a NUL."""
        return "a\ud83e\x00"

    result = await Toolbox((half,)).run(ToolCall("1", "half", "{}"))
    assert result == ToolResult("1", "half", "a??")


async def test_a_sync_tool_does_not_hold_up_the_loop() -> None:
    gate = threading.Event()

    @tool
    def waits() -> str:
        """Block its thread until the loop has gone round."""
        return "the loop went on" if gate.wait(20) else "the loop was blocked"

    task = asyncio.create_task(Toolbox((waits,)).run(ToolCall("1", "waits", "{}")))
    await asyncio.sleep(0.01)
    gate.set()
    assert (await task).text == "the loop went on"


async def test_a_sync_tool_past_its_deadline_is_left_behind() -> None:
    gate = threading.Event()

    @tool(timeout_s=0.05)
    def stuck() -> str:
        """Block its thread."""
        gate.wait(20)
        return "late"

    began = time.monotonic()
    result = await Toolbox((stuck,)).run(ToolCall("1", "stuck", "{}"))
    gate.set()
    assert result.text == "stuck did not finish within 0.05 seconds."
    assert time.monotonic() - began < 5
