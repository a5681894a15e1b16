"""What every store must do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.address import Address
from core.errors import LeaseLost
from core.memory.store import SqliteStore, open_store
from core.message import Attachment, Upload
from core.storage import Answer, PostState, Store, Turn, TurnState
from core.transcript import FilePart, Image, ImagePart, Role, TextPart, Usage
from tests.fakes.store import MemoryStore
from tests.questions import ADA, BEN, asked

NOW = 1_700_000_100.0


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "data") as opened:
        yield opened


async def tool_states(store: Store) -> list[str]:
    """The contract has no way to read a tool's row: each store has its own."""
    if isinstance(store, MemoryStore):
        return [row.state for row in store.tools.values()]
    assert isinstance(store, SqliteStore)
    rows = await store._database._reader.execute_fetchall("SELECT state FROM tool_call")
    return [row[0] for row in rows]


def answer(text: str = "Four.", ending: TurnState = TurnState.DONE, role: Role = Role.ASSISTANT) -> Answer:
    return Answer(role, text, ending, model="m", usage=Usage(10, 5), hosted=True)


async def begun(store: Store, text: str = "2+2?") -> Turn:
    await store.accept(asked(text), (), NOW)
    turn = await store.begin(asked(text).address, NOW)
    assert turn is not None
    return turn


async def test_an_event_is_kept_once(store: Store) -> None:
    assert await store.accept(asked("hi"), (), NOW)
    assert not await store.accept(asked("hi"), (), NOW)
    assert not await store.accept(asked("hi again under the same key"), (), NOW)


async def test_the_same_event_at_once_is_kept_once(store: Store) -> None:
    kept = await asyncio.gather(*(store.accept(asked("hi"), (), NOW) for _ in range(20)))
    assert sorted(kept) == [False] * 19 + [True]


async def test_keys_are_unique_within_an_account_only(store: Store) -> None:
    elsewhere = replace(asked("hi"), address=Address("test", "a2", "c1", "t1"))
    assert await store.accept(asked("hi"), (), NOW)
    assert await store.accept(elsewhere, (), NOW)


async def test_a_turn_takes_the_leading_rows_of_one_author(store: Store) -> None:
    for number, (text, author) in enumerate([("a", ADA), ("b", ADA), ("c", BEN), ("d", ADA)], 1):
        await store.accept(asked(text, number=number, author=author), (), NOW)
    address = asked("").address
    taken = []
    while (turn := await store.begin(address, NOW)) is not None:
        taken.append([question.text for question in turn.questions])
        await store.commit_answer(turn, answer(), ("Four.",), NOW)
        await store.end(turn, NOW)
    assert taken == [["a", "b"], ["c"], ["d"]]


async def test_rows_that_arrive_out_of_order_are_taken_in_the_order_they_were_sent(
    store: Store,
) -> None:
    for number in (3, 1, 2):
        await store.accept(asked(str(number), number=number), (), NOW)
    turn = await store.begin(asked("").address, NOW)
    assert turn is not None
    assert [question.text for question in turn.questions] == ["1", "2", "3"]


async def test_a_command_stands_alone(store: Store) -> None:
    for number, text in enumerate(["a", "/stop", "b"], 1):
        await store.accept(asked(text, number=number), (), NOW)
    turn = await store.begin(asked("").address, NOW)
    assert turn is not None
    assert [question.text for question in turn.questions] == ["a"]


async def test_an_unfinished_turn_is_taken_again_with_a_larger_fence(store: Store) -> None:
    first = await begun(store)
    await store.accept(asked("more", number=2), (), NOW)
    second = await store.begin(first.address, NOW)
    assert second is not None
    assert second.id == first.id
    assert second.fence > first.fence
    assert second.attempt == 2
    assert [question.text for question in second.questions] == ["2+2?"]


async def test_a_write_with_an_old_fence_is_refused(store: Store) -> None:
    old = await begun(store)
    new = await store.begin(old.address, NOW)
    assert new is not None
    with pytest.raises(LeaseLost):
        await store.commit_answer(old, answer(), ("Four.",), NOW)
    with pytest.raises(LeaseLost):
        await store.intend(old, 0)
    with pytest.raises(LeaseLost):
        await store.end(old, NOW)
    await store.commit_answer(new, answer(), ("Four.",), NOW)


async def test_a_delivering_turn_comes_back_with_its_texts(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.commit_answer(turn, answer(ending=TurnState.STOPPED), ("Four", "and more"), NOW)
    again = await store.begin(turn.address, NOW)
    assert again is not None
    assert again.state is TurnState.DELIVERING
    assert again.ending is TurnState.STOPPED
    assert [post.final for post in await store.posts(again)] == ["Four", "and more"]


async def test_the_lane_is_free_when_nothing_waits(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    await store.end(turn, NOW)
    assert await store.begin(turn.address, NOW) is None
    assert await store.waiting() == ()


async def test_waiting_names_threads_with_new_events_and_cut_turns(store: Store) -> None:
    cut = await begun(store)
    await store.accept(asked("x", number=5, thread="t2"), (), NOW + 1)
    assert await store.waiting() == (cut.address, asked("", thread="t2").address)


async def test_a_post_keeps_its_key_and_its_first_id(store: Store) -> None:
    turn = await begun(store)
    intent = await store.intend(turn, 0)
    assert intent.state is PostState.INTENT
    assert len(intent.key) == 25
    assert await store.intend(turn, 0) == intent
    await store.posted(turn, 0, "m1", "Fo")
    await store.posted(turn, 0, "m2", "Four")
    (post,) = await store.posts(turn)
    assert (post.key, post.state, post.platform_id, post.shown) == (intent.key, PostState.SENT, "m1", "Four")


async def test_questions_and_answers_lead_to_their_thread(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.posted(turn, 0, "m1", "Four")
    assert await store.locate("test", "a1", "c1", "q1") == turn.address
    assert await store.locate("test", "a1", "c1", "m1") == turn.address
    assert await store.locate("test", "a1", "c2", "m1") is None
    assert await store.locate("test", "a2", "c1", "m1") is None


async def test_the_transcript_has_questions_and_answers_but_no_notices_nor_commands(
    store: Store,
) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    await store.end(turn, NOW)
    await store.accept(asked("/help", number=2), (), NOW)
    second = await store.begin(turn.address, NOW)
    assert second is not None
    said = Answer(Role.NOTICE, "I can ...", TurnState.DONE)
    await store.commit_answer(second, said, ("I can ...",), NOW)
    rows = await store.transcript(turn.address, 10)
    assert [(row.role, row.text) for row in rows] == [
        (Role.USER, "2+2?"),
        (Role.ASSISTANT, "Four."),
    ]


async def test_a_reset_hides_what_stands_before_from_the_model_only(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    await store.reset(turn.address)
    assert await store.transcript(turn.address, 10) == ()
    assert [message.text for message in await store.messages(turn.address)] == ["2+2?", "Four."]


async def test_files_and_pictures_are_kept_with_their_question(store: Store) -> None:
    question = asked("what is it?", attachments=(Attachment("f1", "cat.png", "image/png", 3, "x"),))
    await store.accept(question, (Upload("f1", b"abc"),), NOW)
    assert await store.upload("f1") == b"abc"
    turn = await store.begin(question.address, NOW)
    assert turn is not None
    parts = (TextPart("what is it?"), ImagePart("h1", "image/png", 2, 3, "cat.png"), FilePart("a.txt", "hi"))
    await store.keep_parts(turn, question, parts, (("h1", Image("image/png", b"png")),))
    (row,) = await store.transcript(question.address, 10)
    assert row.parts == parts
    assert await store.images(("h1", "h2")) == (("h1", Image("image/png", b"png")),)
    (shown,) = await store.messages(question.address)
    assert shown.files == ("cat.png", "a.txt")


async def test_a_waiting_question_is_already_shown(store: Store) -> None:
    await store.accept(asked("hello?", attachments=(Attachment("f", "a.txt", "", 1, ""),)), (), NOW)
    (shown,) = await store.messages(asked("").address)
    assert (shown.id, shown.role, shown.text, shown.files) == ("q1", Role.USER, "hello?", ("a.txt",))


async def test_conversations_are_those_of_one_account_newest_first(store: Store) -> None:
    await store.accept(asked("first question", thread="t1"), (), NOW)
    await store.accept(asked("second " + "word " * 40, number=2, thread="t2"), (), NOW + 5)
    await store.accept(asked("not yours", number=3, platform="other"), (), NOW + 9)
    found = await store.conversations("test", "a1")
    assert [summary.address.thread for summary in found] == ["t2", "t1"]
    assert found[1].title == "first question"
    assert len(found[0].title) <= 80
    assert found[0].title.endswith("…")


async def test_turns_of_a_person_are_counted_and_refusals_are_not(store: Store) -> None:
    address = asked("").address
    for number, ending in enumerate([TurnState.DONE, TurnState.REFUSED, TurnState.STOPPED], 1):
        await store.accept(asked("x", number=number), (), NOW)
        turn = await store.begin(address, NOW + number)
        assert turn is not None
        await store.commit_answer(turn, answer(ending=ending), ("y",), NOW)
        await store.end(turn, NOW)
    used = await store.turns_of(address, ADA.id, NOW)
    assert (used.count, used.oldest) == (2, NOW + 1)
    assert (await store.turns_of(address, BEN.id, NOW)).count == 0
    assert (await store.turns_of(address, ADA.id, NOW + 100)).count == 0


async def test_tokens_are_summed_since_a_time(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    assert await store.tokens_since(NOW - 1) == 15
    assert await store.tokens_since(NOW + 1) == 0


async def test_a_tool_that_was_running_is_uncertain_after_a_restart(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "time_in", "{}", NOW)
    await store.begin(turn.address, NOW)
    assert await tool_states(store) == ["uncertain"]


async def test_the_first_question_is_remembered_when_people_had_written_before(store: Store) -> None:
    await store.accept(asked("and you?", joined_midway=True), (), NOW)
    await store.accept(asked("go on", number=2), (), NOW)
    first = await store.joined_midway(asked("").address)
    assert first is not None
    assert first.text == "and you?"


async def test_what_a_message_showed_is_forgotten_at_a_restart_until_its_text_is_committed(
    store: Store,
) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.posted(turn, 0, "m1", "Fo")
    again = await store.begin(turn.address, NOW)
    assert again is not None
    assert [post.shown for post in await store.posts(again)] == [None]
    await store.commit_answer(again, answer(), ("Four.",), NOW)
    await store.shown(again, 0, "Four.")
    last = await store.begin(turn.address, NOW)
    assert last is not None
    assert [(post.platform_id, post.shown) for post in await store.posts(last)] == [("m1", "Four.")]


async def test_a_message_that_is_lost_says_how(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.intend(turn, 1)
    await store.lost(turn, 0, PostState.REJECTED, "too_long")
    await store.lost(turn, 1, PostState.GONE, "unknown_message")
    assert [post.state for post in await store.posts(turn)] == [PostState.REJECTED, PostState.GONE]


async def test_an_answer_to_what_was_reset_is_reset_with_it(store: Store) -> None:
    turn = await begun(store)
    await store.reset(turn.address)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    await store.end(turn, NOW)
    assert await store.transcript(turn.address, 10) == ()


async def test_a_question_with_an_opener_stands_alone(store: Store) -> None:
    for number, opener in enumerate([None, "Ada asked:", None], 1):
        await store.accept(asked(str(number), number=number, opener=opener), (), NOW)
    taken = []
    while (turn := await store.begin(asked("").address, NOW)) is not None:
        taken.append([question.text for question in turn.questions])
        await store.commit_answer(turn, answer(), ("Four.",), NOW)
        await store.end(turn, NOW)
    assert taken == [["1"], ["2"], ["3"]]


async def test_nothing_begins_in_a_thread_of_which_nothing_is_stored(store: Store) -> None:
    assert await store.begin(asked("").address, NOW) is None
    assert not await store.thread_known(asked("").address)
