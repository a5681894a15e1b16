"""What every store must do with the journal of tool calls."""

import pytest

from core.errors import Overtaken
from core.storage import JournalledCall, Store, ToolState
from core.transcript import ToolCall
from tests.contract.stores import ADDRESS, NOW, answered, begin, begun, commit, delete, edit
from tests.questions import asked


async def test_calls_come_back_with_their_results_oldest_first(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "b", "time_in", '{"zone": "UTC"}', NOW)
    await store.tool_started(turn, "a", "calculate", "{}", NOW + 1)
    await store.tool_started(turn, "c", "calculate", "{}", NOW + 2)
    await store.tool_ended(turn, "a", "4", failed=False)
    await store.tool_ended(turn, "c", "no", failed=True)
    again = await begin(store)
    assert await store.tool_calls(again) == (
        JournalledCall(ToolCall("b", "time_in", '{"zone": "UTC"}'), ToolState.UNCERTAIN, ""),
        JournalledCall(ToolCall("a", "calculate", "{}"), ToolState.OK, "4"),
        JournalledCall(ToolCall("c", "calculate", "{}"), ToolState.FAILED, "no"),
    )


async def test_a_journal_is_of_one_turn(store: Store) -> None:
    turn = await begun(store)
    other = await begun(store, asked("x", number=2, thread="t2"))
    await store.tool_started(other, "call_1", "time_in", "{}", NOW)
    assert await store.tool_calls(turn) == ()
    assert len(await store.tool_calls(other)) == 1


async def test_a_call_that_runs_is_uncertain_only_after_a_restart(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "time_in", "{}", NOW)
    assert [call.state for call in await store.tool_calls(turn)] == [ToolState.STARTED]
    await begin(store)
    assert [call.state for call in await store.tool_calls(turn)] == [ToolState.UNCERTAIN]


async def test_an_uncertain_call_that_is_made_again_has_a_new_end(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "time_in", "{}", NOW)
    again = await begin(store)
    await store.tool_started(again, "call_1", "time_in", "{}", NOW + 1)
    await store.tool_ended(again, "call_1", "noon", failed=False)
    assert [(call.state, call.result) for call in await store.tool_calls(again)] == [(ToolState.OK, "noon")]


async def test_what_was_read_in_documents_is_kept_no_longer_than_the_turn(store: Store) -> None:
    turn = await begun(store)
    for call_id, name in (("a", "read_pages"), ("b", "query_tables"), ("c", "time_in")):
        await store.tool_started(turn, call_id, name, "{}", NOW)
        await store.tool_ended(turn, call_id, f"said by {name}", failed=call_id == "b")
    turn = await begin(store)
    read = ["said by read_pages", "said by query_tables", "said by time_in"]
    assert [call.result for call in await store.tool_calls(turn)] == read
    await commit(store, turn, "So it is.")
    await store.end(turn, NOW)
    ended = [(call.state, call.call.arguments, call.result) for call in await store.tool_calls(turn)]
    assert ended == [
        (ToolState.OK, "", ""),
        (ToolState.FAILED, "", ""),
        (ToolState.OK, "{}", "said by time_in"),
    ]


async def test_a_call_that_is_made_again_has_no_result_of_before(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "time_in", "{}", NOW)
    await store.tool_ended(turn, "call_1", "noon", failed=False)
    await store.tool_started(turn, "call_1", "calculate", "1", NOW + 1)
    (call,) = await store.tool_calls(await begin(store))
    assert (call.call.name, call.call.arguments, call.state, call.result) == (
        "calculate",
        "1",
        ToolState.UNCERTAIN,
        "",
    )


async def test_what_was_called_for_other_words_is_not_told_but_for_what_nobody_knows_the_end_of(
    store: Store,
) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "done", "calculate", "2+2", NOW)
    await store.tool_ended(turn, "done", "4", failed=False)
    await store.tool_started(turn, "cut", "book", "a table", NOW + 1)
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    assert [(call.call.id, call.state, call.outdated) for call in await store.tool_calls(again)] == [
        ("cut", ToolState.UNCERTAIN, True)
    ]
    await store.tool_started(again, "new", "calculate", "3+3", NOW + 2)
    await store.tool_ended(again, "new", "6", failed=False)
    last = await begin(store)
    assert [(call.call.id, call.outdated) for call in await store.tool_calls(last)] == [
        ("cut", True),
        ("new", False),
    ]


async def test_no_call_begins_for_words_that_have_changed(store: Store) -> None:
    turn = await begun(store, asked("2+2?"), asked("3+3?", number=2))
    await store.tool_started(turn, "call_1", "calculate", "2+2", NOW)
    await edit(store, turn.questions[0], "5+5?")
    with pytest.raises(Overtaken):
        await store.tool_started(turn, "call_2", "calculate", "3+3", NOW)
    await store.tool_ended(turn, "call_1", "4", failed=False)
    assert await store.tool_calls(await begin(store)) == ()


async def test_a_call_says_nothing_of_the_deleted_one_of_several_questions(store: Store) -> None:
    turn = await begun(store, asked("2+2?"), asked("my secret", number=2))
    await store.tool_started(turn, "call_1", "search", "my secret", NOW)
    await delete(store, turn.questions[1])
    (call,) = await store.tool_calls(await begin(store))
    assert (call.call.name, call.call.arguments, call.state, call.outdated) == (
        "search",
        "",
        ToolState.UNCERTAIN,
        True,
    )


async def test_a_call_of_before_that_is_made_for_the_new_words_belongs_to_them(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "calculate", "2+2", NOW)
    await store.tool_ended(turn, "call_1", "4", failed=False)
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    await store.tool_started(again, "call_1", "calculate", "3+3", NOW + 1)
    (call,) = await store.tool_calls(again)
    assert (call.call.arguments, call.state) == ("3+3", ToolState.STARTED)


async def test_an_answer_that_is_redone_begins_with_an_empty_journal(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "calculate", "2+2", NOW)
    await store.tool_ended(turn, "call_1", "4", failed=False)
    await store.end(turn, NOW)
    done = await answered(store, asked("and 3+3?", number=2))
    await edit(store, done.questions[0], "5+5?")
    again = await begin(store, ADDRESS)
    assert again.id == done.id
    assert await store.tool_calls(again) == ()
