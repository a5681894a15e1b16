"""What every store knows of the time without the machine's clock."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import pytest

from core.forgetting import RetentionStore, Signs
from core.storage import Store
from tests.contract.stores import NOW, ask, begun, commit
from tests.questions import asked

DAY = 86_400.0
WEEK = 7 * DAY


class Remembering(Store, RetentionStore, Protocol):
    """A store that remembers when there was life."""


Life = Callable[[Remembering, float], Awaitable[object]]


async def started(store: Remembering, at: float) -> None:
    await store.boot(at)


async def ended(store: Remembering, at: float) -> None:
    await store.shut(await store.boot(NOW - 300 * DAY), at)


async def lived(store: Remembering, at: float) -> None:
    await store.alive(await store.boot(NOW - 300 * DAY), at)


async def asked_of(store: Remembering, at: float) -> None:
    await ask(store, replace(asked("x"), sent_at=at), at)


async def answered_by(store: Remembering, at: float) -> None:
    turn = await begun(store, replace(asked("x"), sent_at=at), now=at)
    await commit(store, turn, "y", now=at)
    await store.end(turn, at)
    # The thread goes on now; the turn of then is what is left of then.
    await ask(store, replace(asked("z", number=2), sent_at=NOW), NOW)


LIFE: tuple[Life, ...] = (started, ended, lived, asked_of, answered_by)


async def test_an_empty_store_knows_nothing(store: Remembering) -> None:
    assert await store.signs(NOW) == Signs(lived=False)


@pytest.mark.parametrize("life", LIFE)
@pytest.mark.parametrize(("age", "wanted"), [(DAY, True), (WEEK, True), (DAY - 1, False), (WEEK + 1, False)])
async def test_life_between_a_week_and_a_day_ago(
    store: Remembering,
    life: Life,
    age: float,
    wanted: bool,
) -> None:
    await life(store, NOW - age)
    assert (await store.signs(NOW)).lived is wanted


@pytest.mark.parametrize("life", LIFE)
async def test_what_lies_ahead_is_no_sign(store: Remembering, life: Life) -> None:
    await life(store, NOW + 365 * DAY)
    assert not (await store.signs(NOW)).lived


async def test_messages_that_come_late_by_the_platforms_clock(store: Remembering) -> None:
    ahead = NOW + 3_000 * DAY
    await ask(store, replace(asked("x"), sent_at=NOW), ahead)
    assert (await store.signs(ahead)).lag == 3_000 * DAY
    # Once the clock is right again, what was noted meanwhile says nothing.
    assert (await store.signs(NOW)).lag == 0.0
    assert (await store.signs(ahead + DAY + 1)).lag == 0.0


async def test_one_old_message_among_fresh_ones_is_no_lag(store: Remembering) -> None:
    await ask(store, replace(asked("edited so that it asks"), sent_at=NOW - 90 * DAY), NOW)
    await ask(store, replace(asked("fresh", number=2), sent_at=NOW - 1), NOW)
    assert (await store.signs(NOW)).lag == 1.0


async def test_a_page_that_goes_by_the_machines_clock_excuses_no_platform(store: Remembering) -> None:
    ahead = NOW + 3_000 * DAY
    await ask(store, replace(asked("x"), sent_at=NOW), ahead)
    await ask(store, replace(asked("y", platform="page"), sent_at=ahead), ahead)
    assert (await store.signs(ahead)).lag == 3_000 * DAY


async def test_a_message_from_ahead_is_no_lag(store: Remembering) -> None:
    await ask(store, replace(asked("x"), sent_at=NOW + 60), NOW)
    assert (await store.signs(NOW)).lag == 0.0
