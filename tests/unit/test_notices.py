"""Notices to the operator under every outcome that a platform may have, and when nobody can post them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from core.address import Address
from core.audit import AuditEntry
from core.conversation.notices import (
    DOUBT_S,
    TRY_FOR_S,
    WAITING_MOST,
    NoticeChannel,
    Notices,
    OperatorNotice,
)
from core.conversation.pacing import Pacer
from core.delivery import Draft, Gone, Lookup, Outcome, Rejected, Retry, Unknown
from core.errors import PlatformError, StoreError
from tests.fakes.clock import SleepingClock
from tests.fakes.platform import FakePlatform, fast
from tests.fakes.store import MemoryStore

OPS = Address("test", "a1", "ops", "ops")
CHANNEL = NoticeChannel(OPS, "invite me", lambda at: f"id of {at:.0f}")
HOUR_S = 3_600.0


@dataclass
class Stubborn(FakePlatform):
    """Answers every post alike."""

    always: Outcome = field(default_factory=lambda: Retry(5.0))

    async def post(self, draft: Draft) -> Outcome:
        self.requests.append("post")
        return self.always


@dataclass
class Searched(FakePlatform):
    """Notes what it was asked for; may not be asked before so many questions."""

    lookups: list[Lookup] = field(default_factory=list)
    refused: int = 0

    async def find(self, lookup: Lookup) -> str | None:
        self.lookups.append(lookup)
        if len(self.lookups) <= self.refused:
            raise PlatformError("not now", 30.0)
        return await FakePlatform.find(self, lookup)


class Broken(FakePlatform):
    """Has a bug, once."""

    async def post(self, draft: Draft) -> Outcome:
        self.requests.append("post")
        if len(self.requests) == 1:
            raise KeyError("a bug")
        return await FakePlatform.post(self, draft)


class Unwritable(MemoryStore):
    """A store on a full disk."""

    async def once(
        self, subject: str, matter: str, until: float, now: float, entry: AuditEntry | None = None
    ) -> bool:
        raise StoreError("disk full")


@dataclass
class Desk:
    """Notices that are being told, and where they come out."""

    notices: Notices
    platform: FakePlatform
    clock: SleepingClock

    def tell(self, text: str, matter: str = "", quiet_s: float = 0.0) -> None:
        self.notices.tell(OperatorNotice("test", matter or text, text, quiet_s))

    @property
    def texts(self) -> list[str]:
        return self.platform.texts("ops")

    async def until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not what():
            assert time.monotonic() < deadline, f"in the channel: {self.texts}"
            await asyncio.sleep(0)

    async def shows(self, *texts: str) -> None:
        await self.until(lambda: self.texts == list(texts))


@asynccontextmanager
async def desk(
    platform: FakePlatform | None = None,
    *,
    store: MemoryStore | None = None,
    clock: SleepingClock | None = None,
    channel: NoticeChannel | None = CHANNEL,
) -> AsyncIterator[Desk]:
    """Tell notices until the block ends."""
    platform, clock = platform or FakePlatform(), clock or SleepingClock()
    notices = Notices(store or MemoryStore(), {platform.name: platform}, Pacer(clock), clock, channel)
    task = asyncio.create_task(notices.run())
    try:
        yield Desk(notices, platform, clock)
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_notice_begins_something_of_its_own_and_answers_nobody() -> None:
    async with desk() as ops:
        ops.tell("One.")
        ops.tell("Two.")
        await ops.shows("One.", "Two.")
        one, two = (shown.draft for shown in ops.platform.messages.values())
    assert one.address == OPS
    assert (one.reply_to, one.first, one.live) == (None, True, False)
    assert len(one.key) == 25
    assert one.key.isalnum()
    assert one.key == one.key.lower()
    assert one.key != two.key


@pytest.mark.parametrize("channel", [None, NoticeChannel(Address("other", "a1", "ops", "ops"))])
async def test_without_a_place_to_post_it_stands_in_the_log(channel: NoticeChannel | None) -> None:
    with capture_logs() as logs:
        async with desk(channel=channel) as ops:
            ops.tell("The key is refused.")
            await ops.until(lambda: len(logs) > 0)
    (line,) = logs
    assert (line["log_level"], line["says"]) == ("warning", "The key is refused.")
    assert line.get("why") == (None if channel is None else "other is not set up")
    assert ops.platform.requests == []


async def test_a_matter_is_told_once_in_its_time_also_over_a_restart() -> None:
    store, clock, platform = MemoryStore(), SleepingClock(), FakePlatform()
    for minute in range(0, 180, 20):
        async with desk(platform, store=store, clock=clock) as ops:
            for _ in range(2):
                ops.tell(f"Refused in minute {minute}.", "key refused", HOUR_S)
                ops.tell(f"Minute {minute}.", "always")
                await ops.until(lambda: f"Minute {minute}." in ops.texts)  # noqa: B023 - awaited here
                clock.advance(60)
        clock.advance(18 * 60)
    refused = [text for text in platform.texts("ops") if text.startswith("Refused")]
    assert refused == [f"Refused in minute {minute}." for minute in (0, 60, 120)]


async def test_a_thousand_failures_in_a_minute_ask_the_store_once() -> None:
    store = MemoryStore()
    async with desk(store=store) as ops:
        for _ in range(1_000):
            ops.tell("Refused.", "key refused", HOUR_S)
            await asyncio.sleep(0)
        await ops.shows("Refused.")
    assert store.told == {("test", "key refused"): 1_700_000_000.0 + HOUR_S}


async def test_of_two_that_wait_about_the_same_the_newer_is_told() -> None:
    platform = FakePlatform(gate=asyncio.Event())
    async with desk(platform) as ops:
        ops.tell("First.")
        await ops.until(lambda: platform.requests == ["post"])
        for text in ("Three lost.", "Four lost."):
            ops.tell(text, "dead letters")
        assert platform.gate is not None
        platform.gate.set()
        await ops.shows("First.", "Four lost.")


async def test_when_too_many_wait_the_oldest_is_dropped_with_a_word_in_the_log() -> None:
    platform = FakePlatform(gate=asyncio.Event())
    with capture_logs() as logs:
        async with desk(platform) as ops:
            ops.tell("At hand.")
            await ops.until(lambda: platform.requests == ["post"])
            for number in range(WAITING_MOST + 2):
                ops.tell(f"Notice {number}.")
            assert [line["says"] for line in logs] == ["Notice 0.", "Notice 1."]
            assert platform.gate is not None
            platform.gate.set()
            await ops.until(lambda: len(ops.texts) == WAITING_MOST + 1)
            assert ops.texts[-1] == f"Notice {WAITING_MOST + 1}."


async def test_a_platform_that_is_away_is_tried_again() -> None:
    platform = FakePlatform(faults=[Retry(30.0), Retry(30.0), Unknown("http_500")])
    async with desk(platform) as ops:
        ops.tell("Here at last.")
        await ops.shows("Here at last.")
    assert ops.clock.monotonic() > 60


async def test_a_post_whose_answer_was_lost_is_not_made_twice() -> None:
    platform = Searched(faults=[("after", Unknown("reset"))])
    async with desk(platform) as ops:
        ops.tell("Once.")
        ops.tell("Then this.")
        await ops.shows("Once.", "Then this.")
    (lookup,) = platform.lookups
    assert lookup.address == OPS
    assert lookup.after == f"id of {1_700_000_000 - 300}"


async def test_one_that_did_not_arrive_is_made_again_under_its_key() -> None:
    platform = Searched(faults=[Unknown("reset")], refused=3)
    async with desk(platform) as ops:
        ops.tell("Once.")
        await ops.shows("Once.")
    (shown,) = platform.messages.values()
    assert {lookup.key for lookup in platform.lookups} == {shown.draft.key}
    assert platform.requests.count("post") == 2


async def test_a_platform_that_never_tells_what_arrived_gets_it_again_after_a_while() -> None:
    platform = FakePlatform(faults=[("after", Unknown("reset"))], blind=True, tells_keys=True)
    with capture_logs() as logs:
        async with desk(platform) as ops:
            ops.tell("Said at all.")
            await ops.until(lambda: any(line["event"] == "notice.posted" for line in logs))
    assert ops.clock.monotonic() > DOUBT_S
    assert ops.texts == ["Said at all."]


async def test_it_gives_up_after_an_hour_and_says_so() -> None:
    platform = Stubborn()
    with capture_logs() as logs:
        async with desk(platform) as ops:
            ops.tell("Nobody reads this.")
            ops.tell("Nor this, which has waited as long.")
            await ops.until(lambda: len(logs) == 2)
    assert TRY_FOR_S - 60 < ops.clock.monotonic() < TRY_FOR_S + 60
    assert [(line["why"], line["says"]) for line in logs] == [
        ("gave up: retry", "Nobody reads this."),
        ("gave up: retry", "Nor this, which has waited as long."),
    ]
    assert {line["log_level"] for line in logs} == {"warning"}


@pytest.mark.parametrize("refusal", [Gone("not_in_channel", place=True), Rejected("missing_scope")])
async def test_a_forbidden_channel_is_said_once_with_what_to_do(refusal: Outcome) -> None:
    platform = FakePlatform(faults=[refusal] * 3)
    with capture_logs() as logs:
        async with desk(platform) as ops:
            for text in ("One.", "Two.", "Three.", "Four.", "Five."):
                ops.tell(text)
            await ops.shows("Four.", "Five.")
            platform.faults.append(refusal)
            ops.tell("Six.")
            await ops.until(lambda: logs[-1].get("says") == "Six.")
    refused = [line for line in logs if line["event"] == "notices.channel_refused"]
    assert len(refused) == 2
    assert (refused[0]["log_level"], refused[0]["advice"]) == ("error", "invite me")
    assert (refused[0]["channel"], refused[0]["code"]) == ("ops", getattr(refusal, "code", ""))
    kept = [line["says"] for line in logs if line["event"] == "notice.not_posted"]
    assert kept == ["One.", "Two.", "Three.", "Six."]


async def test_what_waits_when_the_process_ends_stands_in_the_log() -> None:
    platform = FakePlatform(gate=asyncio.Event())
    with capture_logs() as logs:
        async with desk(platform) as ops:
            for text in ("At hand.", "Behind it."):
                ops.tell(text)
            await ops.until(lambda: platform.requests == ["post"])
    assert [(line["why"], line["says"]) for line in logs] == [
        ("stopped", "At hand."),
        ("stopped", "Behind it."),
    ]


async def test_a_bug_in_a_delivery_ends_nothing_else() -> None:
    with capture_logs() as logs:
        async with desk(Broken()) as ops:
            ops.tell("The first.")
            ops.tell("The second.")
            await ops.shows("The second.")
    assert [line["event"] for line in logs] == ["notice.bug", "notice.not_posted", "notice.posted"]
    assert logs[1]["says"] == "The first."


async def test_a_store_that_fails_keeps_nobody_from_hearing_it_once() -> None:
    with capture_logs() as logs:
        async with desk(store=Unwritable()) as ops:
            for _ in range(3):
                ops.tell("Refused.", "key refused", HOUR_S)
                await ops.shows("Refused.")
                ops.clock.advance(HOUR_S / 4)
            ops.clock.advance(HOUR_S)
            ops.tell("Refused.", "key refused", HOUR_S)
            await ops.shows("Refused.", "Refused.")
    assert [line["event"] for line in logs] == ["notice.not_remembered", "notice.posted"] * 2


async def test_a_text_that_is_too_long_is_cut_to_fit() -> None:
    async with desk(FakePlatform(capabilities=fast(100))) as ops:
        ops.tell("**Budget** " + "of a very long name " * 40)
        await ops.until(lambda: len(ops.texts) == 1)
    assert 60 < len(ops.texts[0]) <= 100


OUTCOMES = st.sampled_from([Retry(3.0), Unknown("lost"), ("after", Unknown("late")), ("after", Unknown("x"))])


@given(faults=st.lists(OUTCOMES, max_size=12), refused=st.integers(0, 3))
def test_whatever_the_platform_answers_a_notice_is_there_once(
    faults: list[Outcome | tuple[str, Outcome]], refused: int
) -> None:
    async def told() -> list[str]:
        platform = Searched(faults=list(faults), refused=refused)
        async with desk(platform) as ops:
            ops.tell("Once.")
            ops.tell("The end.")
            await ops.until(lambda: ops.texts[-1:] == ["The end."])
            return ops.texts

    texts = asyncio.run(told())
    assert texts.count("Once.") == 1
