"""What every store must know of what was used."""

from dataclasses import replace

import pytest

from core.storage import Answer, PersonTurns, Store, TurnState
from core.transcript import Role
from tests.contract.stores import ADDRESS, NOW, answer, begin, begun, commit, delete, edit, show
from tests.questions import ADA, BEN, asked


async def used(store: Store, since: float = NOW - 1) -> PersonTurns:
    return await store.turns_of(ADDRESS, ADA.id, since)


async def test_turns_of_a_person_are_counted_and_refusals_are_not(store: Store) -> None:
    for number, ending in enumerate([TurnState.DONE, TurnState.REFUSED, TurnState.STOPPED], 1):
        turn = await begun(store, asked("x", number=number), now=NOW + number)
        await store.commit_answer(turn, answer(ending=ending), ("y",), NOW)
        await store.end(turn, NOW)
    assert await used(store, NOW) == PersonTurns(2, NOW + 1)
    assert await store.turns_of(ADDRESS, BEN.id, NOW) == PersonTurns(0, 0.0)
    assert await used(store, NOW + 100) == PersonTurns(0, 0.0)


async def test_turns_in_a_channel_are_those_of_everybody_in_all_its_threads(store: Store) -> None:
    places = (("t1", "c1", ADA), ("t2", "c1", BEN), ("t3", "c1", ADA), ("t4", "c10", ADA), ("t5", "c2", BEN))
    for number, (thread, channel, author) in enumerate(places, 1):
        event = asked("x", number=number, thread=thread, author=author)
        event = replace(event, address=replace(event.address, channel=channel))
        turn = await begun(store, event, now=NOW + number)
        ending = TurnState.REFUSED if thread == "t3" else TurnState.DONE
        await store.commit_answer(turn, answer(ending=ending), ("y",), NOW)
        await store.end(turn, NOW)
    assert await store.turns_in(ADDRESS, NOW) == PersonTurns(2, NOW + 1)
    assert await store.turns_in(ADDRESS, NOW + 1) == PersonTurns(1, NOW + 2)
    assert await store.turns_in(replace(ADDRESS, account="a2"), NOW) == PersonTurns(0, 0.0)


async def test_threads_that_are_channels_of_their_own_count_for_the_channel_around_them(store: Store) -> None:
    places = (("t1", "t1", "c1"), ("t2", "t2", "c1"), ("t3", "t3", "c2"), ("t4", "c1", ""))
    for number, (thread, channel, parent) in enumerate(places, 1):
        event = asked("x", number=number, thread=thread)
        event = replace(event, address=replace(event.address, channel=channel), parent=parent)
        await commit(store, await begun(store, event, now=NOW + number), "Four.")
    assert await store.turns_in(ADDRESS, NOW) == PersonTurns(3, NOW + 1)
    assert await store.turns_in(replace(ADDRESS, channel="t2"), NOW) == PersonTurns(1, NOW + 2)
    assert await store.turns_in(replace(ADDRESS, account="a2"), NOW) == PersonTurns(0, 0.0)


async def test_of_turns_that_begin_together_each_has_a_number_of_its_own(store: Store) -> None:
    turns = [
        await begun(store, asked("x", number=number, thread=f"t{number}"), now=NOW) for number in range(3)
    ]
    assert await used(store) == PersonTurns(3, NOW)
    of_the_person = [(await store.turns_of(ADDRESS, ADA.id, NOW - 1, turn.id)).count for turn in turns]
    in_the_channel = [(await store.turns_in(ADDRESS, NOW - 1, turn.id)).count for turn in turns]
    assert sorted(of_the_person) == sorted(in_the_channel) == [1, 2, 3]


async def test_what_began_later_and_is_answered_counts_for_what_still_is_at_work(store: Store) -> None:
    first = await begun(store, asked("slow", number=1, thread="t1"), now=NOW)
    later = await begun(store, asked("quick", number=2, thread="t2"), now=NOW + 1)
    await store.commit_answer(later, answer(), ("y",), NOW)
    assert await store.turns_of(ADDRESS, ADA.id, NOW - 1, first.id) == PersonTurns(2, NOW)


async def test_the_turn_at_work_is_counted_already_and_a_command_is_not(store: Store) -> None:
    turn = await begun(store, asked("/help"))
    assert (await used(store)).count == 1
    await store.commit_answer(turn, Answer(Role.NOTICE, "I can ...", TurnState.DONE), ("I can ...",), NOW)
    assert (await used(store)).count == 0


async def test_an_answer_that_was_redone_counts_again_when_it_was(store: Store) -> None:
    turn = await begun(store)
    for number in range(1, 4):
        await commit(store, turn, "Four.")
        await store.end(turn, NOW)
        await edit(store, turn.questions[0], f"{number}?", revision=NOW + number)
        turn = await begin(store, now=NOW + 100 * number)
        assert await used(store) == PersonTurns(number + 1, NOW)
        assert await store.turns_in(ADDRESS, NOW - 1, turn.id) == PersonTurns(number + 1, NOW)
    assert await used(store, NOW + 150) == PersonTurns(2, NOW + 200)
    assert await store.turns_in(ADDRESS, NOW + 150) == PersonTurns(2, NOW + 200)


async def test_what_was_refused_does_not_count_when_it_is_redone(store: Store) -> None:
    turn = await begun(store)
    await show(store, turn, "Not now.")
    refusal = answer("Not now.", TurnState.REFUSED, Role.NOTICE)
    await store.commit_answer(turn, refusal, ("Not now.",), NOW)
    await store.end(turn, NOW)
    await edit(store, turn.questions[0], "please?")
    again = await begin(store, now=NOW + 9)
    assert await used(store) == PersonTurns(1, NOW + 9)
    await store.commit_answer(again, refusal, ("Not now.",), NOW)
    assert (await used(store)).count == 0


async def test_a_redo_that_the_model_did_not_answer_does_not_count(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four.")
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store, now=NOW + 9)
    broken = Answer(Role.NOTICE, "The model is away.", TurnState.FAILED)
    await store.commit_answer(again, broken, ("The model is away.",), NOW)
    assert await used(store) == PersonTurns(1, NOW)


async def test_a_redo_that_is_given_up_does_not_count(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four.")
    await edit(store, turn.questions[0], "3+3?")
    await store.end(await begin(store, now=NOW + 9), NOW)
    assert await used(store) == PersonTurns(1, NOW)


async def test_a_refusal_at_last_does_not_undo_what_was_used_before(store: Store) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four.")
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store, now=NOW + 9)
    refusal = Answer(Role.NOTICE, "Not now.", TurnState.REFUSED)
    await store.commit_answer(again, refusal, ("Not now.",), NOW)
    assert await used(store) == PersonTurns(1, NOW)


@pytest.mark.parametrize("far", ["running", "committed"])
async def test_a_deletion_gives_nothing_back(store: Store, far: str) -> None:
    turn = await begun(store)
    if far == "committed":
        await commit(store, turn, "Four.")
    await delete(store, turn.questions[0])
    assert (await used(store)).count == 1
    await store.end(await begin(store), NOW)
    assert (await used(store)).count == 1


async def test_a_deletion_makes_no_turn_of_what_was_none(store: Store) -> None:
    for number, ending in enumerate([TurnState.DONE, TurnState.REFUSED], 1):
        turn = await begun(store, asked("/help", number=number))
        await store.commit_answer(turn, Answer(Role.NOTICE, "x", ending), ("x",), NOW)
        await store.end(turn, NOW)
        await delete(store, turn.questions[0])
        await store.end(await begin(store), NOW)
    assert (await used(store)).count == 0
