"""What every store must keep of what people chose for a place."""

from dataclasses import fields, replace

import pytest

from core.settings import Chain, Choices, Chosen, Scope, Setting, place_of
from core.storage import Store
from tests.contract.stores import ADDRESS, NOW
from tests.questions import ADA, BEN, asked

NEIGHBOUR = asked("", thread="t2").address
ALL = Choices("llama", "pirate", 0.2, 800, shows_reasoning=False)


async def test_nothing_is_chosen_at_first(store: Store) -> None:
    chain = await store.chain(ADDRESS)
    assert chain == Chain()
    assert chain.over(Choices(temperature=0.6)) == Choices(temperature=0.6)
    assert chain.source(Setting.TEMPERATURE) is None


@pytest.mark.parametrize("scope", list(Scope))
async def test_every_setting_comes_back_as_it_was_chosen(store: Store, scope: Scope) -> None:
    await store.choose(ADDRESS, scope, ALL, ADA, NOW)
    chain = await store.chain(ADDRESS)
    assert chain.over(Choices()) == ALL
    for setting in Setting:
        assert chain.source(setting) == Chosen(scope, ALL.only(setting), "Ada", NOW)
        assert type(chain.over(Choices()).value(setting)) is type(ALL.value(setting))


async def test_a_narrower_scope_wins_setting_by_setting(store: Store) -> None:
    await store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.0), BEN, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=0.5, persona="pirate"), ADA, NOW)
    await store.choose(ADDRESS, Scope.ACCOUNT, Choices(persona="poet", shows_reasoning=True), ADA, NOW)
    house = Choices(model="llama", persona="assistant", shows_reasoning=False)
    chain = await store.chain(ADDRESS)
    assert chain.over(house) == Choices("llama", "pirate", 0.0, None, shows_reasoning=True)
    assert chain.source(Setting.TEMPERATURE) == Chosen(Scope.THREAD, Choices(temperature=0.0), "Ben", NOW)
    beside = await store.chain(NEIGHBOUR)
    assert beside.over(house) == Choices("llama", "pirate", 0.5, None, shows_reasoning=True)


async def test_places_do_not_share_what_was_chosen(store: Store) -> None:
    await store.choose(ADDRESS, Scope.CHANNEL, ALL, ADA, NOW)
    for other in (
        replace(ADDRESS, channel="c"),
        replace(ADDRESS, channel="c1:t1"),
        replace(ADDRESS, account="a"),
        replace(ADDRESS, platform="other"),
    ):
        assert await store.chain(other) == Chain()
    assert (await store.chain(replace(ADDRESS, thread=""))).over(Choices()) == ALL


async def test_the_newest_choice_counts(store: Store) -> None:
    await store.choose(ADDRESS, Scope.THREAD, ALL, ADA, NOW)
    await store.choose(ADDRESS, Scope.THREAD, Choices(answer_tokens=50), BEN, NOW + 5)
    chain = await store.chain(ADDRESS)
    assert chain.over(Choices()) == replace(ALL, answer_tokens=50)
    assert chain.source(Setting.ANSWER_TOKENS) == Chosen(
        Scope.THREAD, Choices(answer_tokens=50), "Ben", NOW + 5
    )


async def test_choices_are_taken_back_in_one_place(store: Store) -> None:
    await store.choose(ADDRESS, Scope.THREAD, ALL, ADA, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=1.0), ADA, NOW)
    await store.unchoose(ADDRESS, Scope.THREAD, (Setting.TEMPERATURE, Setting.MODEL), ADA, NOW)
    chain = await store.chain(ADDRESS)
    assert chain.over(Choices()) == replace(ALL, temperature=1.0, model=None)
    await store.unchoose(ADDRESS, Scope.THREAD, tuple(Setting), ADA, NOW)
    assert (await store.chain(ADDRESS)).over(Choices()) == Choices(temperature=1.0)


async def test_a_fresh_start_keeps_what_was_chosen(store: Store) -> None:
    await store.choose(ADDRESS, Scope.THREAD, ALL, ADA, NOW)
    await store.reset(ADDRESS, ADA, NOW)
    assert (await store.chain(ADDRESS)).over(Choices()) == ALL


def test_every_choice_has_its_setting() -> None:
    assert [entry.name for entry in fields(Choices)] == list(Setting)


def test_the_place_of_a_scope_is_the_beginning_of_the_addresss_key() -> None:
    address = replace(ADDRESS, channel="c:1", thread="t/1")
    assert place_of(address, Scope.THREAD) == address.key
    assert place_of(address, Scope.CHANNEL) == "test:a1:c%3A1"
    assert place_of(address, Scope.ACCOUNT) == "test:a1"
