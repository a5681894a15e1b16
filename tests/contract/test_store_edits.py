"""What every store must do when a question is edited."""

from dataclasses import replace

import pytest

from core.errors import Overtaken
from core.events import Asked, Revised
from core.storage import Answer, Change, PostState, Store, Turn, TurnState
from core.transcript import Role
from tests.contract.stores import (
    ADDRESS,
    NOW,
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
    talk,
)
from tests.questions import ADA, BEN, asked


def words(turn: Turn) -> list[str]:
    return [question.text for question in turn.questions]


async def only_remembered(store: Store, event: Asked, said: str = "Four.") -> None:
    """An edit is noted, and the answer stays as it is."""
    effect = await edit(store, event, "3+3?")
    assert (effect.change, effect.address, effect.turn) == (Change.NOTHING, event.address, "")
    assert (Role.ASSISTANT, said) in await talk(store)
    assert said in await screen(store)
    assert "3+3?" in await screen(store)


async def test_an_edit_of_a_message_that_is_not_stored_changes_nothing(store: Store) -> None:
    effect = await edit(store, asked("2+2?"), "3+3?")
    assert (effect.change, effect.address) == (Change.UNKNOWN, None)
    assert await store.known_since(ADDRESS) is None


async def test_a_waiting_question_is_asked_with_its_new_words(store: Store) -> None:
    event = await ask(store, asked("2+2?"))
    effect = await edit(store, event, "3+3?")
    assert (effect.change, effect.address) == (Change.NOTHING, ADDRESS)
    assert await screen(store) == ["3+3?"]
    assert words(await begin(store)) == ["3+3?"]
    assert await talk(store) == [(Role.USER, "3+3?")]


async def test_a_waiting_question_keeps_its_place_and_its_author(store: Store) -> None:
    event = await ask(store, asked("a"))
    await ask(store, asked("b", number=2))
    changed = replace(asked("c", author=BEN, number=9), key=event.key)
    await store.revise(Revised(changed, NOW), redo=True)
    turn = await begin(store)
    assert words(turn) == ["c", "b"]
    assert (turn.questions[0].author, turn.questions[0].message_id) == (event.author, event.message_id)


async def test_a_running_turn_goes_on_anew_with_the_new_words(store: Store) -> None:
    turn = await begun(store)
    effect = await edit(store, turn.questions[0], "3+3?")
    assert (effect.change, effect.address, effect.turn) == (Change.ANEW, ADDRESS, turn.id)
    assert await talk(store) == [(Role.USER, "3+3?")]
    again = await begin(store)
    assert (again.id, again.state, words(again)) == (turn.id, TurnState.RUNNING, ["3+3?"])
    assert again.attempt == 2


async def test_a_running_turn_goes_on_anew_whatever_waits_behind_it(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("next", number=2, author=BEN))
    assert (await edit(store, turn.questions[0], "3+3?")).change is Change.ANEW


async def test_a_turn_that_is_being_delivered_goes_on_anew(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four.")
    effect = await edit(store, turn.questions[0], "3+3?")
    assert (effect.change, effect.turn) == (Change.ANEW, turn.id)
    with pytest.raises(Overtaken):
        await store.end(turn, NOW)
    again = await begin(store)
    assert (again.id, again.state, words(again)) == (turn.id, TurnState.RUNNING, ["3+3?"])


async def test_the_newest_answer_is_redone(store: Store) -> None:
    turn = await answered(store)
    effect = await edit(store, turn.questions[0], "3+3?")
    assert (effect.change, effect.turn) == (Change.ANEW, turn.id)
    assert await store.waiting() == (ADDRESS,)
    again = await begin(store)
    assert (again.id, again.state, again.ending) == (turn.id, TurnState.RUNNING, TurnState.DONE)
    assert (again.anchor, again.attempt) == (turn.anchor, 2)
    await commit(store, again, "Six.")
    await store.end(again, NOW)
    assert await talk(store) == [(Role.USER, "3+3?"), (Role.ASSISTANT, "Six.")]
    assert await screen(store) == ["3+3?", "Six."]
    assert await store.waiting() == ()


async def test_an_answer_can_be_redone_again_and_again(store: Store) -> None:
    turn = await answered(store)
    for number in range(1, 4):
        effect = await edit(store, turn.questions[0], f"question {number}", revision=NOW + number)
        assert effect.change is Change.ANEW
        turn = await begin(store)
        await commit(store, turn, f"answer {number}")
        await store.end(turn, NOW)
    assert await talk(store) == [(Role.USER, "question 3"), (Role.ASSISTANT, "answer 3")]


async def test_the_old_answer_stands_until_the_redo_begins(store: Store) -> None:
    turn = await answered(store)
    await edit(store, turn.questions[0], "3+3?")
    assert await talk(store) == [(Role.USER, "3+3?"), (Role.ASSISTANT, "Four.")]
    assert await screen(store) == ["3+3?", "Four."]
    await begin(store)
    assert await talk(store) == [(Role.USER, "3+3?")]
    assert await screen(store) == ["3+3?"]


async def test_a_redo_takes_the_same_messages_and_forgets_what_they_showed(store: Store) -> None:
    turn = await answered(store, texts=("Four", "and more"))
    before = await store.posts(turn)
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    after = await store.posts(again)
    assert [(post.key, post.state, post.platform_id) for post in after] == [
        (post.key, PostState.SENT, post.platform_id) for post in before
    ]
    assert [(post.shown, post.final) for post in after] == [(None, None), (None, None)]
    await commit(store, again, "Six")
    assert [post.key for post in await store.posts(again)] == [post.key for post in before]


async def test_a_redo_that_crashes_goes_on_as_a_redo(store: Store) -> None:
    turn = await answered(store)
    await edit(store, turn.questions[0], "3+3?")
    await begin(store)
    again = await begin(store)
    assert (again.id, again.state, again.attempt, words(again)) == (turn.id, TurnState.RUNNING, 3, ["3+3?"])
    await commit(store, again, "Six.")
    await store.end(again, NOW)
    assert await store.begin(ADDRESS, NOW) is None


async def test_a_redo_begins_without_the_strikes_of_before(store: Store) -> None:
    await begun(store)
    turn = await store.begin(ADDRESS, NOW, strike=True)
    assert turn is not None
    await edit(store, turn.questions[0], "3+3?")
    assert (await begin(store)).strikes == 0


async def test_a_removed_message_at_the_end_is_posted_anew_under_a_new_key(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and", "more")
    await store.lost(turn, 1, PostState.GONE, "surplus", NOW)
    await store.lost(turn, 2, PostState.GONE, "unknown_message", NOW)
    old = [post.key for post in await store.posts(turn)]
    await store.end(turn, NOW)
    assert (await edit(store, turn.questions[0], "3+3?")).change is Change.ANEW
    again = await begin(store)
    assert [post.seq for post in await store.posts(again)] == [0]
    new = [(await store.intend(again, seq)).key for seq in range(3)]
    assert new[0] == old[0]
    assert not {new[1], new[2]} & set(old)
    assert [(await store.intend(again, seq)).key for seq in range(3)] == new


async def test_a_message_at_the_end_that_could_not_be_edited_keeps_its_place(store: Store) -> None:
    """It is there: a new one would stand beside it."""
    turn = await begun(store)
    await commit(store, turn, "Four", "and")
    await store.lost(turn, 1, PostState.REJECTED, "refused", NOW)
    old = [post.key for post in await store.posts(turn)]
    await store.end(turn, NOW)
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    assert [post.key for post in await store.posts(again)] == old
    await store.shown(again, 1, "and more")
    assert [post.state for post in await store.posts(again)] == [PostState.SENT, PostState.SENT]
    await store.commit_answer(again, answer("Four"), ("Four", "and more"), NOW)
    assert await store.dead_letters(5) == ()


async def test_a_hole_before_what_may_have_been_sent_stays(store: Store) -> None:
    turn = await begun(store)
    await show(store, turn, "Fo", "ur")
    await store.lost(turn, 1, PostState.GONE, "unknown_message", NOW)
    await store.intend(turn, 2)
    await edit(store, turn.questions[0], "3+3?")
    posts = await store.posts(await begin(store))
    assert [post.state for post in posts] == [PostState.SENT, PostState.GONE, PostState.INTENT]


async def test_what_may_have_been_sent_keeps_its_key(store: Store) -> None:
    turn = await begun(store)
    await show(store, turn, "Fo")
    doubtful = await store.intend(turn, 1)
    await edit(store, turn.questions[0], "3+3?")
    posts = await store.posts(await begin(store))
    assert [(post.state, post.key) for post in posts[1:]] == [(PostState.INTENT, doubtful.key)]


async def test_an_answer_that_is_not_the_newest_stays(store: Store) -> None:
    turn = await answered(store)
    await answered(store, asked("thanks", number=2), texts=("You are welcome.",))
    await only_remembered(store, turn.questions[0])
    assert await store.waiting() == ()


async def test_an_answer_with_newer_questions_behind_it_stays(store: Store) -> None:
    turn = await answered(store)
    await ask(store, asked("next", number=2, author=BEN))
    await only_remembered(store, turn.questions[0])


async def test_an_answer_before_one_at_work_stays(store: Store) -> None:
    turn = await answered(store)
    await begun(store, asked("next", number=2))
    await only_remembered(store, turn.questions[0])


async def test_an_answer_is_the_newest_again_when_what_followed_was_deleted(store: Store) -> None:
    turn = await answered(store)
    next_turn = await answered(store, asked("thanks", number=2), texts=("You are welcome.",))
    await delete(store, next_turn.questions[0])
    gone = await begin(store)
    await store.end(gone, NOW)
    assert (await edit(store, turn.questions[0], "3+3?")).change is Change.ANEW


async def test_an_answer_that_was_forgotten_stays(store: Store) -> None:
    turn = await answered(store)
    await store.reset(ADDRESS, ADA, NOW)
    assert (await edit(store, turn.questions[0], "3+3?")).change is Change.NOTHING
    assert await screen(store) == ["3+3?", "Four."]
    assert await talk(store) == []


async def test_an_answer_with_a_hole_in_it_stays(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    await store.lost(turn, 0, PostState.GONE, "unknown_message", NOW)
    await store.end(turn, NOW)
    await only_remembered(store, turn.questions[0], "Four\nand more")


async def test_an_answer_of_which_nothing_is_there_stays_away(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four")
    await store.lost(turn, 0, PostState.GONE, "unknown_message", NOW)
    await store.end(turn, NOW)
    await only_remembered(store, turn.questions[0], "Four")


async def test_an_answer_with_a_hole_is_not_begun_anew_while_it_is_delivered(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    await store.lost(turn, 0, PostState.REJECTED, "too_long", NOW)
    assert (await edit(store, turn.questions[0], "3+3?")).change is Change.NOTHING
    await store.end(turn, NOW)


@pytest.mark.parametrize("ending", [TurnState.FAILED, TurnState.STOPPED, TurnState.REFUSED])
async def test_whatever_was_said_is_redone(store: Store, ending: TurnState) -> None:
    turn = await begun(store)
    await show(store, turn, "Sorry.")
    await store.commit_answer(turn, Answer(Role.NOTICE, "Sorry.", ending, error="stale"), ("Sorry.",), NOW)
    await store.end(turn, NOW)
    assert (await edit(store, turn.questions[0], "3+3?")).change is Change.ANEW
    again = await begin(store)
    assert (again.state, again.ending) == (TurnState.RUNNING, TurnState.DONE)
    await store.end(again, NOW)
    assert await store.dead_letters(10) == ()


async def test_a_question_that_came_too_late_and_got_no_word_is_asked_anew(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, Answer(Role.NOTICE, "", TurnState.FAILED, error="stale"), (), NOW)
    await store.end(turn, NOW)
    effect = await edit(store, turn.questions[0], "3+3?")
    assert (effect.change, effect.turn) == (Change.ANEW, turn.id)
    assert words(await begin(store)) == ["3+3?"]


async def test_a_turn_knows_when_its_questions_were_last_edited(store: Store) -> None:
    first = await ask(store, asked("a"))
    turn = await begun(store, asked("b", number=2), asked("c", number=3))
    assert turn.revised_at == 0.0
    await edit(store, turn.questions[2], "d", revision=NOW + 7)
    await edit(store, first, "e", revision=NOW + 5)
    assert (await begin(store)).revised_at == NOW + 7
    waiting = await ask(store, asked("x", number=4, thread="t2"))
    await edit(store, waiting, "y", revision=NOW + 9)
    assert (await begin(store, waiting.address)).revised_at == NOW + 9


async def test_without_redo_an_edit_is_only_remembered(store: Store) -> None:
    turn = await answered(store)
    effect = await edit(store, turn.questions[0], "3+3?", redo=False)
    assert effect.change is Change.NOTHING
    assert await talk(store) == [(Role.USER, "3+3?"), (Role.ASSISTANT, "Four.")]
    assert await store.waiting() == ()


@pytest.mark.parametrize("revision", [NOW - 1, NOW])
async def test_an_older_edit_changes_nothing(store: Store, revision: float) -> None:
    turn = await answered(store)
    await edit(store, turn.questions[0], "3+3?", redo=False)
    effect = await edit(store, turn.questions[0], "1+1?", revision=revision)
    assert effect.change is Change.NOTHING
    assert await talk(store) == [(Role.USER, "3+3?"), (Role.ASSISTANT, "Four.")]


async def test_edits_that_arrive_in_the_wrong_order_leave_the_last_words(store: Store) -> None:
    event = await ask(store, asked("a"))
    for revision in (3.0, 1.0, 2.0):
        await edit(store, event, f"words {revision}", revision=NOW + revision)
    assert words(await begin(store)) == ["words 3.0"]


async def test_what_is_redone_waits_since_its_question_came(store: Store) -> None:
    turn = await answered(store)
    await ask(store, asked("elsewhere", number=2, thread="t2"), NOW + 5)
    await edit(store, turn.questions[0], "3+3?")
    await begin(store, now=NOW + 10)
    assert [address.thread for address in await store.waiting()] == ["t1", "t2"]


async def test_an_edit_of_one_of_several_questions(store: Store) -> None:
    turn = await answered(store, asked("2+2?"), asked("and you?", number=2))
    effect = await edit(store, turn.questions[1], "and me?")
    assert effect.turn == turn.id
    again = await begin(store)
    assert (words(again), again.anchor) == (["2+2?", "and me?"], "q2")


async def test_an_answer_that_was_forgotten_before_its_redo_began_is_forgotten_after(store: Store) -> None:
    turn = await answered(store)
    await edit(store, turn.questions[0], "3+3?")
    await store.reset(ADDRESS, ADA, NOW)
    again = await begin(store)
    assert await talk(store) == [(Role.USER, "3+3?")]
    await commit(store, again, "Six.")
    await store.end(again, NOW)
    assert await talk(store) == []
    assert await screen(store) == ["3+3?", "Six."]
