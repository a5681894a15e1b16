"""What time it is in a place."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from core.errors import ToolRetry
from core.tools.builtin.zones import find
from core.tools.tool import tool

MOST_TIMES = 8
MOST_HOURS = 14  # no place is further from UTC

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+\-\u2212])\s*(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)


@tool(idempotent=True)
def time_in(
    place: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description='A city, a country or an IANA time zone, such as "Tokyo", "Peru" or "Europe/Paris".',
        ),
    ],
) -> str:
    """Tell the present date and time in a place, with its weekday and UTC offset."""
    return told(place, datetime.now(UTC))


def told(place: str, now: datetime) -> str:
    """Tell the time ``now`` in a place; one line for each different time of a country.

    Raises ``ToolRetry`` for a place that is not in the tables, or one with too many times to list.
    """
    fixed = _fixed_offset(place)
    if fixed is not None:
        return _line(now.astimezone(fixed), "")
    times = _different_times(find(place), now)
    if not times:
        raise ToolRetry(
            f"I don't know the time zone of {place.strip()}. Give its IANA time zone, such as Europe/Paris, "
            "or a larger city of the same zone."
        )
    if len(times) == 1:
        return _line(*times[0])
    lines = [_line(time, zone) for time, zone in times[:MOST_TIMES]]
    left = len(times) - len(lines)
    more = f"\nand {left} more: ask for a city." if left else ""
    return f"{place.strip()} has {len(times)} times now:\n" + "\n".join(lines) + more


def _different_times(zones: tuple[str, ...], now: datetime) -> list[tuple[datetime, str]]:
    """One zone for each UTC offset, the table's first."""
    found: dict[timedelta | None, tuple[datetime, str]] = {}
    for zone in zones:
        time = now.astimezone(ZoneInfo(zone))
        found.setdefault(time.utcoffset(), (time, zone))
    return list(found.values())


def _fixed_offset(place: str) -> tzinfo | None:
    """The zone of a text like UTC+5:30. IANA's own Etc/GMT+5 counts the other way and is not meant here."""
    match = _OFFSET.fullmatch(place.strip())
    if match is None or int(match[2]) > MOST_HOURS:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(span if match[1] == "+" else -span)


def _line(time: datetime, zone: str) -> str:
    written = f"{time:%A}, {time.day} {time:%B %Y}, {time:%H:%M:%S}"
    offset = f"UTC{time:%z}"[:6] + ":" + f"{time:%z}"[3:5]
    if zone:
        return f"{zone}: {written} ({offset})"
    return f"{written} ({offset})"
