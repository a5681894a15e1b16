"""What every store must do with messages that join a turn at work."""

import asyncio
from dataclasses import replace

import pytest

from core.events import Addressing
from core.storage import Store, Turn, TurnState
from core.transcript import Role
from tests.contract.stores import ADDRESS, NOW, answered, ask, begin, begun, commit, delete, edit, talk
from tests.questions import BEN, asked


async def joined(store: Store, turn: Turn) -> list[str]:
    return [question.text for question in await store.join(turn, NOW)]


async def test_what_the_same_author_adds_joins_and_is_read_behind_the_question(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("and 3+3?", number=2))
    await ask(store, asked("thanks", number=3))
    assert await joined(store, turn) == ["and 3+3?", "thanks"]
    assert await joined(store, turn) == []
    assert await talk(store) == [(Role.USER, "2+2?"), (Role.USER, "and 3+3?"), (Role.USER, "thanks")]


async def test_nothing_joins_when_nothing_waits(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("elsewhere", number=2, thread="t2"))
    assert await joined(store, turn) == []


async def test_nothing_joins_from_behind_somebody_elses_message(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("mine", number=2))
    await ask(store, asked("not yours", number=3, author=BEN))
    await ask(store, asked("mine again", number=4))
    assert await joined(store, turn) == ["mine"]
    assert await joined(store, turn) == []


async def test_a_command_does_not_join_nor_what_is_behind_it(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("/stop", number=2))
    await ask(store, asked("more", number=3))
    assert await joined(store, turn) == []


async def test_what_has_an_opener_does_not_join(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("from a form", number=2, opener="Ada asked:"))
    assert await joined(store, turn) == []


@pytest.mark.parametrize("preset", ["", "read"])
async def test_neither_a_preset_nor_a_slash_command_joins(store: Store, preset: str) -> None:
    turn = await begun(store)
    addressing = Addressing.DIRECT if preset else Addressing.COMMAND
    await ask(store, replace(asked("what is it?", number=2, addressing=addressing), preset=preset))
    assert await joined(store, turn) == []


async def test_what_joined_is_told_apart_after_a_restart_and_the_anchor_stays(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("more", number=2))
    await store.join(turn, NOW)
    again = await begin(store)
    assert [question.text for question in again.questions] == ["2+2?"]
    assert [question.text for question in again.joined] == ["more"]
    assert again.anchor == turn.anchor == "q1"


async def test_what_joined_late_but_was_sent_before_moves_no_anchor(store: Store) -> None:
    turn = await begun(store, asked("2+2?", number=5))
    await ask(store, asked("sent before", number=1))
    await store.join(turn, NOW)
    again = await begin(store)
    assert again.anchor == turn.anchor == "q5"


async def test_what_joined_is_answered_with_the_turn(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("more", number=2))
    await store.join(turn, NOW)
    await commit(store, turn, "Four, and more.")
    await store.end(turn, NOW)
    assert await store.waiting() == ()
    assert await store.begin(ADDRESS, NOW) is None


async def test_what_comes_after_the_answer_was_made_does_not_join_it(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four.")
    await ask(store, asked("more", number=2))
    assert await joined(store, turn) == []
    await store.end(turn, NOW)
    assert [question.text for question in (await begin(store)).questions] == ["more"]


async def test_nothing_joins_a_turn_that_is_taken_back(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("more", number=2))
    await delete(store, turn.questions[0])
    assert await joined(store, turn) == []
    gone = await begin(store)
    assert gone.state is TurnState.DELIVERING
    await store.end(gone, NOW)
    assert [question.text for question in (await begin(store)).questions] == ["more"]


async def test_a_question_joins_one_turn_however_often_it_is_taken(store: Store) -> None:
    turn = await begun(store)
    for number in range(2, 8):
        await ask(store, asked(str(number), number=number))
    taken = await asyncio.gather(*(store.join(turn, NOW) for _ in range(5)))
    assert sorted(question.text for questions in taken for question in questions) == list("234567")


async def test_joined_questions_are_edited_like_others(store: Store) -> None:
    turn = await begun(store)
    more = await ask(store, asked("more", number=2))
    await store.join(turn, NOW)
    effect = await edit(store, more, "less")
    assert effect.turn == turn.id
    again = await begin(store)
    assert [question.text for question in again.joined] == ["less"]


async def test_the_first_question_is_deleted_and_the_joined_one_is_still_answered(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("more", number=2))
    await store.join(turn, NOW)
    effect = await delete(store, turn.questions[0])
    assert effect.turn == turn.id
    again = await begin(store)
    assert again.state is TurnState.RUNNING
    assert [question.text for question in again.questions] == ["more"]
    assert again.joined == ()
    assert again.anchor == "q1"
    assert await talk(store) == [(Role.USER, "more")]


async def test_the_joined_question_is_deleted_and_the_first_one_is_still_answered(store: Store) -> None:
    turn = await begun(store)
    more = await ask(store, asked("more", number=2))
    await store.join(turn, NOW)
    await delete(store, more)
    again = await begin(store)
    assert ([question.text for question in again.questions], again.joined) == (["2+2?"], ())


async def test_joining_is_something_said(store: Store) -> None:
    await answered(store)
    turn = await begun(store, asked("more", number=2))
    await ask(store, asked("and more", number=3))
    await store.join(turn, NOW + 50)
    assert await store.recent("test", NOW + 50) == (ADDRESS,)
