"""What every store must let go of by age, and what not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import pytest

from core.audit import Action, AuditEntry, AuditSearch, AuditStore
from core.forgetting import EVERYTHING, ForgetStore, RetentionStore
from core.principal import Principal
from core.settings import Choices, Scope
from core.storage import Change
from core.thread_memory import Summary
from tests.contract.spenders import Spends, claim, spend
from tests.contract.stores import (
    ADDRESS,
    CAT,
    IMAGE,
    NOW,
    PICTURE,
    answered,
    ask,
    begun,
    begun_with_picture,
    commit,
    delete,
    edit,
    screen,
)
from tests.questions import ADA, BEN, asked

DAY = 86_400.0
MOST = 50


class Keeping(Spends, RetentionStore, ForgetStore, AuditStore, Protocol):
    """A store that lets go by age."""


async def test_what_is_old_goes_wholly(store: Keeping) -> None:
    turn = await begun_with_picture(store)
    await store.tool_started(turn, "call_1", "search", "cats", NOW)
    await commit(store, turn, "A cat.")
    await store.end(turn, NOW)
    memory = await store.oldest(ADDRESS, 2)
    assert await store.put_summary(ADDRESS, Summary(2, "a cat", 2, "m", NOW), memory)
    await store.pin(ADDRESS, "a fact", ADA, NOW)
    await store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.1), ADA, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=0.2), ADA, NOW)
    assert await store.prune_threads(NOW, MOST) == 0
    assert await screen(store) == ["look", "A cat."]
    assert await store.prune_threads(NOW + 1, MOST) == 1
    assert await screen(store) == []
    assert await store.conversations("test", "a1") == ()
    assert await store.known_since(ADDRESS) is None
    assert await store.locate("test", "a1", "c1", "q1") is None
    assert (await store.upload("f1"), await store.images(("h1",))) == (None, ())
    assert await store.pins(ADDRESS) == ()
    assert [chosen.scope for chosen in (await store.chain(ADDRESS)).chosen] == [Scope.CHANNEL]
    assert (await store.memory(ADDRESS, 10)).summary is None
    assert await store.begin(ADDRESS, NOW) is None


async def test_what_was_used_stays(store: Keeping) -> None:
    turn = await begun(store)
    await spend(store, claim(turn=turn.id))
    await commit(store, turn)
    await store.end(turn, NOW)
    used = await store.report(0.0)
    assert await store.prune_threads(NOW + 1, MOST) == 1
    assert await store.report(0.0) == used
    assert [use.calls for use in used.models] == [1]


async def test_a_thread_begins_anew_after_it_went(store: Keeping) -> None:
    await answered(store)
    await answered(store, asked("other", number=2, thread="t2"))
    await store.reset(ADDRESS, ADA, NOW)
    await store.reset(asked("", thread="t2").address, ADA, NOW)
    assert await store.prune_threads(NOW + 1, MOST) == 2
    turn = await answered(store, asked("hello?", number=3), texts=("Hello!",))
    assert await screen(store) == ["hello?", "Hello!"]
    assert [row.text for row in await store.transcript(ADDRESS, 10)] == ["hello?", "Hello!"]
    assert (await delete(store, turn.questions[0])).change is Change.ANEW


async def test_only_so_many_go_at_once_the_oldest_first(store: Keeping) -> None:
    for number in range(5):
        turn = await begun(store, asked("x", number=number, thread=f"t{number}"), now=NOW + 4 - number)
        await commit(store, turn, "y")
        await store.end(turn, NOW + 4 - number)
    assert await store.prune_threads(NOW + 4, 3) == 3
    assert [address.thread for address in await store.recent("test", 0.0)] == ["t0", "t1"]
    assert await store.prune_threads(NOW + 4, 3) == 1
    assert await store.prune_threads(NOW + 4, 3) == 0


async def test_work_that_waits_or_goes_on_is_kept(store: Keeping) -> None:
    await ask(store, asked("waiting"))
    await begun(store, asked("running", number=2, thread="t2"))
    turn = await begun(store, asked("delivering", number=3, thread="t3"))
    await commit(store, turn, "y")
    taken = await answered(store, asked("deleted", number=4, thread="t4"))
    await delete(store, taken.questions[0])
    assert await store.prune_threads(NOW + DAY, MOST) == 0
    assert len(await store.waiting()) == 4


def newer(store: Keeping) -> tuple[Callable[[], Awaitable[object]], ...]:
    return (
        lambda: edit(store, asked("2+2?"), "2+2", revision=NOW + DAY),
        lambda: store.pin(ADDRESS, "a fact", ADA, NOW + DAY),
        lambda: store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.1), ADA, NOW + DAY),
    )


@pytest.mark.parametrize("what", range(3))
async def test_whoever_came_back_keeps_the_thread(store: Keeping, what: int) -> None:
    await answered(store)
    await answered(store, asked("thanks", number=2))
    await newer(store)[what]()
    assert await store.prune_threads(NOW + DAY, MOST) == 0
    assert await store.prune_threads(NOW + DAY + 1, MOST) == 1


async def test_a_picture_stays_where_a_newer_thread_shows_it(store: Keeping) -> None:
    for number, at in ((1, NOW), (2, NOW + DAY)):
        event = asked("look", number=number, thread=f"t{number}", attachments=(PICTURE,))
        turn = await begun(store, event, now=at)
        await store.keep_parts(turn, event, CAT, IMAGE)
        await commit(store, turn, "A cat.", now=at)
        await store.end(turn, at)
    assert await store.prune_threads(NOW + 1, MOST) == 1
    assert await store.images(("h1",)) == IMAGE
    assert await store.prune_threads(NOW + DAY + 1, MOST) == 1
    assert await store.images(("h1",)) == ()


async def test_pins_and_choices_where_nobody_asked_go_too(store: Keeping) -> None:
    quiet, recent = (replace(ADDRESS, thread=thread) for thread in ("quiet", "recent"))
    for address, at in ((quiet, NOW), (recent, NOW + DAY)):
        await store.pin(address, "a fact", ADA, at)
        await store.choose(address, Scope.THREAD, Choices(temperature=0.1), ADA, at)
    await store.choose(quiet, Scope.ACCOUNT, Choices(persona="poet"), ADA, NOW)
    assert await store.prune_threads(NOW + DAY, MOST) == 0
    assert await store.pins(quiet) == ()
    assert [chosen.scope for chosen in (await store.chain(quiet)).chosen] == [Scope.ACCOUNT]
    assert len(await store.pins(recent)) == 1
    assert len((await store.chain(recent)).chosen) == 2


async def test_a_start_is_known_as_long_as_the_process_runs(store: Keeping) -> None:
    first = await store.boot(NOW)
    await store.shut(first, NOW + 1)
    boot = await store.boot(NOW + 2)
    await store.prune_notes(NOW + 30 * DAY)
    await store.alive(boot, NOW + 30 * DAY)
    again = await store.boot(NOW + 30 * DAY + 5)
    assert again.last_seen == NOW + 30 * DAY


async def test_what_was_told_is_let_go_of_when_it_may_be_told_again(store: Keeping) -> None:
    assert await store.once("person", "refusal", NOW + 10, NOW)
    await store.prune_notes(NOW + 9)
    assert not await store.once("person", "refusal", NOW + 20, NOW + 9)
    await store.prune_notes(NOW + 10)
    assert await store.once("person", "refusal", NOW + 20, NOW + 10)


async def test_deletions_that_came_first_are_remembered_for_a_week(store: Keeping) -> None:
    ghost = asked("ghost")
    await delete(store, ghost)
    await store.prune_notes(NOW + 7 * DAY)
    assert not await store.accept(ghost, (), NOW)
    await store.prune_notes(NOW + 7 * DAY + 1)
    assert await store.accept(ghost, (), NOW)


async def test_whose_turns_were_forgotten_is_known_no_longer_than_it_counts(store: Keeping) -> None:
    await answered(store)
    await answered(store, asked("mine", number=2, author=BEN))
    await store.forget(Principal.of(ADA, ADDRESS), EVERYTHING, NOW)
    for now, count in ((NOW + 3_599, 1), (NOW + 3_601, 0)):
        await store.prune_notes(now)
        assert (await store.turns_of(ADDRESS, ADA.id, NOW - 1)).count == count
        assert (await store.turns_of(ADDRESS, BEN.id, NOW - 1)).count == 1


async def test_the_audit_goes_by_its_own_age(store: Keeping) -> None:
    entries = [AuditEntry(NOW + number, "operator", "", Action.EXPORTED) for number in range(4)]
    for entry in entries:
        await store.record(entry)
    assert await store.prune_audit(NOW) == 0
    assert await store.prune_audit(NOW + 2) == 2
    assert await store.entries(AuditSearch()) == (entries[3], entries[2])
