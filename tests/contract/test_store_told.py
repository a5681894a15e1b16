"""What every store must keep of what was said once."""

import asyncio

from core.spending import ToldStore
from tests.contract.stores import NOW


async def test_a_matter_is_told_once_until_its_time_is_over(store: ToldStore) -> None:
    assert await store.once("house", "80 %", NOW + 60, NOW)
    assert not await store.once("house", "80 %", NOW + 60, NOW)
    assert not await store.once("house", "80 %", NOW + 900, NOW + 59)
    assert await store.once("house", "80 %", NOW + 120, NOW + 60)
    assert not await store.once("house", "80 %", NOW + 120, NOW + 61)


async def test_subjects_and_matters_are_told_apart(store: ToldStore) -> None:
    assert await store.once("house", "80 %", NOW + 60, NOW)
    assert await store.once("house", "gone", NOW + 60, NOW)
    assert await store.once("person:test:a1:U1", "80 %", NOW + 60, NOW)
    assert not await store.once("house", "gone", NOW + 60, NOW + 1)


async def test_of_fifty_at_once_one_may_tell(store: ToldStore) -> None:
    told = await asyncio.gather(*(store.once("house", "gone", NOW + 60, NOW) for _ in range(50)))
    assert sum(told) == 1


async def test_what_is_over_at_once_may_be_told_again(store: ToldStore) -> None:
    assert await store.once("house", "gone", NOW, NOW)
    assert await store.once("house", "gone", NOW, NOW)


async def test_a_clock_that_goes_back_tells_nothing_twice(store: ToldStore) -> None:
    assert await store.once("house", "gone", NOW + 60, NOW)
    assert not await store.once("house", "gone", NOW + 60, NOW - 3600)
