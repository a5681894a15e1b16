"""What every store must do when a question is deleted."""

from dataclasses import replace

import pytest

from core.errors import LeaseLost, Overtaken
from core.message import Upload
from core.storage import Answer, Change, PostState, Store, TurnState
from core.transcript import Role
from tests.contract.stores import (
    ADDRESS,
    CAT,
    IMAGE,
    NOW,
    PICTURE,
    answer,
    answered,
    ask,
    begin,
    begun,
    begun_with_picture,
    commit,
    delete,
    edit,
    screen,
    show,
    talk,
)
from tests.questions import ADA, BEN, asked


async def test_a_waiting_question_is_not_answered(store: Store) -> None:
    event = await ask(store, asked("oops"))
    await ask(store, asked("2+2?", number=2))
    effect = await delete(store, event)
    assert (effect.change, effect.address, effect.turn) == (Change.NOTHING, ADDRESS, "")
    assert await screen(store) == ["2+2?"]
    turn = await begin(store)
    assert [question.text for question in turn.questions] == ["2+2?"]


async def test_nothing_waits_when_the_only_question_is_deleted(store: Store) -> None:
    await delete(store, await ask(store, asked("oops")))
    assert await store.waiting() == ()
    assert await store.begin(ADDRESS, NOW) is None
    assert await screen(store) == []


async def test_a_deleted_question_does_not_come_back(store: Store) -> None:
    event = await ask(store, asked("oops"))
    await delete(store, event)
    assert not await store.accept(event, (), NOW)
    assert (await edit(store, event, "oops, again", revision=NOW + 50)).change is Change.NOTHING
    assert await screen(store) == []
    assert await store.waiting() == ()


async def test_deleting_twice_changes_nothing_more(store: Store) -> None:
    turn = await answered(store)
    assert (await delete(store, turn.questions[0])).change is Change.ANEW
    await store.end(await begin(store), NOW)
    effect = await delete(store, turn.questions[0])
    assert (effect.change, effect.address, effect.turn) == (Change.NOTHING, ADDRESS, "")
    assert await store.waiting() == ()


async def test_a_running_turn_takes_back_what_it_has_said(store: Store) -> None:
    turn = await begun(store)
    await show(store, turn, "Fo")
    effect = await delete(store, turn.questions[0])
    assert (effect.change, effect.address, effect.turn) == (Change.ANEW, ADDRESS, turn.id)
    with pytest.raises(Overtaken):
        await store.commit_answer(turn, answer(), ("Four.",), NOW)
    with pytest.raises(Overtaken):
        await store.end(turn, NOW)
    gone = await begin(store)
    assert (gone.id, gone.state, gone.anchor) == (turn.id, TurnState.DELIVERING, turn.anchor)
    assert [(post.platform_id, post.shown, post.final) for post in await store.posts(gone)] == [
        ("q1-m0", None, None)
    ]
    await store.lost(gone, 0, PostState.GONE, "surplus", NOW)
    await store.end(gone, NOW)
    assert await store.waiting() == ()
    assert await store.dead_letters(10) == ()


async def test_what_was_said_is_forgotten_at_once(store: Store) -> None:
    turn = await answered(store)
    await delete(store, turn.questions[0])
    assert await talk(store) == []
    assert await screen(store) == []
    assert [post.final for post in await store.posts(turn)] == [None]
    assert [summary.title for summary in await store.conversations("test", "a1")] == ["Untitled"]
    assert await store.waiting() == (ADDRESS,)


@pytest.mark.parametrize("is_ended", [False, True])
async def test_a_committed_answer_is_taken_off_the_screen(store: Store, is_ended: bool) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    if is_ended:
        await store.end(turn, NOW)
    assert (await delete(store, turn.questions[0])).turn == turn.id
    gone = await begin(store)
    assert (gone.id, gone.state) == (turn.id, TurnState.DELIVERING)
    posts = await store.posts(gone)
    assert [(post.platform_id, post.final, post.shown) for post in posts] == [
        ("q1-m0", None, None),
        ("q1-m1", None, None),
    ]
    again = await begin(store)
    assert (again.id, again.state) == (turn.id, TurnState.DELIVERING)
    await store.end(again, NOW)
    assert await store.waiting() == ()
    assert await store.begin(ADDRESS, NOW) is None


async def test_what_a_delivery_notes_meanwhile_is_forgotten_too(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four")
    await delete(store, turn.questions[0])
    await store.shown(turn, 0, "Four")
    gone = await begin(store)
    assert [post.shown for post in await store.posts(gone)] == [None]


async def test_a_lost_message_of_a_deleted_question_is_no_dead_letter(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    await store.lost(turn, 1, PostState.REJECTED, "too_long", NOW)
    assert len(await store.dead_letters(10)) == 1
    await delete(store, turn.questions[0])
    assert await store.dead_letters(10) == ()


async def test_a_deleted_question_that_came_too_late_is_no_dead_letter(store: Store) -> None:
    turn = await begun(store)
    late = Answer(Role.NOTICE, "I was away.", TurnState.FAILED, error="stale")
    await store.commit_answer(turn, late, (), NOW)
    await store.end(turn, NOW)
    assert [letter.text for letter in await store.dead_letters(10)] == ["2+2?"]
    await delete(store, turn.questions[0])
    assert await store.dead_letters(10) == ()
    await store.end(await begin(store), NOW)
    assert await store.dead_letters(10) == ()


async def test_one_of_several_questions_is_deleted_while_they_are_answered(store: Store) -> None:
    turn = await begun(store, asked("2+2?"), asked("my secret", number=2), asked("3+3?", number=3))
    effect = await delete(store, turn.questions[1])
    assert (effect.change, effect.turn) == (Change.ANEW, turn.id)
    assert await talk(store) == [(Role.USER, "2+2?"), (Role.USER, "3+3?")]
    again = await begin(store)
    assert again.state is TurnState.RUNNING
    assert [question.text for question in again.questions] == ["2+2?", "3+3?"]
    assert again.anchor == "q3"


async def test_the_question_that_the_answer_hangs_on_is_deleted(store: Store) -> None:
    turn = await begun(store, asked("2+2?"), asked("3+3?", number=2))
    await delete(store, turn.questions[1])
    again = await begin(store)
    assert [question.text for question in again.questions] == ["2+2?"]
    assert again.anchor == turn.anchor == "q2"


async def test_the_newest_answer_is_redone_without_a_deleted_question(store: Store) -> None:
    turn = await answered(store, asked("2+2?"), asked("3+3?", number=2))
    assert (await delete(store, turn.questions[0])).change is Change.ANEW
    again = await begin(store)
    assert (again.state, [question.text for question in again.questions]) == (TurnState.RUNNING, ["3+3?"])


async def test_an_older_answer_stays_while_one_of_its_questions_stands(store: Store) -> None:
    turn = await answered(store, asked("2+2?"), asked("3+3?", number=2))
    await answered(store, asked("thanks", number=3), texts=("You are welcome.",))
    assert (await delete(store, turn.questions[0])).change is Change.NOTHING
    assert await screen(store) == ["3+3?", "Four.", "thanks", "You are welcome."]
    assert (await delete(store, turn.questions[1])).change is Change.ANEW
    assert await screen(store) == ["thanks", "You are welcome."]


async def test_all_questions_are_deleted_one_after_the_other(store: Store) -> None:
    turn = await begun(store, asked("2+2?"), asked("3+3?", number=2))
    assert [(await delete(store, question)).change for question in turn.questions] == [Change.ANEW] * 2
    gone = await begin(store)
    assert (gone.id, gone.state) == (turn.id, TurnState.DELIVERING)


async def test_a_question_is_edited_and_then_deleted(store: Store) -> None:
    turn = await answered(store)
    await edit(store, turn.questions[0], "3+3?")
    await delete(store, turn.questions[0])
    gone = await begin(store)
    assert gone.state is TurnState.DELIVERING
    await store.end(gone, NOW)
    assert await store.begin(ADDRESS, NOW) is None
    assert await screen(store) == []


async def test_the_question_of_a_redo_is_deleted(store: Store) -> None:
    turn = await answered(store)
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    await delete(store, turn.questions[0])
    with pytest.raises(Overtaken):
        await store.commit_answer(again, answer("Six."), ("Six.",), NOW)
    gone = await begin(store)
    assert (gone.id, gone.state) == (turn.id, TurnState.DELIVERING)
    assert [post.final for post in await store.posts(gone)] == [None]


async def test_an_old_question_is_deleted_while_another_is_answered(store: Store) -> None:
    old = await answered(store)
    running = await begun(store, asked("next", number=2))
    await ask(store, asked("waiting", number=3, author=BEN))
    assert (await delete(store, old.questions[0])).turn == old.id
    again = await begin(store)
    assert (again.id, again.state) == (running.id, TurnState.RUNNING)
    with pytest.raises(LeaseLost):
        await store.end(running, NOW)
    await commit(store, again, "Soon.")
    await store.end(again, NOW)
    gone = await begin(store)
    assert (gone.id, gone.state) == (old.id, TurnState.DELIVERING)
    await store.end(gone, NOW)
    assert [question.text for question in (await begin(store)).questions] == ["waiting"]
    assert await screen(store) == ["next", "Soon.", "waiting"]


async def test_deleted_questions_are_taken_back_one_after_the_other_the_oldest_first(store: Store) -> None:
    turns = []
    for number in range(1, 4):
        turn = await begun(store, asked("x", number=number), now=NOW + number)
        await commit(store, turn, "Four.")
        await store.end(turn, NOW)
        turns.append(turn)
    for index in (1, 2, 0):
        await delete(store, turns[index].questions[0])
    for turn in turns:
        gone = await begin(store)
        assert gone.id == turn.id
        await store.end(gone, NOW)
    assert await store.waiting() == ()


async def test_uploads_and_pictures_of_a_deleted_question_are_gone(store: Store) -> None:
    turn = await begun_with_picture(store)
    await delete(store, turn.questions[0])
    assert await store.upload("f1") is None
    assert await store.images(("h1",)) == ()


async def test_a_waiting_question_takes_its_uploads_along(store: Store) -> None:
    event = asked("look", attachments=(PICTURE,))
    await store.accept(event, (Upload("f1", b"abc"),), NOW)
    await store.accept(asked("mine", number=2, author=BEN), (Upload("f2", b"def"),), NOW)
    await delete(store, event)
    assert await store.upload("f1") is None
    assert await store.upload("f2") == b"def"


async def test_a_picture_stays_where_somebody_else_has_shown_it(store: Store) -> None:
    first = asked("look", attachments=(PICTURE,))
    second = asked("look", number=2, thread="t2", author=BEN, attachments=(replace(PICTURE, id="f2"),))
    for event in (first, second):
        await store.keep_parts(await begun(store, event), event, CAT, IMAGE)
    await delete(store, first)
    assert await store.images(("h1",)) == IMAGE
    await delete(store, second)
    assert await store.images(("h1",)) == ()


async def test_files_that_are_read_late_do_not_bring_a_deleted_question_back(store: Store) -> None:
    event = asked("look", attachments=(PICTURE,))
    turn = await begun(store, event, asked("2+2?", number=2))
    await delete(store, event)
    await store.keep_parts(turn, event, CAT, IMAGE)
    assert await talk(store) == [(Role.USER, "2+2?")]
    assert await screen(store) == ["2+2?"]
    assert await store.images(("h1",)) == ()


async def test_tool_calls_for_a_deleted_question_say_nothing_of_it(store: Store) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "search", "my secret", NOW)
    await store.tool_ended(turn, "call_1", "your secret", failed=False)
    await store.tool_started(turn, "call_2", "search", "my secret", NOW + 1)
    await delete(store, turn.questions[0])
    await store.tool_ended(turn, "call_2", "your secret", failed=False)
    calls = await store.tool_calls(await begin(store))
    assert [(call.call.id, call.call.arguments, call.result) for call in calls] == [
        ("call_1", "", ""),
        ("call_2", "", ""),
    ]


async def test_a_question_from_a_form_takes_its_opener_along(store: Store) -> None:
    event = asked("my secret", opener="Ada asks: my secret")
    await begun(store, event)
    await delete(store, event)
    gone = await begin(store)
    assert [(question.text, question.opener) for question in gone.questions] == [("", None)]


async def test_a_thread_that_was_reset_reads_what_is_said_after_a_deletion(store: Store) -> None:
    turn = await answered(store)
    await store.reset(ADDRESS, ADA, NOW)
    await delete(store, turn.questions[0])
    await store.end(await begin(store), NOW)
    await answered(store, asked("hello?", number=2), texts=("Hello!",))
    assert await talk(store) == [(Role.USER, "hello?"), (Role.ASSISTANT, "Hello!")]


async def test_the_title_of_a_conversation_is_its_first_question_that_stands(store: Store) -> None:
    turn = await begun(store, asked("my secret"), asked("2+2?", number=2))
    await delete(store, turn.questions[0])
    assert [summary.title for summary in await store.conversations("test", "a1")] == ["2+2?"]
