"""What every store must do with events on their way in."""

import asyncio
from dataclasses import replace

import pytest

from core.address import Address
from core.errors import NoPictures
from core.events import Closed
from core.storage import Answer, Change, Store, TurnState
from core.transcript import Role
from tests.contract.stores import ADDRESS, NOW, answered, ask, begin, begun, delete, edit, screen
from tests.questions import ADA, BEN, asked

HOUR_S = 3600.0
TURN_ENDINGS = (TurnState.DONE, TurnState.FAILED, TurnState.STOPPED, TurnState.REFUSED)


async def test_an_event_is_kept_once(store: Store) -> None:
    assert await store.accept(asked("hi"), (), NOW)
    assert not await store.accept(asked("hi"), (), NOW)
    assert not await store.accept(asked("hi again under the same key"), (), NOW)


@pytest.mark.parametrize("ending", TURN_ENDINGS)
async def test_a_button_asks_again_where_nothing_came_of_it(store: Store, ending: TurnState) -> None:
    press = replace(asked("Read the text"), preset="read", about="m1")
    turn = await begun(store, press)
    assert not await store.accept(press, (), NOW)
    await store.commit_answer(turn, Answer(Role.NOTICE, "no", ending, error="ModelBroke"), (), NOW)
    assert not await store.accept(press, (), NOW)
    await store.end(turn, NOW)
    assert await store.accept(press, (), NOW) is (ending is not TurnState.DONE)
    assert not await store.accept(press, (), NOW)


async def test_a_button_below_which_there_is_no_picture_any_more_asks_once(store: Store) -> None:
    press = replace(asked("Read the text"), preset="read", about="m1")
    turn = await begun(store, press)
    ended = Answer(Role.NOTICE, "no", TurnState.FAILED, error=NoPictures.__name__)
    await store.commit_answer(turn, ended, (), NOW)
    await store.end(turn, NOW)
    assert not await store.accept(press, (), NOW)


async def test_the_same_event_at_once_is_kept_once(store: Store) -> None:
    kept = await asyncio.gather(*(store.accept(asked("hi"), (), NOW) for _ in range(20)))
    assert sorted(kept) == [False] * 19 + [True]


async def test_keys_are_unique_within_an_account_only(store: Store) -> None:
    elsewhere = replace(asked("hi"), address=Address("test", "a2", "c1", "t1"))
    assert await store.accept(asked("hi"), (), NOW)
    assert await store.accept(elsewhere, (), NOW)


async def test_nothing_begins_in_a_thread_of_which_nothing_is_stored(store: Store) -> None:
    assert await store.begin(ADDRESS, NOW) is None
    assert await store.known_since(ADDRESS) is None


async def test_a_thread_is_known_since_its_first_question_was_sent_whenever_it_came(store: Store) -> None:
    late = await ask(store, asked("first", number=3))
    assert await store.known_since(ADDRESS) == late.sent_at
    first = await ask(store, asked("sent before", number=2))
    await ask(store, asked("elsewhere", number=1, thread="t2"))
    await answered(store, asked("more", number=4))
    assert await store.known_since(ADDRESS) == first.sent_at


async def test_questions_and_answers_lead_to_their_thread(store: Store) -> None:
    turn = await begun(store)
    await store.intend(turn, 0)
    await store.posted(turn, 0, "m1", "Four")
    assert await store.locate("test", "a1", "c1", "q1") == turn.address
    assert await store.locate("test", "a1", "c1", "m1") == turn.address
    assert await store.locate("test", "a1", "c2", "m1") is None
    assert await store.locate("test", "a2", "c1", "m1") is None


async def test_a_message_never_moves_to_another_thread(store: Store) -> None:
    await ask(store, asked("one"))
    other = await ask(store, asked("two", number=2, thread="t2"))
    await store.anchor(ADDRESS, "m1")
    await store.anchor(other.address, "m1")
    assert await store.locate("test", "a1", "c1", "m1") == ADDRESS


async def test_nothing_is_tied_to_a_thread_of_which_nothing_is_stored(store: Store) -> None:
    await store.anchor(ADDRESS, "m1")
    assert await store.locate("test", "a1", "c1", "m1") is None
    assert await store.recent("test", 0.0) == ()


async def test_waiting_names_threads_with_new_events_and_cut_turns(store: Store) -> None:
    cut = await begun(store)
    await store.accept(asked("x", number=5, thread="t2"), (), NOW + 1)
    assert await store.waiting() == (cut.address, asked("", thread="t2").address)


async def test_waiting_names_a_thread_with_a_strike_last(store: Store) -> None:
    await begun(store)
    await ask(store, asked("x", number=5, thread="t2"), NOW + 1)
    suspected = await store.begin(ADDRESS, NOW + 2, strike=True)
    assert suspected is not None
    assert suspected.strikes == 1
    assert [address.thread for address in await store.waiting()] == ["t2", "t1"]


async def test_waiting_is_oldest_first_and_each_thread_once(store: Store) -> None:
    for number, thread in enumerate(["t3", "t1", "t3", "t2", "t1"]):
        await ask(store, asked("x", number=number, thread=thread), NOW + number)
    assert [address.thread for address in await store.waiting()] == ["t3", "t1", "t2"]


async def test_recent_lists_a_platforms_threads_newest_first_within_the_window(store: Store) -> None:
    for number, thread in enumerate(["t1", "t2", "t3", "t4"]):
        await ask(store, asked("x", number=number, thread=thread), NOW + number)
    await ask(store, asked("x", number=9, platform="other"), NOW + 9)
    await ask(store, asked("again", number=10, thread="t2"), NOW + 10)
    assert [address.thread for address in await store.recent("test", NOW + 2)] == ["t2", "t4", "t3"]
    assert await store.recent("test", NOW + 11) == ()


async def test_an_answer_is_something_said_too(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("later", number=2, thread="t2"), NOW + 5)
    await store.end(turn, NOW + 6)
    assert [address.thread for address in await store.recent("test", NOW + 1)] == ["t1", "t2"]


async def test_a_question_that_comes_after_its_deletion_is_not_kept(store: Store) -> None:
    event = asked("oops")
    assert (await delete(store, event, event.sent_at + 5)).change is Change.UNKNOWN
    assert not await store.accept(event, (), event.sent_at + 6)
    assert await store.known_since(ADDRESS) is None
    assert await store.recent("test", 0.0) == ()
    assert await screen(store) == []


@pytest.mark.parametrize(("age", "is_kept"), [(HOUR_S - 1, False), (HOUR_S, True), (HOUR_S + 1, True)])
async def test_only_what_may_still_come_late_is_waited_for(store: Store, age: float, is_kept: bool) -> None:
    event = asked("oops")
    await delete(store, event, event.sent_at + age)
    assert await store.accept(event, (), event.sent_at + age) is is_kept


async def test_a_deletion_is_of_one_account(store: Store) -> None:
    event = asked("oops")
    await delete(store, event)
    assert await store.accept(replace(event, address=Address("test", "a2", "c1", "t1")), (), NOW)
    assert await store.accept(replace(event, address=Address("other", "a1", "c1", "t1")), (), NOW)


async def test_a_deletion_and_its_question_at_once_leave_no_words(store: Store) -> None:
    events = [asked(f"word {number}", number=number) for number in range(20)]
    async with asyncio.TaskGroup() as tasks:
        for event in events:
            tasks.create_task(store.accept(event, (), event.sent_at))
            tasks.create_task(delete(store, event, event.sent_at))
    assert await screen(store) == []
    assert await store.waiting() == ()


async def test_days_later_a_deletion_is_forgotten(store: Store) -> None:
    event = asked("oops")
    await delete(store, event, event.sent_at)
    boot = await store.boot(event.sent_at + 6 * 86_400)
    assert not await store.accept(event, (), NOW)
    await store.alive(boot, event.sent_at + 8 * 86_400)
    assert await store.accept(event, (), NOW)


async def test_nothing_waits_in_a_channel_that_closed(store: Store) -> None:
    event = await ask(store, asked("anybody?"))
    await store.close(Closed("test", "a1", "c1"))
    assert await store.waiting() == ()
    assert await store.begin(ADDRESS, NOW) is None
    assert not await store.accept(event, (), NOW)
    assert (await edit(store, event, "hello?")).change is Change.NOTHING
    assert (await delete(store, event)).change is Change.NOTHING


async def test_what_runs_in_a_channel_that_closed_comes_to_its_end(store: Store) -> None:
    turn = await begun(store)
    await ask(store, asked("more", number=2, author=BEN))
    await store.close(Closed("test", "a1", "c1"))
    assert await store.waiting() == (ADDRESS,)
    again = await begin(store)
    assert again.id == turn.id
    await store.end(again, NOW)
    assert await store.waiting() == ()


ODD = ("C1", "C10", "C", "C1:t", "C1;", "c1", "C1%3A", "C1 ", "Ç1", "")


@pytest.mark.parametrize("closed", ODD)
async def test_only_that_channel_closes(store: Store, closed: str) -> None:
    for number, channel in enumerate(ODD):
        event = asked("hi", number=number)
        await ask(store, replace(event, address=Address("test", "a1", channel, "t1")), NOW + number)
        elsewhere = Address("test", "a10", channel, "t1")
        await ask(store, replace(event, address=elsewhere), NOW + 100 + number)
    await store.close(Closed("test", "a1", closed))
    left = [channel for channel in ODD if channel != closed] if closed else []
    waiting = await store.waiting()
    assert [place.channel for place in waiting if place.account == "a1"] == left
    assert [place.channel for place in waiting if place.account == "a10"] == list(ODD)


async def test_a_whole_account_closes_and_its_neighbours_stay(store: Store) -> None:
    places = [("test", "a"), ("test", "a1"), ("test", "a:1"), ("test", "a1/x"), ("tests", "a1"), ("tes", "t")]
    for number, (platform, account) in enumerate(places):
        event = replace(asked("hi", author=ADA), address=Address(platform, account, "c1", "t1"))
        await ask(store, event, NOW + number)
    await store.close(Closed("test", "a1"))
    left = [(place.platform, place.account) for place in await store.waiting()]
    assert left == [place for place in places if place != ("test", "a1")]
