"""What every store must do with turns: who is answered, under which lease, and how it ends."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import LeaseLost, Overtaken
from core.events import Addressing
from core.storage import Answer, PostState, Store, Turn, TurnState
from core.transcript import Role, TextPart
from tests.contract.stores import (
    ADDRESS,
    NOW,
    answer,
    answered,
    ask,
    begin,
    begun,
    commit,
    edit,
    screen,
    show,
    talk,
)
from tests.questions import ADA, BEN, asked


async def taken(store: Store) -> list[list[str]]:
    """The questions of one turn after the other, each answered."""
    found = []
    while (turn := await store.begin(ADDRESS, NOW)) is not None:
        found.append([question.text for question in turn.questions])
        await commit(store, turn, "Four.")
        await store.end(turn, NOW)
    return found


async def test_a_turn_takes_the_leading_rows_of_one_author(store: Store) -> None:
    for number, (text, author) in enumerate([("a", ADA), ("b", ADA), ("c", BEN), ("d", ADA)], 1):
        await ask(store, asked(text, number=number, author=author))
    assert await taken(store) == [["a", "b"], ["c"], ["d"]]


async def test_rows_that_arrive_out_of_order_are_taken_in_the_order_they_were_sent(store: Store) -> None:
    turn = await begun(store, *(asked(str(number), number=number) for number in (3, 1, 2)))
    again = await begin(store)
    for held in (turn, again):
        assert [question.text for question in held.questions] == ["1", "2", "3"]
        assert held.anchor == "q3"


async def test_a_command_stands_alone(store: Store) -> None:
    for number, text in enumerate(["a", "/stop", "b"], 1):
        await ask(store, asked(text, number=number))
    assert await taken(store) == [["a"], ["/stop"], ["b"]]


async def test_a_question_with_an_opener_stands_alone(store: Store) -> None:
    for number, opener in enumerate([None, "Ada asked:", None], 1):
        await ask(store, asked(str(number), number=number, opener=opener))
    assert await taken(store) == [["1"], ["2"], ["3"]]


async def test_a_preset_and_a_slash_command_stand_alone(store: Store) -> None:
    await ask(store, asked("1"))
    await ask(store, replace(asked("2", number=2), preset="read"))
    await ask(store, asked("3", number=3, addressing=Addressing.COMMAND))
    await ask(store, asked("4", number=4))
    assert await taken(store) == [["1"], ["2"], ["3"], ["4"]]


async def test_a_first_attempt_says_what_a_turn_is(store: Store) -> None:
    turn = await begun(store, asked("a"), asked("b", number=2))
    assert (turn.attempt, turn.strikes, turn.state) == (1, 0, TurnState.RUNNING)
    assert (turn.anchor, turn.joined, turn.ending) == ("q2", (), TurnState.DONE)


async def test_an_unfinished_turn_is_taken_again_with_a_larger_fence(store: Store) -> None:
    first = await begun(store)
    await ask(store, asked("more", number=2))
    second = await begin(store)
    assert second.id == first.id
    assert second.fence > first.fence
    assert (second.attempt, second.anchor) == (2, first.anchor)
    assert [question.text for question in second.questions] == ["2+2?"]


async def test_strikes_are_counted_apart_from_attempts(store: Store) -> None:
    turn: Turn | None = await begun(store)
    counted = []
    for strike in (False, True, False, True):
        turn = await store.begin(ADDRESS, NOW, strike=strike)
        assert turn is not None
        counted.append((turn.attempt, turn.strikes))
    assert counted == [(2, 0), (3, 1), (4, 1), (5, 2)]


async def test_a_new_turn_begins_without_a_strike(store: Store) -> None:
    await ask(store, asked("2+2?"))
    turn = await store.begin(ADDRESS, NOW, strike=True)
    assert turn is not None
    assert turn.strikes == 0


async def test_a_pardon_takes_one_strike_back_and_no_more_than_there_are(store: Store) -> None:
    await begun(store)
    for strike in (True, True):
        turn = await store.begin(ADDRESS, NOW, strike=strike)
    assert turn is not None
    await store.pardon(turn)
    again = await begin(store)
    assert again.strikes == 1
    for _ in range(3):
        await store.pardon(again)
    assert (await begin(store)).strikes == 0


async def test_every_write_with_an_old_fence_is_refused(store: Store) -> None:
    old = await begun(store)
    await show(store, old, "Fo")
    await store.tool_started(old, "call_1", "time_in", "{}", NOW)
    new = await begin(store)
    await ask(store, asked("more", number=2))
    question = old.questions[0]
    for write in (
        store.commit_answer(old, answer(), ("Four.",), NOW),
        store.end(old, NOW),
        store.pardon(old),
        store.join(old, NOW),
        store.keep_parts(old, question, (TextPart("late"),), ()),
        store.intend(old, 1),
        store.posted(old, 0, "late", "late"),
        store.shown(old, 0, "late"),
        store.lost(old, 0, PostState.GONE, "late", NOW),
        store.tool_started(old, "call_2", "late", "{}", NOW),
        store.tool_ended(old, "call_1", "late", failed=False),
    ):
        with pytest.raises(LeaseLost):
            await write
    (post,) = await store.posts(new)
    assert (post.state, post.platform_id, post.shown) == (PostState.SENT, "q1-m0", None)
    assert [call.result for call in await store.tool_calls(new)] == [""]
    assert await store.locate("test", "a1", "c1", "late") is None
    await store.commit_answer(new, answer(), ("Four.",), NOW)


async def test_threads_have_leases_of_their_own(store: Store) -> None:
    turn = await begun(store)
    other = await begun(store, asked("x", number=2, thread="t2"))
    for _ in range(3):
        other = await begin(store, other.address)
    await commit(store, turn, "Four.")
    await store.end(turn, NOW)
    await commit(store, other, "Five.")


async def test_a_lane_that_is_taken_at_once_has_one_holder(store: Store) -> None:
    await begun(store)
    turns = await asyncio.gather(*(store.begin(ADDRESS, NOW) for _ in range(10)))
    fences = [turn.fence for turn in turns if turn is not None]
    assert len(set(fences)) == 10
    held = max((turn for turn in turns if turn is not None), key=lambda turn: turn.fence)
    await commit(store, held, "Four.")


async def test_a_delivering_turn_comes_back_with_its_texts(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.commit_answer(turn, answer(ending=TurnState.STOPPED), ("Four", "and more"), NOW)
    again = await begin(store)
    assert again.state is TurnState.DELIVERING
    assert again.ending is TurnState.STOPPED
    assert [post.final for post in await store.posts(again)] == ["Four", "and more"]


async def test_what_was_committed_gives_way_to_what_is_said_instead(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    again = await begin(store)
    late = Answer(Role.NOTICE, "I was away.", TurnState.FAILED, error="stale")
    await store.commit_answer(again, late, ("I was away.",), NOW)
    posts = await store.posts(again)
    assert [(post.platform_id, post.shown, post.final) for post in posts] == [
        ("q1-m0", None, "I was away."),
        ("q1-m1", None, None),
    ]
    last = await begin(store)
    assert (last.state, last.ending) == (TurnState.DELIVERING, TurnState.FAILED)
    await store.end(last, NOW)
    assert await screen(store) == ["2+2?", "I was away."]
    assert await talk(store) == [(Role.USER, "2+2?")]


async def test_the_lane_is_free_when_nothing_waits(store: Store) -> None:
    await answered(store)
    assert await store.begin(ADDRESS, NOW) is None
    assert await store.waiting() == ()


async def test_a_turn_that_is_given_up_takes_its_questions_along(store: Store) -> None:
    turn = await begun(store)
    await store.end(turn, NOW)
    assert await store.begin(ADDRESS, NOW) is None
    assert await store.waiting() == ()


async def test_what_has_to_go_on_anew_can_neither_be_committed_nor_ended(store: Store) -> None:
    turn = await begun(store)
    await edit(store, turn.questions[0], "3+3?")
    with pytest.raises(Overtaken):
        await store.commit_answer(turn, answer(), ("Four.",), NOW)
    with pytest.raises(Overtaken):
        await store.end(turn, NOW)
    assert await store.posts(turn) == ()
    again = await begin(store)
    await commit(store, again, "Six.")
    await store.end(again, NOW)
    assert await store.begin(ADDRESS, NOW) is None


async def test_a_lost_lease_is_told_before_an_edit(store: Store) -> None:
    old = await begun(store)
    await begin(store)
    await edit(store, old.questions[0], "3+3?")
    with pytest.raises(LeaseLost):
        await store.commit_answer(old, answer(), ("Four.",), NOW)


async def test_the_first_question_is_remembered_when_people_had_written_before(store: Store) -> None:
    await ask(store, asked("and you?", joined_midway=True))
    await ask(store, asked("go on", number=2))
    first = await store.joined_midway(ADDRESS)
    assert first is not None
    assert first.text == "and you?"


async def test_what_people_wrote_before_is_of_no_use_after_a_reset(store: Store) -> None:
    await answered(store, asked("and you?", joined_midway=True))
    await store.reset(ADDRESS, ADA, NOW)
    assert await store.joined_midway(ADDRESS) is None


async def test_a_thread_that_began_with_us_was_not_joined_midway(store: Store) -> None:
    await ask(store, asked("hello"))
    await ask(store, asked("and you?", number=2, joined_midway=True))
    assert await store.joined_midway(ADDRESS) is None
