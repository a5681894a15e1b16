"""What every store must do with the messages of an answer."""

from core.storage import Answer, DeadLetter, PostState, Store, TurnState
from core.transcript import Role
from tests.contract.stores import ADDRESS, NOW, answer, ask, begin, begun, commit, edit, show
from tests.questions import BEN, asked


async def test_a_post_keeps_its_key_and_its_first_id(store: Store) -> None:
    turn = await begun(store)
    intent = await store.intend(turn, 0)
    assert intent.state is PostState.INTENT
    assert len(intent.key) == 25
    assert set(intent.key) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert await store.intend(turn, 0) == intent
    await store.posted(turn, 0, "m1", "Fo")
    await store.posted(turn, 0, "m2", "Four")
    (post,) = await store.posts(turn)
    assert (post.key, post.state, post.platform_id, post.shown) == (intent.key, PostState.SENT, "m1", "Four")


async def test_every_message_has_a_key_of_its_own(store: Store) -> None:
    turn = await begun(store)
    other = await begun(store, asked("x", number=2, thread="t2"))
    keys = [(await store.intend(held, seq)).key for held in (turn, other) for seq in range(12)]
    assert len(set(keys)) == 24
    assert [post.seq for post in await store.posts(turn)] == list(range(12))


async def test_a_key_is_the_same_at_every_attempt_and_once_it_is_committed(store: Store) -> None:
    turn = await begun(store)
    key = (await store.intend(turn, 0)).key
    again = await begin(store)
    assert (await store.intend(again, 0)).key == key
    await store.commit_answer(again, answer(), ("Four", "and more"), NOW)
    posts = await store.posts(again)
    assert posts[0].key == key
    assert (await store.intend(again, 1)).key == posts[1].key


async def test_what_a_message_showed_is_forgotten_at_a_restart_until_its_text_is_committed(
    store: Store,
) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.posted(turn, 0, "m1", "Fo")
    again = await begin(store)
    assert [post.shown for post in await store.posts(again)] == [None]
    await store.commit_answer(again, answer(), ("Four.",), NOW)
    await store.shown(again, 0, "Four.")
    last = await begin(store)
    assert [(post.platform_id, post.shown) for post in await store.posts(last)] == [("m1", "Four.")]


async def test_a_message_that_is_lost_says_how(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.intend(turn, 1)
    await store.lost(turn, 0, PostState.REJECTED, "too_long", NOW)
    await store.lost(turn, 1, PostState.GONE, "unknown_message", NOW)
    assert [post.state for post in await store.posts(turn)] == [PostState.REJECTED, PostState.GONE]


async def test_what_never_reached_people_is_listed_newest_first(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and", "more")
    other = await begun(store, asked("x", number=2, thread="t2"))
    await commit(store, other, "Five")
    await store.lost(turn, 2, PostState.REJECTED, "too_long", NOW + 1)
    await store.lost(other, 0, PostState.GONE, "unknown_channel", NOW + 3)
    await store.lost(turn, 1, PostState.GONE, "unknown_message", NOW + 2)
    letters = (
        DeadLetter(other.id, other.address, "Five", "unknown_channel", NOW + 3),
        DeadLetter(turn.id, ADDRESS, "and", "unknown_message", NOW + 2),
        DeadLetter(turn.id, ADDRESS, "more", "too_long", NOW + 1),
    )
    assert await store.dead_letters(10) == letters
    assert await store.dead_letters(2) == letters[:2]


async def test_what_had_no_text_to_lose_is_no_dead_letter(store: Store) -> None:
    turn = await begun(store)
    await show(store, turn, "Fo", "surplus")
    await store.lost(turn, 1, PostState.GONE, "surplus", NOW)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    assert await store.dead_letters(10) == ()


async def test_what_is_there_after_all_is_no_dead_letter(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four.")
    await store.lost(turn, 0, PostState.REJECTED, "too_long", NOW)
    await store.posted(turn, 0, "m1", "Four.")
    assert await store.dead_letters(10) == ()


async def test_what_was_lost_before_its_text_was_committed_is_a_dead_letter(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.lost(turn, 0, PostState.REJECTED, "too_long", NOW)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    assert [letter.text for letter in await store.dead_letters(10)] == ["Four."]


async def test_questions_that_were_found_too_late_are_dead_letters(store: Store) -> None:
    turn = await begun(store, asked("2+2?"), asked("3+3?", number=2))
    late = Answer(Role.NOTICE, "I was away.", TurnState.FAILED, error="stale")
    await store.commit_answer(turn, late, ("I was away.",), NOW)
    assert await store.dead_letters(10) == ()
    await store.end(turn, NOW + 7)
    letters = await store.dead_letters(10)
    assert sorted(letter.text for letter in letters) == ["2+2?", "3+3?"]
    assert {(letter.turn, letter.reason, letter.at) for letter in letters} == {(turn.id, "stale", NOW + 7)}


async def test_a_committed_answer_that_came_too_late_is_noted_at_its_end(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, answer(), ("Four.",), NOW)
    await store.end(turn, NOW + 7, error="stale")
    assert [(letter.text, letter.reason) for letter in await store.dead_letters(10)] == [("2+2?", "stale")]


async def test_an_end_without_a_word_keeps_why_the_answer_is_as_it_is(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, Answer(Role.NOTICE, "x", TurnState.FAILED, error="stale"), (), NOW)
    await store.end(turn, NOW)
    await ask(store, asked("next", number=2, author=BEN))
    assert [letter.reason for letter in await store.dead_letters(10)] == ["stale"]


async def test_what_is_asked_anew_is_no_dead_letter(store: Store) -> None:
    turn = await begun(store)
    await show(store, turn, "I was away.")
    late = Answer(Role.NOTICE, "I was away.", TurnState.FAILED, error="stale")
    await store.commit_answer(turn, late, ("I was away.",), NOW)
    await store.end(turn, NOW)
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    await commit(store, again, "Six.")
    await store.end(again, NOW)
    assert await store.dead_letters(10) == ()
