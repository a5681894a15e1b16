"""What every store must keep of a thread: pinned facts, and a summary that goes with what it was made of."""

from dataclasses import replace

import pytest

from core.events import Asked
from core.message import Attachment
from core.storage import Answer, Store, TurnState
from core.thread_memory import PIN_LENGTH_MOST, PINS_MOST, Pin, Summary, ThreadMemory
from core.transcript import FilePart, Role, TextPart
from tests.contract.stores import (
    ADDRESS,
    NOW,
    answered,
    begin,
    begun,
    commit,
    delete,
    edit,
    screen,
    show,
    talk,
)
from tests.questions import ADA, BEN, asked

OTHER = asked("", thread="t2").address


async def long_talk(store: Store, many: int = 4) -> list[Asked]:
    """Questions ``word1`` ... each with an answer."""
    events = [asked(f"word{number}?", number=number) for number in range(1, many + 1)]
    for event in events:
        await answered(store, event, texts=(f"said{event.message_id[1:]}.",))
    return events


async def summarized(store: Store, rows: int = 4, text: str = "They said much.") -> Summary:
    """The thread's oldest rows are summarized."""
    memory = await store.oldest(ADDRESS, rows)
    summary = Summary(memory.rows[-1].position, text, 5, "m", NOW)
    assert await store.put_summary(ADDRESS, summary, memory)
    return summary


def texts(memory: ThreadMemory) -> list[str]:
    return [row.message.text for row in memory.rows]


async def test_without_a_summary_the_memory_is_the_transcript(store: Store) -> None:
    await long_talk(store, 2)
    memory = await store.memory(ADDRESS, 3)
    assert (memory.pins, memory.summary) == ((), None)
    assert [row.message for row in memory.rows] == list(await store.transcript(ADDRESS, 3))
    positions = [row.position for row in memory.rows]
    assert positions == sorted(set(positions))
    assert {row.version for row in memory.rows} == {0}


async def test_nothing_is_known_of_a_thread_that_is_not_there(store: Store) -> None:
    assert await store.memory(ADDRESS, 10) == ThreadMemory()
    assert await store.oldest(ADDRESS, 10) == ThreadMemory()
    assert not await store.put_summary(ADDRESS, Summary(1, "x", 1, "m", NOW), ThreadMemory())


async def test_a_summary_stands_for_the_oldest_rows_and_the_originals_are_kept(store: Store) -> None:
    await long_talk(store)
    summary = await summarized(store, 4)
    memory = await store.memory(ADDRESS, 10)
    assert memory.summary == summary
    assert texts(memory) == ["word3?", "said3.", "word4?", "said4."]
    assert texts(await store.oldest(ADDRESS, 10)) == texts(memory)
    assert len(await talk(store)) == len(await screen(store)) == 8


async def test_the_next_summary_takes_the_place_of_the_one_before(store: Store) -> None:
    await long_talk(store)
    first = await summarized(store, 2)
    second = await summarized(store, 4, "More.")
    assert second.upto > first.upto
    memory = await store.memory(ADDRESS, 10)
    assert (memory.summary, texts(memory)) == (second, ["word4?", "said4."])


async def test_a_summary_of_rows_that_another_summarized_meanwhile_is_refused(store: Store) -> None:
    await long_talk(store)
    memory = await store.oldest(ADDRESS, 4)
    first = await summarized(store, 2)
    late = Summary(memory.rows[-1].position, "Late.", 1, "m", NOW)
    assert not await store.put_summary(ADDRESS, late, memory)
    assert (await store.memory(ADDRESS, 10)).summary == first


@pytest.mark.parametrize("rows", [slice(1, None), slice(0, 2), slice(0, 0)])
async def test_a_summary_that_leaves_out_rows_before_its_end_is_refused(store: Store, rows: slice) -> None:
    await long_talk(store)
    memory = await store.oldest(ADDRESS, 4)
    summary = Summary(memory.rows[-1].position, "Gaps.", 1, "m", NOW)
    assert not await store.put_summary(ADDRESS, summary, replace(memory, rows=memory.rows[rows]))
    assert (await store.memory(ADDRESS, 10)).summary is None


async def test_a_summary_may_stop_before_the_last_row_that_was_read(store: Store) -> None:
    await long_talk(store)
    memory = await store.oldest(ADDRESS, 8)
    assert await store.put_summary(ADDRESS, Summary(memory.rows[1].position, "One.", 1, "m", NOW), memory)
    assert texts(await store.memory(ADDRESS, 10))[:2] == ["word2?", "said2."]


@pytest.mark.parametrize("which", [0, 1])
async def test_a_deleted_question_takes_the_summary_that_covers_it_along(store: Store, which: int) -> None:
    events = await long_talk(store)
    await summarized(store, 4, "The secret is word1 and word2.")
    await delete(store, events[which])
    memory = await store.memory(ADDRESS, 10)
    assert memory.summary is None
    assert "secret" not in repr(memory)
    assert f"word{which + 1}" not in repr(memory)
    assert len(memory.rows) == 6


async def test_a_deletion_behind_the_summary_leaves_it(store: Store) -> None:
    events = await long_talk(store)
    summary = await summarized(store, 4)
    await delete(store, events[2])
    memory = await store.memory(ADDRESS, 10)
    assert (memory.summary, texts(memory)) == (summary, ["word4?", "said4."])


async def test_an_edited_question_makes_its_summary_be_made_anew(store: Store) -> None:
    events = await long_talk(store)
    await summarized(store, 4, "Of word1.")
    await edit(store, events[0], "other?")
    memory = await store.memory(ADDRESS, 10)
    assert memory.summary is None
    assert texts(memory)[0] == "other?"
    assert memory.rows[0].version == 1
    again = await summarized(store, 4, "Of another.")
    assert (await store.memory(ADDRESS, 10)).summary == again


async def test_an_edit_that_changes_no_word_leaves_the_summary(store: Store) -> None:
    events = await long_talk(store)
    summary = await summarized(store, 4)
    await edit(store, events[0], events[0].text)
    assert (await store.memory(ADDRESS, 10)).summary == summary


@pytest.mark.parametrize("what", ["edited", "deleted", "forgotten"])
async def test_a_summary_of_rows_that_changed_while_it_was_made_is_refused(store: Store, what: str) -> None:
    events = await long_talk(store)
    memory = await store.oldest(ADDRESS, 4)
    if what == "edited":
        await edit(store, events[0], "other?")
    elif what == "deleted":
        await delete(store, events[1])
    else:
        await store.reset(ADDRESS, ADA, NOW)
    summary = Summary(memory.rows[-1].position, "Of word1.", 1, "m", NOW)
    assert not await store.put_summary(ADDRESS, summary, memory)
    assert (await store.memory(ADDRESS, 10)).summary is None


async def test_an_edit_there_and_back_refuses_a_summary_made_in_between(store: Store) -> None:
    events = await long_talk(store)
    await edit(store, events[0], "other?")
    memory = await store.oldest(ADDRESS, 4)
    await edit(store, events[0], events[0].text, revision=NOW + 1)
    assert not await store.put_summary(ADDRESS, Summary(memory.rows[-1].position, "x", 1, "m", NOW), memory)


async def test_what_happens_behind_it_does_not_refuse_a_summary(store: Store) -> None:
    events = await long_talk(store)
    memory = await store.oldest(ADDRESS, 4)
    await edit(store, events[2], "other?")
    await begun(store, asked("more?", number=9))
    assert await store.put_summary(ADDRESS, Summary(memory.rows[-1].position, "x", 1, "m", NOW), memory)


async def test_a_turn_that_is_not_over_is_read_but_not_summarized(store: Store) -> None:
    await long_talk(store, 2)
    turn = await begun(store, asked("now?", number=9))
    assert texts(await store.memory(ADDRESS, 10))[-1] == "now?"
    assert texts(await store.oldest(ADDRESS, 10))[-1] == "said2."
    whole = await store.memory(ADDRESS, 10)
    summary = Summary(whole.rows[-1].position, "x", 1, "m", NOW)
    assert not await store.put_summary(ADDRESS, summary, whole)
    await commit(store, turn, "Now.")
    assert texts(await store.oldest(ADDRESS, 10))[-1] == "said2."
    await store.end(turn, NOW)
    assert texts(await store.oldest(ADDRESS, 10))[-2:] == ["now?", "Now."]


async def test_a_summarized_question_that_is_answered_again_is_read_again(store: Store) -> None:
    events = await long_talk(store, 2)
    await summarized(store, 4)
    await edit(store, events[1], "word2, really?")
    turn = await begin(store)
    assert turn.questions[0].text == "word2, really?"
    memory = await store.memory(ADDRESS, 10)
    assert (memory.summary, texts(memory)) == (None, ["word1?", "said1.", "word2, really?"])


async def test_notices_and_commands_are_not_remembered(store: Store) -> None:
    await answered(store)
    command = await begun(store, asked("/pin it", number=2))
    await show(store, command, "Pinned.")
    rows = await store.oldest(ADDRESS, 10)
    assert texts(rows) == ["2+2?", "Four."]


@pytest.mark.parametrize("error", ["moderated", "busy"])
async def test_a_question_that_was_not_let_pass_is_never_read(store: Store, error: str) -> None:
    turn = await begun(store, asked("How do I harm?"))
    refusal = Answer(Role.NOTICE, "No.", TurnState.REFUSED, error=error)
    assert texts(await store.memory(ADDRESS, 10)) == ["How do I harm?"]
    await show(store, turn, "No.")
    await store.commit_answer(turn, refusal, ("No.",), NOW)
    read = [] if error == "moderated" else ["How do I harm?"]
    assert texts(await store.memory(ADDRESS, 10)) == read
    await store.end(turn, NOW)
    assert texts(await store.memory(ADDRESS, 10)) == read
    assert texts(await store.oldest(ADDRESS, 10)) == read
    assert [message.text for message in await store.transcript(ADDRESS, 10)] == read
    await edit(store, asked("How do I harm?"), "How do I help?")
    await begin(store)
    assert texts(await store.memory(ADDRESS, 10)) == ["How do I help?"]


async def test_files_that_are_read_late_are_a_new_version(store: Store) -> None:
    picture = Attachment("f1", "a.txt", "text/plain", 3, "x")
    question = asked("look", attachments=(picture,))
    turn = await begun(store, question)
    await store.keep_parts(turn, question, (TextPart("look"), FilePart("a.txt", "abc")), ())
    (row,) = (await store.memory(ADDRESS, 10)).rows
    assert (row.version, len(row.message.parts)) == (1, 2)
    await store.keep_parts(turn, question, (TextPart("look"), FilePart("a.txt", "abc")), ())
    assert (await store.memory(ADDRESS, 10)).rows == (row,)


async def test_a_fresh_start_forgets_summary_and_pins_of_one_thread(store: Store) -> None:
    await long_talk(store)
    await summarized(store, 4)
    await store.pin(ADDRESS, "We use tabs.", ADA, NOW)
    kept = await store.pin(OTHER, "We use spaces.", ADA, NOW)
    await store.reset(ADDRESS, ADA, NOW)
    assert await store.memory(ADDRESS, 10) == ThreadMemory()
    assert (await store.memory(OTHER, 10)).pins == (kept,)
    await answered(store, asked("anew?", number=9))
    assert texts(await store.memory(ADDRESS, 10)) == ["anew?", "Four."]


async def test_facts_are_pinned_in_order_and_taken_away_by_number(store: Store) -> None:
    first = await store.pin(ADDRESS, "We use tabs.", ADA, NOW)
    second = await store.pin(ADDRESS, "Grüße 🦙\nand more", BEN, NOW + 1)
    assert (first, second) == (
        Pin(1, "We use tabs.", "Ada", NOW),
        Pin(2, "Grüße 🦙\nand more", "Ben", NOW + 1),
    )
    assert await store.pins(ADDRESS) == (first, second) == (await store.memory(ADDRESS, 1)).pins
    assert await store.pins(OTHER) == ()
    assert await store.unpin(OTHER, 1, ADA, NOW) is None
    assert await store.unpin(ADDRESS, 1, ADA, NOW) == first
    assert await store.unpin(ADDRESS, 1, ADA, NOW) is None
    third = await store.pin(ADDRESS, "Third.", ADA, NOW)
    assert third is not None
    assert third.number == 3
    assert await store.pins(ADDRESS) == (second, third)


async def test_the_same_fact_is_pinned_once(store: Store) -> None:
    first = await store.pin(ADDRESS, "We use tabs.", ADA, NOW)
    assert await store.pin(ADDRESS, "We use tabs.", BEN, NOW + 5) == first
    assert await store.pins(ADDRESS) == (first,)


async def test_only_so_many_facts_are_pinned(store: Store) -> None:
    for number in range(PINS_MOST):
        assert await store.pin(ADDRESS, f"Fact {number}.", ADA, NOW) is not None
    assert await store.pin(ADDRESS, "One more.", ADA, NOW) is None
    assert await store.pin(ADDRESS, "Fact 3.", ADA, NOW) is not None
    assert await store.pin(OTHER, "One more.", ADA, NOW) is not None
    await store.unpin(ADDRESS, 5, ADA, NOW)
    assert await store.pin(ADDRESS, "One more.", ADA, NOW) is not None
    assert len(await store.pins(ADDRESS)) == PINS_MOST


async def pinned(store: Store) -> Asked:
    """A fact that was pinned by a typed message, beside one that was not."""
    message = asked("/PIN  the code is 4711 ")
    await answered(store, message)
    await store.pin(ADDRESS, "the code is 4711", ADA, NOW)
    await store.pin(ADDRESS, "another", ADA, NOW)
    return message


async def test_a_pin_goes_with_the_message_that_made_it(store: Store) -> None:
    message = await pinned(store)
    await delete(store, message)
    assert [pin.text for pin in await store.pins(ADDRESS)] == ["another"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/pin the code is secret", {"the code is secret", "another"}),
        ("/pin another", {"another"}),
        ("/pin", {"another"}),
        ("never mind", {"another"}),
        ("/pin " + "x" * (PIN_LENGTH_MOST + 1), {"another"}),
    ],
)
async def test_a_pin_says_what_its_message_says_now(store: Store, text: str, left: set[str]) -> None:
    message = await pinned(store)
    await edit(store, message, text, redo=False)
    assert {pin.text for pin in await store.pins(ADDRESS)} == left


async def test_nobody_elses_pin_goes_with_a_message(store: Store) -> None:
    message = asked("/pin tea is at five", author=BEN)
    await answered(store, message)
    await store.pin(ADDRESS, "tea is at five", ADA, NOW)
    await delete(store, message)
    assert [pin.text for pin in await store.pins(ADDRESS)] == ["tea is at five"]
