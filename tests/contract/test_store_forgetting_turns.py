"""What every store must do with questions and answers under way when a person is forgotten."""

from dataclasses import replace

import pytest

from core.errors import LeaseLost
from core.forgetting import EVERYTHING, Extent, Inventory
from core.storage import Change, PostState, TurnState
from tests.contract.keeping import Keeping, person
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
    commit,
    delete,
    edit,
    screen,
    show,
)
from tests.questions import BEN, asked

HERE = Extent(ADDRESS)


async def test_what_waits_is_not_answered_any_more(store: Keeping) -> None:
    await ask(store, asked("2+2?"))
    await ask(store, asked("3+3?", number=2, author=BEN))
    assert (await store.forget(person(), EVERYTHING, NOW)).anew == ()
    turn = await begin(store)
    assert [question.text for question in turn.questions] == ["3+3?"]


async def test_a_turn_at_work_can_write_no_more_and_is_taken_back(store: Keeping) -> None:
    event = asked("look", attachments=(PICTURE,))
    turn = await begun(store, event)
    await show(store, turn, "Fo")
    await store.tool_started(turn, "call_1", "search", "cats", NOW)
    forgotten = await store.forget(person(), EVERYTHING, NOW)
    assert [(effect.change, effect.address, effect.turn) for effect in forgotten.anew] == [
        (Change.ANEW, ADDRESS, turn.id)
    ]
    late = [
        store.tool_started(turn, "call_2", "search", "late", NOW),
        store.tool_ended(turn, "call_1", "late", failed=False),
        store.keep_parts(turn, event, CAT, IMAGE),
        store.intend(turn, 1),
        store.posted(turn, 0, "m", "late"),
        store.shown(turn, 0, "late"),
        store.end(turn, NOW),
    ]
    for write in late:
        with pytest.raises(LeaseLost):
            await write
    with pytest.raises(LeaseLost):
        await commit(store, turn, "late")
    assert await store.waiting() == (ADDRESS,)
    gone = await begin(store)
    assert (gone.id, gone.state, gone.anchor) == (turn.id, TurnState.DELIVERING, turn.anchor)
    assert [(question.text, question.author.name) for question in gone.questions] == [("", "")]
    posts = await store.posts(gone)
    assert [(post.platform_id, post.shown, post.final) for post in posts] == [("q1-m0", None, None)]
    assert await store.tool_calls(gone) == ()
    await store.end(gone, NOW)
    assert await store.waiting() == ()
    assert await store.images(("h1",)) == ()


async def test_an_answer_on_its_way_is_taken_back(store: Keeping) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    (effect,) = (await store.forget(person(), HERE, NOW)).anew
    assert effect.turn == turn.id
    gone = await begin(store)
    assert [(post.platform_id, post.final) for post in await store.posts(gone)] == [
        ("q1-m0", None),
        ("q1-m1", None),
    ]


async def test_what_others_are_being_answered_goes_on(store: Keeping) -> None:
    await answered(store)
    running = await begun(store, asked("3+3?", number=2, author=BEN))
    assert (await store.forget(person(), EVERYTHING, NOW)).anew == ()
    await commit(store, running, "Six.")
    await store.end(running, NOW)
    assert await screen(store) == ["3+3?", "Six."]


async def test_a_redo_that_waits_behind_another_turn_does_not_stop_that(store: Keeping) -> None:
    old = await answered(store)
    running = await begun(store, asked("3+3?", number=2, author=BEN))
    await delete(store, old.questions[0])
    (effect,) = (await store.forget(person(), EVERYTHING, NOW)).anew
    assert effect.turn == old.id
    await commit(store, running, "Six.")
    await store.end(running, NOW)
    gone = await begin(store)
    assert (gone.id, gone.state) == (old.id, TurnState.DELIVERING)


async def test_the_command_that_forgets_is_answered(store: Keeping) -> None:
    await answered(store)
    turn = await begun(store, asked("/forget everything yes", number=2))
    assert (await store.inventory(person(), EVERYTHING)).questions == 1
    forgotten = await store.forget(person(), EVERYTHING, NOW)
    assert (forgotten.inventory.questions, forgotten.anew) == (1, ())
    await commit(store, turn, "Forgotten.")
    await store.end(turn, NOW)
    assert await screen(store) == ["/forget everything yes", "Forgotten."]
    assert [message.author for message in await store.messages(ADDRESS)] == ["", ""]
    # Of the next one it is a command as any other.
    assert (await store.forget(person(), EVERYTHING, NOW)).inventory.questions == 1
    assert await screen(store) == []


@pytest.mark.parametrize("text", ["/forgetful everything", "forget everything", "/help /forget"])
async def test_what_only_looks_like_the_command_is_not_spared(store: Keeping, text: str) -> None:
    turn = await begun(store, asked(text))
    (effect,) = (await store.forget(person(), EVERYTHING, NOW)).anew
    assert effect.turn == turn.id


async def test_a_command_that_came_beside_other_words_by_an_edit_spares_nothing(store: Keeping) -> None:
    second = asked("and this", number=2)
    turn = await begun(store, asked("my secret"), second)
    assert len(turn.questions) == 2
    await edit(store, second, "/forget everything yes")
    (effect,) = (await store.forget(person(), EVERYTHING, NOW)).anew
    assert effect.turn == turn.id
    assert await screen(store) == []


async def test_an_answer_can_still_be_taken_off_the_screen(store: Keeping) -> None:
    turn = await answered(store)
    await store.forget(person(), EVERYTHING, NOW)
    effect = await delete(store, turn.questions[0])
    assert (effect.change, effect.address, effect.turn) == (Change.ANEW, ADDRESS, turn.id)
    gone = await begin(store)
    assert (gone.id, gone.state) == (turn.id, TurnState.DELIVERING)
    assert [post.platform_id for post in await store.posts(gone)] == ["q1-m0"]


async def test_of_an_unanswered_question_nothing_has_to_be_taken_off_the_screen(store: Keeping) -> None:
    waiting = await ask(store, asked("2+2?"))
    refused = await begun(store, asked("3+3?", number=2, thread="t2"))
    await store.commit_answer(refused, replace(answer(""), ending=TurnState.REFUSED), (), NOW)
    await store.end(refused, NOW)
    await store.forget(person(), EVERYTHING, NOW)
    for event in (waiting, refused.questions[0]):
        assert (await delete(store, event)).change is Change.NOTHING
    assert await store.waiting() == ()


async def test_a_deleted_questions_author_is_forgotten_too(store: Keeping) -> None:
    turn = await answered(store)
    await delete(store, turn.questions[0])
    gone = await begin(store)
    await store.lost(gone, 0, PostState.GONE, "surplus", NOW)
    await store.end(gone, NOW)
    assert await store.inventory(person(), EVERYTHING) == Inventory(threads=1, whole=1)
    await store.forget(person(), EVERYTHING, NOW)
    assert (await store.inventory(person(), EVERYTHING)).is_empty
