"""What a server says of its own rate limits, in the headers of a response. Pure.

Names and forms are those of OpenAI and Groq (``x-ratelimit-remaining-requests``, durations such as
``6m0s``), Meta (the same without a reset), Cerebras (one window a minute and one a day), Azure (seconds),
OpenRouter (no kind, Unix milliseconds), Anthropic's shape (ISO dates) and the ``RateLimit-*`` draft.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

_PREFIXES: Final = ("x-ratelimit-{}", "anthropic-ratelimit-{}", "ratelimit-{}")
_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PIECE: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION: Final = re.compile(rf"(?:{_PIECE.pattern})+")
# No wait is 30 years long, and no date that matters is before the year 2001: larger numbers are dates.
_FIRST_DATE_S: Final = 1e9
_FIRST_DATE_MS: Final = 1e11
_LONGEST_VALUE: Final = 64


class Counted(StrEnum):
    """What a limit counts."""

    REQUESTS = "requests"
    TOKENS = "tokens"


# A limit that does not say what it counts counts requests.
_SUFFIXES: Final[Mapping[Counted, tuple[str, ...]]] = {
    Counted.REQUESTS: ("-requests", "-requests-minute", "-requests-hour", "-requests-day", ""),
    Counted.TOKENS: ("-tokens", "-tokens-minute", "-tokens-hour", "-tokens-day"),
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one limit. ``limit`` and ``reset_s`` (seconds from now) are ``None`` where not said."""

    counted: Counted
    remaining: float
    limit: float | None = None
    reset_s: float | None = None


def read_limits(headers: Mapping[str, str], now: float) -> tuple[Allowance, ...]:
    """Read every limit whose rest is told; ``headers`` has lower-case names, ``now`` is Unix seconds."""
    found = []
    for counted, suffixes in _SUFFIXES.items():
        for suffix in suffixes:
            allowance = _allowance(headers, counted, suffix, now)
            if allowance is not None:
                found.append(allowance)
    return tuple(found)


def reset_seconds(value: str, now: float) -> float | None:
    """Seconds until a reset told as a duration, as seconds, as a Unix time or as an ISO date."""
    value = value.strip()[:_LONGEST_VALUE]
    if _DURATION.fullmatch(value):
        return sum(float(number) * _UNITS[unit] for number, unit in _PIECE.findall(value))
    number = _number(value)
    if number is not None:
        if number < _FIRST_DATE_S:
            return number
        return max(0.0, (number / 1000 if number >= _FIRST_DATE_MS else number) - now)
    return _until_date(value, now)


def _allowance(headers: Mapping[str, str], counted: Counted, suffix: str, now: float) -> Allowance | None:
    for prefix in _PREFIXES:
        remaining = _number(_value(headers, prefix, "remaining", suffix))
        if remaining is not None:
            limit = _number(_value(headers, prefix, "limit", suffix))
            reset = reset_seconds(_value(headers, prefix, "reset", suffix), now)
            return Allowance(counted, remaining, limit or None, reset)
    return None


def _value(headers: Mapping[str, str], prefix: str, what: str, suffix: str) -> str:
    """The header of one limit; Anthropic's shape has the kind in the middle of the name."""
    if prefix.startswith("anthropic"):
        return headers.get(prefix.format(f"{suffix.removeprefix('-')}-{what}"), "")
    return headers.get(prefix.format(what + suffix), "")


def _number(value: str) -> float | None:
    """A count; the draft may put a policy behind it (``100;w=60``, ``100, 100;w=60``)."""
    try:
        number = float(re.split(r"[,;]", value[:_LONGEST_VALUE], maxsplit=1)[0])
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until_date(value: str, now: float) -> float | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now)
