"""Where notices go, as the operator writes it, and what is told there of budgets."""

import re

import pytest

from bots.notice_channel import read_channel, unposted
from bots.notices import Notifying
from core.address import Address
from core.budgets import Balance, Budget, Counted, Limit, Measure, Notice, Period, Span, Threshold, Whom
from core.conversation.pacing import Pacer
from tests.fakes.clock import SleepingClock
from tests.fakes.store import MemoryStore

NOON = 1_700_049_600.0  # 2023-11-15 12:00 UTC
NO_CHANNELS = (
    *("#ops", "ops", "C024BE91L", "slack", "slack:T024BE7LD", "slack:direct", "slack:T024BE7LD:direct"),
    *("direct", "web:local:main", "discord:ops", "discord:1:ops", "slack:T1:C1:1.2", "slack::C1"),
    *("Slack:T1:C1", "a b"),
)
EXAMPLE = r"^must be one channel of Slack or Discord .* slack:T024BE7LD:C024BE91L"


@pytest.fixture
def clock() -> SleepingClock:
    return SleepingClock(NOON)


def balance(used: int) -> Balance:
    limit = Limit(Measure.TOKENS, Span.DAY, 10_000)
    budget = Budget("for each <!channel> person", Whom.PERSON, (limit,))
    counted = Counted(budget, "person:slack:T1:U1")
    return Balance(counted, limit, Period.of(Span.DAY, NOON), used)


async def test_a_budget_is_told_with_whose_it_is_and_what_shows_it(clock: SleepingClock) -> None:
    notifying = Notifying("", MemoryStore(), {}, Pacer(clock), clock)
    for notice in (Notice(Threshold.NEARLY, balance(8_000)), Notice(Threshold.EXHAUSTED, balance(10_000))):
        await notifying.of_budget(notice, NOON)
    waiting = notifying.notices._waiting.values()
    nearly, exhausted = (notice for notice, _ in waiting)
    assert nearly.text == (
        "Budget **for each <!channel> person** of `person:slack:T1:U1`: 80 % of today's budget is used "
        "(8,000 of 10,000 tokens). It begins anew at 00:00 UTC (in 12 hours). `tampu usage` shows who used "
        "it."
    )
    assert "is used up (10,000 of 10,000 tokens), and I refuse questions on it." in exhausted.text
    assert nearly.quiet_s == exhausted.quiet_s == 0


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("slack:T024BE7LD:C024BE91L", Address("slack", "T024BE7LD", "C024BE91L", "C024BE91L")),
        ("discord:81384788765712384:29092", Address("discord", "81384788765712384", "29092", "29092")),
        ("discord:direct:29092", Address("discord", "direct", "29092", "29092")),
    ],
)
def test_a_channel_is_written_as_in_rules(text: str, address: Address) -> None:
    assert read_channel(text) == address


@pytest.mark.parametrize("text", NO_CHANNELS)
def test_what_is_no_channel_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=EXAMPLE):
        read_channel(text)


def test_a_platform_that_is_not_set_up_is_pointed_out(clock: SleepingClock) -> None:
    notifying = Notifying("discord:1:2", MemoryStore(), {}, Pacer(clock), clock)
    assert unposted(notifying.channel, {"discord": 1, "web": 1}) is None
    assert unposted(None, {}) is None
    warning = unposted(notifying.channel, {"slack": 1})
    assert warning is not None
    assert re.fullmatch(
        r"Warning: TAMPU_NOTICES .* Discord, which is not set up.* Set DISCORD_TOKEN\.", warning
    )


def test_only_its_channel_is_the_noticeboard(clock: SleepingClock) -> None:
    notifying = Notifying("slack:T1:OPS", MemoryStore(), {}, Pacer(clock), clock)
    assert notifying.is_noticeboard(Address("slack", "T1", "OPS", "1700000000.000100"))
    assert not notifying.is_noticeboard(Address("slack", "T1", "C1", "OPS"))
    assert not notifying.is_noticeboard(Address("discord", "T1", "OPS", "OPS"))
