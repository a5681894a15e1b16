"""What every store must know of the starts and ends of the process."""

from core.storage import Store
from tests.contract.stores import NOW

DAY_S = 86_400.0


async def test_the_first_start_has_nothing_before_it(store: Store) -> None:
    boot = await store.boot(NOW)
    assert (boot.last_seen, boot.crashes) == (None, 0)


async def test_an_end_in_order_is_when_it_was_last_seen(store: Store) -> None:
    first = await store.boot(NOW)
    await store.alive(first, NOW + 10)
    await store.shut(first, NOW + 20)
    second = await store.boot(NOW + 30)
    assert (second.last_seen, second.crashes) == (NOW + 20, 0)
    assert second.id != first.id


async def test_after_a_crash_the_last_sign_of_life_counts(store: Store) -> None:
    first = await store.boot(NOW)
    assert (await store.boot(NOW + 5)).last_seen == NOW
    second = await store.boot(NOW + 7)
    await store.alive(second, NOW + 10)
    third = await store.boot(NOW + 30)
    assert (third.last_seen, third.crashes) == (NOW + 10, 3)
    assert first.id < second.id < third.id


async def test_only_the_crashes_of_the_last_minutes_count(store: Store) -> None:
    for at in (0.0, 100.0, 200.0):
        await store.boot(NOW + at)
    assert (await store.boot(NOW + 350)).crashes == 2
    assert (await store.boot(NOW + 900)).crashes == 0


async def test_ends_in_order_are_no_crashes(store: Store) -> None:
    for at in range(5):
        boot = await store.boot(NOW + at)
        assert boot.crashes == 0
        await store.shut(boot, NOW + at)


async def test_after_a_clock_was_set_back_nothing_was_seen_later_than_now(store: Store) -> None:
    first = await store.boot(NOW)
    await store.shut(first, NOW + 10)
    back = await store.boot(NOW - DAY_S)
    assert back.last_seen == 0.0


async def test_a_time_that_lies_ahead_gives_way_to_an_earlier_start(store: Store) -> None:
    first = await store.boot(NOW)
    await store.shut(first, NOW + 100)
    ahead = await store.boot(NOW + DAY_S)
    assert ahead.last_seen == NOW + 100
    await store.alive(ahead, NOW + DAY_S + 50)
    right = await store.boot(NOW + 300)
    assert right.last_seen == NOW + 100
    await store.alive(right, NOW + 400)
    assert (await store.boot(NOW + 2 * DAY_S)).last_seen == NOW + 400


async def test_a_clock_that_ran_ahead_once_hides_no_absence_after_it(store: Store) -> None:
    ahead = await store.boot(NOW + DAY_S)
    await store.shut(ahead, NOW + DAY_S + 10)
    first = await store.boot(NOW)
    await store.alive(first, NOW + 50)
    second = await store.boot(NOW + 1000)
    assert second.last_seen == NOW + 50
    await store.shut(second, NOW + 1010)
    assert (await store.boot(NOW + 2000)).last_seen == NOW + 1010


async def test_a_clock_that_is_set_right_while_the_process_runs_is_believed(store: Store) -> None:
    boot = await store.boot(NOW + DAY_S)
    await store.alive(boot, NOW)
    assert (await store.boot(NOW + 100)).last_seen == NOW


async def test_crashes_under_a_clock_that_ran_ahead_are_no_crashes_now(store: Store) -> None:
    for at in range(5):
        await store.boot(NOW + DAY_S + at)
    assert (await store.boot(NOW)).crashes == 0


async def test_a_clock_that_falls_back_a_little_at_every_start_hides_no_crashes(store: Store) -> None:
    counted = [(await store.boot(NOW - at)).crashes for at in range(4)]
    assert counted == [0, 1, 2, 3]


async def test_a_long_life_is_seen_to_its_end(store: Store) -> None:
    boot = await store.boot(NOW)
    await store.alive(boot, NOW + 30 * DAY_S)
    again = await store.boot(NOW + 31 * DAY_S)
    assert (again.last_seen, again.crashes) == (NOW + 30 * DAY_S, 0)
    await store.shut(again, NOW + 32 * DAY_S)
    assert (await store.boot(NOW + 33 * DAY_S)).last_seen == NOW + 32 * DAY_S
