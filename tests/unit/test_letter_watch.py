"""Messages that never reached people: the operator hears of them, at most once an hour."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from bots.notices import Notifying
from bots.outbox import in_words
from core import operator_phrases
from core.address import Address
from core.conversation.letter_watch import LetterWatch
from core.conversation.notices import OperatorNotice
from core.conversation.pacing import Pacer
from core.errors import StoreError
from core.storage import DeadLetter
from tests.fakes.clock import SleepingClock
from tests.fakes.platform import FakePlatform
from tests.fakes.store import MemoryStore

NOON = 1_700_049_600.0  # 2023-11-15 12:00 UTC
HOUR_S = 3_600.0
SAID = "what nobody ever read"
ENDING = "\n\n`tampu outbox` shows each of them, and why."
NOT_IN = "Tampu is not in the channel any more"


@pytest.fixture
def clock() -> SleepingClock:
    return SleepingClock(NOON + 300)


@dataclass
class LetterBox(MemoryStore):
    """Has the dead letters that a test puts in; fails when told to."""

    letters: list[DeadLetter] = field(default_factory=list)
    fail: int = 0

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        if self.fail:
            self.fail -= 1
            raise StoreError("busy")
        return tuple(sorted(self.letters, key=lambda letter: -letter.at)[:limit])

    def lose(self, at: float, channel: str = "C1", reason: str = "not_in_channel", count: int = 1) -> None:
        address = Address("slack", "T1", channel, "t1")
        self.letters += [DeadLetter(f"turn {at}", address, SAID, reason, at) for _ in range(count)]


@dataclass
class Letters:
    """A watch on a letter box, and what it has told."""

    box: LetterBox
    watch: LetterWatch
    clock: SleepingClock
    said: list[str]

    async def until(self, number: int) -> None:
        deadline = time.monotonic() + 5
        while len(self.said) < number:
            assert time.monotonic() < deadline, self.said
            await asyncio.sleep(0)


@asynccontextmanager
async def watching(box: LetterBox, clock: SleepingClock) -> AsyncIterator[Letters]:
    """Look after a letter box; entering it again is a restart."""
    platform = FakePlatform(name="slack")
    notifying = Notifying("slack:T1:OPS", box, {"slack": platform}, Pacer(clock), clock)
    task = asyncio.create_task(notifying.run())
    letters = Letters(box, notifying.letters, clock, [])
    real = notifying.notices.tell

    def heard(notice: OperatorNotice) -> None:
        letters.said.append(notice.text)
        real(notice)

    notifying.notices.tell = heard  # type: ignore[method-assign]  # it is told all the same
    try:
        yield letters
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def rested() -> None:
    """Let others have their turn often enough to have done whatever they would."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_the_first_lost_message_is_told_at_once_and_the_others_an_hour_later(
    clock: SleepingClock,
) -> None:
    begun = clock.now()
    async with watching(LetterBox(), clock) as letters:
        await rested()
        assert (letters.said, clock.now()) == ([], begun)
        letters.box.lose(begun)
        letters.watch.hint()
        await letters.until(1)
        letters.box.lose(begun + 1)
        letters.box.lose(begun + 1, "C2", "gave up: http_500", 3)
        letters.box.lose(begun + 1, "C2", "gave up: 500", 2)
        letters.watch.hint()
        await letters.until(2)
        assert clock.now() == begun + HOUR_S
        letters.watch.hint()
        await rested()
    failed = "gave up after 15 minutes: the platform failed (HTTP 500)"
    first = f"**1 message has not reached people**, since 12:05 UTC:\n\n- `slack:T1:C1`: 1 ({NOT_IN}){ENDING}"
    others = f"- `slack:T1:C2`: 5 ({failed})\n- `slack:T1:C1`: 1 ({NOT_IN}){ENDING}"
    second = f"**6 messages have not reached people**, since 12:05 UTC:\n\n{others}"
    assert letters.said == [first, second]
    assert SAID not in first + second


async def test_one_that_was_lost_before_its_answer_was_whole_is_told_later(clock: SleepingClock) -> None:
    begun = clock.now()
    async with watching(LetterBox(), clock) as letters:
        letters.box.lose(begun)
        letters.watch.hint()
        await letters.until(1)
        letters.box.lose(begun - 30, "C2")
        letters.watch.hint()
        await letters.until(2)
        letters.box.lose(begun + HOUR_S, "C3")
        letters.watch.hint()
        await letters.until(3)
    assert [said.count("\n- ") for said in letters.said] == [1, 1, 1]
    assert [f"C{number}" in said for number, said in enumerate(letters.said, 1)] == [True] * 3


async def test_a_restart_repeats_nothing(clock: SleepingClock) -> None:
    box, begun = LetterBox(), clock.now()
    # An earlier process had no time to tell it.
    box.lose(begun - 60)
    said: list[str] = []
    for _ in range(5):
        async with watching(box, clock) as letters:
            await rested()
            said += letters.said
    assert len(said) == 1
    # It stayed so until it was too old to be told by anybody.
    assert clock.now() >= begun - 60 + HOUR_S


async def test_after_a_restart_what_was_not_told_is_told_when_the_hour_is_over(clock: SleepingClock) -> None:
    box, begun = LetterBox(), clock.now()
    box.lose(begun - 60)
    async with watching(box, clock) as letters:
        await letters.until(1)
    box.lose(begun + 1, "C2")
    async with watching(box, clock) as letters:
        await letters.until(1)
        assert begun + HOUR_S <= clock.now() < begun + HOUR_S + 120
        await rested()
    (said,) = letters.said
    assert said.startswith("**1 message has not reached people**, since 12:05 UTC:\n\n- `slack:T1:C2`: 1")


async def test_a_store_that_fails_is_asked_again(clock: SleepingClock) -> None:
    box = LetterBox(fail=2)
    box.lose(clock.now())
    with capture_logs() as logs:
        async with watching(box, clock) as letters:
            await letters.until(1)
    assert [line["event"] for line in logs][:2] == ["letters.not_counted"] * 2


def test_many_places_are_summed_up_and_nobody_is_mentioned() -> None:
    counts = {(f"slack:T1:C{number}", "not_in_channel"): 10 - number for number in range(8)}
    counts["discord:1:<@everyone>`", "never heard of `<!channel>`"] = 1
    text = operator_phrases.dead_letters(operator_phrases.by_place(counts, in_words), NOON, NOON, more=True)
    assert text.startswith("**At least 53 messages have not reached people**, since 12:00 UTC:")
    assert text.count("\n- ") == operator_phrases.LINES_MOST
    assert "- elsewhere: 19" in text
    assert operator_phrases.quoted("<!channel>`\n@everyone") == "`<!channel>??@everyone`"
