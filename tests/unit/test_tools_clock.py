"""The time in places, however they are spelled."""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ToolRetry
from core.tools.builtin.clock import MOST_TIMES, time_in, told
from core.tools.toolbox import Toolbox
from core.transcript import ToolCall

WINTER = datetime(2026, 11, 23, 5, 14, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 23, 30, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("Europe/Paris", "Europe/Paris: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("Paris", "Europe/Paris: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("  pARIS ", "Europe/Paris: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("Paris, France", "Europe/Paris: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("New York", "America/New_York: Monday, 23 November 2026, 00:14:05 (UTC-05:00)"),
        ("new york city", "America/New_York: Monday, 23 November 2026, 00:14:05 (UTC-05:00)"),
        ("America/Los Angeles", "America/Los_Angeles: Sunday, 22 November 2026, 21:14:05 (UTC-08:00)"),
        ("São Paulo", "America/Sao_Paulo: Monday, 23 November 2026, 02:14:05 (UTC-03:00)"),
        ("SAO PAULO", "America/Sao_Paulo: Monday, 23 November 2026, 02:14:05 (UTC-03:00)"),
        ("Zu\u0308rich", "Europe/Zurich: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("Ho Chi Minh City", "Asia/Ho_Chi_Minh: Monday, 23 November 2026, 12:14:05 (UTC+07:00)"),
        ("Calcutta", "Asia/Calcutta: Monday, 23 November 2026, 10:44:05 (UTC+05:30)"),
        ("Kathmandu", "Asia/Kathmandu: Monday, 23 November 2026, 10:59:05 (UTC+05:45)"),
        ("Norway", "Europe/Oslo: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("Germany", "Europe/Berlin: Monday, 23 November 2026, 06:14:05 (UTC+01:00)"),
        ("UK", "Europe/London: Monday, 23 November 2026, 05:14:05 (UTC+00:00)"),
        ("South Korea", "Asia/Seoul: Monday, 23 November 2026, 14:14:05 (UTC+09:00)"),
        ("Cote d'Ivoire", "Africa/Abidjan: Monday, 23 November 2026, 05:14:05 (UTC+00:00)"),
        ("Saint Lucia", "America/St_Lucia: Monday, 23 November 2026, 01:14:05 (UTC-04:00)"),
        ("Trinidad and Tobago", "America/Port_of_Spain: Monday, 23 November 2026, 01:14:05 (UTC-04:00)"),
        ("Singapore", "Asia/Singapore: Monday, 23 November 2026, 13:14:05 (UTC+08:00)"),
        ("utc", "UTC: Monday, 23 November 2026, 05:14:05 (UTC+00:00)"),
        ("GMT", "GMT: Monday, 23 November 2026, 05:14:05 (UTC+00:00)"),
        ("UTC+5:30", "Monday, 23 November 2026, 10:44:05 (UTC+05:30)"),
        ("GMT-3", "Monday, 23 November 2026, 02:14:05 (UTC-03:00)"),
        ("Etc/GMT+3", "Etc/GMT+3: Monday, 23 November 2026, 02:14:05 (UTC-03:00)"),
    ],
)
def test_spellings_of_places(place: str, line: str) -> None:
    assert told(place, WINTER) == line


def test_summer_time_moves_the_clock_and_the_date() -> None:
    assert told("Paris", SUMMER) == "Europe/Paris: Thursday, 2 July 2026, 01:30:00 (UTC+02:00)"
    assert told("London", SUMMER).endswith("Thursday, 2 July 2026, 00:30:00 (UTC+01:00)")


def test_a_country_with_several_times_lists_each_once() -> None:
    assert told("Spain", WINTER).splitlines() == [
        "Spain has 2 times now:",
        "Europe/Madrid: Monday, 23 November 2026, 06:14:05 (UTC+01:00)",
        "Atlantic/Canary: Monday, 23 November 2026, 05:14:05 (UTC+00:00)",
    ]
    usa = told("usa", WINTER).splitlines()
    assert [line.partition(":")[0] for line in usa[1:3]] == ["America/New_York", "America/Chicago"]
    offsets = re.findall(r"UTC[+-][0-9:]+", "\n".join(usa))
    assert len(offsets) == len(set(offsets)) == 6


def test_a_country_with_very_many_times_asks_for_a_city() -> None:
    lines = told("Russia", WINTER).splitlines()
    assert lines[0] == "Russia has 11 times now:"
    assert len(lines) == MOST_TIMES + 2
    assert lines[-1] == "and 3 more: ask for a city."


@pytest.mark.parametrize(
    "place",
    ["Atlantis", "Paris, Texas", "../../etc/passwd", "/etc/localtime", "+99", "UTC+25", "🦙", "\x00", " "],
)
def test_an_unknown_place_names_the_way(place: str) -> None:
    with pytest.raises(ToolRetry, match="IANA time zone, such as Europe/Paris"):
        told(place, WINTER)


@given(st.text(alphabet=st.characters(max_codepoint=sys.maxunicode), max_size=100))
def test_any_text_is_a_place_or_is_refused(place: str) -> None:
    try:
        answer = told(place, WINTER)
    except ToolRetry as refused:
        answer = str(refused)
    assert "(UTC" in answer or "Europe/Paris" in answer


@pytest.mark.parametrize("spell", [str, str.lower, lambda zone: zone.replace("_", " ")])
def test_every_zone_is_known_by_its_name(spell: Callable[[str], str]) -> None:
    for zone in available_timezones():
        if "/" in zone:
            assert told(spell(zone), WINTER).startswith(f"{zone}: ")


async def test_a_model_asks_for_the_time() -> None:
    box = Toolbox((time_in,))
    result = await box.run(ToolCall("1", "time_in", '{"place": "Tokyo"}'))
    assert not result.failed
    assert re.fullmatch(r"Asia/Tokyo: \w+, \d+ \w+ 20\d\d, [0-9:]{8} \(UTC\+09:00\)", result.text)
    refused = await box.run(ToolCall("2", "time_in", '{"place": ""}'))
    assert refused.failed
    assert "place" in refused.text
