"""Tool calls and their journal."""

import asyncio
import time
from collections.abc import Callable

import pytest

from core import phrases
from core.conversation.calling import Calling
from core.errors import LeaseLost, Overtaken
from core.events import Revised
from core.memory.store import SqliteStore
from core.policy import decide
from core.principal import Principal
from core.storage import ToolState, Turn
from core.tools.permitted import PermittedTools
from core.transcript import Message, Role, TextPart, ToolCall, ToolResult
from tests.fakes.clock import ManualClock
from tests.questions import ADA, asked
from tests.scenario.conftest import FakeToolbox

NOW = 1_700_000_100.0


async def begun(store: SqliteStore) -> Turn:
    """The next attempt at the turn."""
    await store.accept(asked("hi"), (), NOW)
    turn = await store.begin(asked("").address, NOW)
    assert turn is not None
    return turn


async def left_running(store: SqliteStore, *calls: ToolCall) -> Turn:
    """The turn after a process that ended while these ran."""
    turn = await begun(store)
    for call in calls:
        await store.tool_started(turn, call.id, call.name, call.arguments, NOW)
    return await begun(store)


async def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not what():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def results(messages: tuple[Message, ...]) -> list[ToolResult]:
    return [part for message in messages for part in message.parts if isinstance(part, ToolResult)]


def calling(turn: Turn, store: SqliteStore, toolbox: FakeToolbox) -> Calling:
    permitted = PermittedTools(toolbox, decide([], Principal.of(ADA, turn.address)))
    return Calling(turn, permitted, store, ManualClock(NOW + 1))


async def test_calls_run_beside_each_other_and_keep_their_order(store: SqliteStore) -> None:
    turn, toolbox = await begun(store), FakeToolbox(held={"look_up"})
    asked_for = (ToolCall("a", "look_up", "1"), ToolCall("b", "read_up", "2"))
    task = asyncio.create_task(calling(turn, store, toolbox).run("Let me see.", asked_for))
    await until(lambda: len(toolbox.calls) == 2)
    toolbox.gate.set()
    said, told = await task
    assert said == Message(Role.ASSISTANT, (TextPart("Let me see."), *asked_for))
    assert [part.text for part in results((told,))] == ["found 1", "found 2"]
    assert [past.state for past in await store.tool_calls(turn)] == [ToolState.OK, ToolState.OK]


async def test_a_call_is_written_down_before_it_runs(store: SqliteStore) -> None:
    turn, toolbox = await begun(store), FakeToolbox(held={"look_up"})
    task = asyncio.create_task(calling(turn, store, toolbox).run("", (ToolCall("a", "look_up", "{}"),)))
    await until(lambda: toolbox.calls != [])
    (past,) = await store.tool_calls(turn)
    assert past.state is ToolState.STARTED
    task.cancel()
    await asyncio.wait({task})


async def test_without_a_journal_there_is_nothing_to_take_up(store: SqliteStore) -> None:
    assert await calling(await begun(store), store, FakeToolbox()).take_up() == ()


async def test_a_harmless_call_is_made_again_another_is_barred(store: SqliteStore) -> None:
    turn = await left_running(store, ToolCall("a", "look_up", "{}"), ToolCall("b", "read_up", "{}"))
    toolbox = FakeToolbox()
    found = results(await calling(turn, store, toolbox).take_up())
    assert [call.name for call in toolbox.calls] == ["read_up"]
    assert [(one.id, one.failed) for one in found] == [("a", True), ("b", False)]
    assert found[0].text == phrases.UNCERTAIN_CALL


async def test_the_journal_says_the_same_at_every_attempt(store: SqliteStore) -> None:
    turn = await left_running(store, ToolCall("a", "look_up", "{}"), ToolCall("b", "read_up", "{}"))
    toolbox = FakeToolbox()
    first = await calling(turn, store, toolbox).take_up()
    again = await calling(await begun(store), store, toolbox).take_up()
    assert first == again
    assert len(toolbox.calls) == 1


async def test_arguments_that_are_no_json_are_barred_as_they_are(store: SqliteStore) -> None:
    turn = await left_running(
        store, ToolCall("a", "look_up", '{"word": '), ToolCall("b", "look_up", "[" * 99999)
    )
    toolbox = FakeToolbox()
    attempt = calling(turn, store, toolbox)
    await attempt.take_up()
    again = await attempt.run(
        "", (ToolCall("c", "look_up", ' {"word":  '), ToolCall("d", "look_up", '{"a": 1}'))
    )
    assert [call.id for call in toolbox.calls] == ["c", "d"] or [call.id for call in toolbox.calls] == ["d"]
    assert len(results(again)) == 2


async def test_a_call_whose_question_is_forgotten_bars_its_tool(store: SqliteStore) -> None:
    turn = await left_running(store, ToolCall("a", "look_up", ""))
    toolbox = FakeToolbox()
    attempt = calling(turn, store, toolbox)
    said, _ = await attempt.take_up()
    assert said.parts == (ToolCall("a", "look_up", "{}"),)
    told = results(
        await attempt.run("", (ToolCall("b", "look_up", '{"any": 1}'), ToolCall("c", "read_up", "{}")))
    )
    assert [call.id for call in toolbox.calls] == ["c"]
    assert told[0].text == phrases.UNCERTAIN_CALL


async def test_an_id_that_is_taken_gets_a_number(store: SqliteStore) -> None:
    turn = await left_running(store, ToolCall("call", "read_up", '"old"'))
    attempt = calling(turn, store, FakeToolbox())
    await attempt.take_up()
    for _ in range(2):
        await attempt.run("", (ToolCall("call", "read_up", '"new"'), ToolCall("call", "read_up", '"new"')))
    ids = [past.call.id for past in await store.tool_calls(turn)]
    assert sorted(ids) == ["call", "call.2", "call.3", "call.4", "call.5"]


async def test_no_call_begins_for_words_that_have_changed(store: SqliteStore) -> None:
    turn, toolbox = await begun(store), FakeToolbox()
    await store.revise(Revised(asked("other words"), NOW), redo=True)
    with pytest.raises(Overtaken):
        await calling(turn, store, toolbox).run("", (ToolCall("a", "look_up", "{}"),))
    assert toolbox.calls == []


async def test_nor_in_a_lane_that_somebody_else_has(store: SqliteStore) -> None:
    turn, toolbox = await begun(store), FakeToolbox()
    await begun(store)
    with pytest.raises(LeaseLost):
        await calling(turn, store, toolbox).run("", (ToolCall("a", "look_up", "{}"),))
    assert toolbox.calls == []
