"""What servers' headers say of their limits, in every form in which they say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.limits import Allowance, Counted, read_limits, reset_seconds

NOW = 1_795_435_200.0  # 2026-11-23T12:00:00Z
R, T = Counted.REQUESTS, Counted.TOKENS


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("6m0s", 360.0),
        ("1s", 1.0),
        ("120ms", 0.12),
        ("2m59.56s", 179.56),
        ("1h2m3.5s", 3723.5),
        ("1d2h", 93_600.0),
        ("7.66s", 7.66),
        ("10", 10.0),
        ("33011.382867", 33011.382867),
        ("0", 0.0),
        (" 5 ", 5.0),
        ("30;w=60", 30.0),
        ("1795435230", 30.0),
        ("1795435230000", 30.0),
        ("1795435100", 0.0),
        ("2026-11-23T12:00:30Z", 30.0),
        ("2026-11-23T13:00:30+01:00", 30.0),
        ("2026-11-23T12:00:30", 30.0),
        ("2020-01-01T00:00:00Z", 0.0),
        ("", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("6m0", None),
        ("0001-01-01T00:00:00+23:59", 0.0),
        ("2026-11-31T12:00:00Z", None),
    ],
)
def test_resets(value: str, seconds: float | None) -> None:
    assert reset_seconds(value, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "allowances"),
    [
        (
            {  # OpenAI, Groq
                "x-ratelimit-limit-requests": "60",
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-limit-tokens": "150000",
                "x-ratelimit-remaining-tokens": "149984",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            (Allowance(R, 59, 60, 1.0), Allowance(T, 149_984, 150_000, 360.0)),
        ),
        (
            {  # Meta: no reset
                "x-ratelimit-limit-tokens": "250000",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-limit-requests": "10",
                "x-ratelimit-remaining-requests": "3",
            },
            (Allowance(R, 3, 10), Allowance(T, 0, 250_000)),
        ),
        (
            {  # Cerebras
                "x-ratelimit-limit-requests-day": "1000",
                "x-ratelimit-remaining-requests-day": "7",
                "x-ratelimit-reset-requests-day": "33011.5",
                "x-ratelimit-limit-tokens-minute": "60000",
                "x-ratelimit-remaining-tokens-minute": "59000",
                "x-ratelimit-reset-tokens-minute": "11.4",
            },
            (Allowance(R, 7, 1000, 33011.5), Allowance(T, 59_000, 60_000, 11.4)),
        ),
        (
            {  # OpenRouter
                "x-ratelimit-limit": "20",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": "1795435230000",
            },
            (Allowance(R, 0, 20, 30.0),),
        ),
        (
            {
                "anthropic-ratelimit-requests-limit": "50",
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-requests-reset": "2026-11-23T12:00:30Z",
            },
            (Allowance(R, 49, 50, 30.0),),
        ),
        (
            {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "4", "ratelimit-reset": "50"},
            (Allowance(R, 4, 100, 50.0),),
        ),
        ({"x-ratelimit-remaining-requests": "5"}, (Allowance(R, 5),)),
        ({"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "5"}, (Allowance(R, 5),)),
        ({"x-ratelimit-remaining-tokens": "-1", "x-ratelimit-limit-tokens": "-1"}, ()),
        ({"x-ratelimit-remaining-requests": "many"}, ()),
        ({"x-ratelimit-limit-requests": "60"}, ()),
        ({}, ()),
    ],
)
def test_headers(headers: dict[str, str], allowances: tuple[Allowance, ...]) -> None:
    assert read_limits(headers, NOW) == allowances


NAMES = [
    f"{prefix}{what}{suffix}"
    for prefix in ("x-ratelimit-", "ratelimit-", "anthropic-ratelimit-")
    for what in ("limit", "remaining", "reset")
    for suffix in ("", "-requests", "-tokens", "-tokens-minute")
]
VALUES = st.text(max_size=30) | st.from_regex(r"[0-9a-z.:;,TZ+-]{0,80}", fullmatch=True) | st.just("9" * 400)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_nonsense_is_no_limit_and_no_failure(headers: dict[str, str]) -> None:
    for allowance in read_limits(headers, NOW):
        assert 0 <= allowance.remaining < float("inf")
        assert allowance.reset_s is None or 0 <= allowance.reset_s < float("inf")
        assert allowance.limit is None or allowance.limit > 0
