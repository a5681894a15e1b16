"""What every store must keep of who did what."""

from dataclasses import replace

import pytest

from core import acts
from core.audit import OPERATOR, Action, AuditEntry, AuditSearch, AuditStore
from core.errors import LeaseLost
from core.principal import Principal
from tests.contract.keeping import Keeping
from tests.contract.stores import ADDRESS, NOW, answer, begin, begun
from tests.questions import ADA, BEN

ADAS, BENS = (Principal.of(author, ADDRESS).person_key for author in (ADA, BEN))
PINNED = AuditEntry(NOW, ADAS, "Ada", Action.PINNED, ADDRESS.key, {"number": "3"})
RAN = AuditEntry(NOW + 1, BENS, "Ben", Action.TOOL_RAN, ADDRESS.key, {"tool": "clock", "failed": "no"})
EXPORTED = AuditEntry(NOW + 2, OPERATOR, "", Action.EXPORTED)
ALL = AuditSearch()


async def recorded(store: AuditStore, *entries: AuditEntry) -> None:
    for entry in entries:
        await store.record(entry)


async def test_there_is_nothing_at_first(store: AuditStore) -> None:
    assert await store.entries(ALL) == ()


async def test_entries_come_back_as_they_were_the_newest_first(store: AuditStore) -> None:
    await recorded(store, RAN, PINNED, EXPORTED)
    assert await store.entries(ALL) == (EXPORTED, RAN, PINNED)


async def test_of_one_moment_the_last_one_comes_first(store: AuditStore) -> None:
    again = [replace(PINNED, detail={"number": str(number)}) for number in range(4)]
    await recorded(store, *again)
    assert await store.entries(ALL) == tuple(reversed(again))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (AuditSearch(limit=1), (EXPORTED,)),
        (AuditSearch(limit=0), ()),
        (AuditSearch(since=NOW + 1), (EXPORTED, RAN)),
        (AuditSearch(since=NOW + 3), ()),
        (AuditSearch(actor=ADAS), (PINNED,)),
        (AuditSearch(actor=ADAS[:-1]), ()),
        (AuditSearch(action=Action.TOOL_RAN), (RAN,)),
        (AuditSearch(actor=BENS, action=Action.PINNED), ()),
    ],
)
async def test_entries_are_found_by_what_is_known_of_them(
    store: AuditStore, search: AuditSearch, found: tuple[AuditEntry, ...]
) -> None:
    await recorded(store, PINNED, RAN, EXPORTED)
    assert await store.entries(search) == found


async def test_details_are_kept_whatever_stands_in_them(store: AuditStore) -> None:
    odd = {"": "", 'a"b': "c\n\u2028d\x00", "ключ": "🦙"}
    await store.record(replace(PINNED, detail=odd))
    (entry,) = await store.entries(ALL)
    assert dict(entry.detail) == odd


def test_an_entry_does_not_change_with_what_it_was_made_from() -> None:
    detail = {"number": "3"}
    entry = replace(PINNED, detail=detail)
    detail["number"] = "4"
    assert entry == PINNED
    assert hash(entry) == hash(PINNED)
    with pytest.raises(TypeError):
        entry.detail["number"] = "5"  # type: ignore[index]  # that it is not possible is the point


async def test_an_act_is_noted_with_the_answer_that_it_is_or_not_at_all(store: Keeping) -> None:
    act = acts.posted(ADA, ADDRESS, replace(ADDRESS, channel="d1"), NOW)
    old = await begun(store)
    turn = await begin(store)
    with pytest.raises(LeaseLost):
        await store.commit_answer(old, replace(answer(), act=act), ("Four.",), NOW)
    assert await store.entries(ALL) == ()
    await store.commit_answer(turn, replace(answer(), act=act), ("Four.",), NOW)
    assert await store.entries(ALL) == (act,)
