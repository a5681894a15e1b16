import json
from pathlib import Path

import pytest

from core.llama.detect import facts_listed
from core.llama.profile import Profile
from core.llama.profiles import PROFILES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/servers.md").read_text()
NOTHING = "-"


def rows(heading: str) -> dict[str, dict[str, str]]:
    """The table below a heading: its cells by profile and column."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    columns, _, *body = [[cell.strip() for cell in line] for line in lines]
    assert all(len(line) == len(columns) for line in body)
    return {line[0].strip("`"): dict(zip(columns, line, strict=True)) for line in body}


def sent(profile: Profile) -> dict[str, str]:
    formats = ", ".join(sorted(name.removeprefix("image/") for name in profile.image_formats))
    schema = "strict" if profile.strict_schemas else "enforced" if profile.schemas else "in words"
    parallel = NOTHING if profile.parallel_tools is None else str(profile.parallel_tools).lower()
    return {
        "profile": f"`{profile.name}`",
        "for": profile.title,
        "cap": f"`{profile.cap_field}`",
        "tool_choice": "auto" if profile.tool_choice else NOTHING,
        "parallel": parallel,
        "schema": schema,
        "pictures": f"{profile.most_images}: {formats}",
        "merged": "yes" if profile.alternates else "no",
        "counts": f"`{profile.token_counter}`" if profile.token_counter else NOTHING,
        "at once": str(profile.calls_at_once),
        "first event": f"{profile.first_event_s:.0f} s",
    }


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_page_says_what_is_sent(profile: Profile) -> None:
    assert rows("What is sent")[profile.name] == sent(profile)


def test_both_tables_have_each_profile_once_in_the_same_order() -> None:
    names = [profile.name for profile in PROFILES]
    assert list(rows("What is sent")) == list(rows("What it says")) == names
    assert PAGE.count("\n| `") == 2 * len(names)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_each_row_has_a_fixture_that_can_be_read(profile: Profile) -> None:
    row = rows("What it says")[profile.name]
    assert row["fixture"] == f"`{profile.name}.json`"
    body = json.loads((ROOT / "tests/unit/listings" / f"{profile.name}.json").read_text())
    said = facts_listed(body).values()
    assert said
    assert any(facts.window for facts in said) == (row["window"] not in {"not said", NOTHING})


def test_no_fixture_without_a_row() -> None:
    names = {path.stem for path in (ROOT / "tests/unit/listings").iterdir()}
    assert names == {profile.name for profile in PROFILES}


def test_the_numbers_in_the_text() -> None:
    profiles = {profile.name: profile for profile in PROFILES}
    assert {profile.image_bytes for profile in PROFILES} == {15_000_000, 3_500_000}
    assert profiles["groq"].image_bytes == 3_500_000
    assert f"{profiles['meta'].thinking:,} tokens on top" in PAGE
    assert f"{profiles['ollama'].window:,} tokens unless" in PAGE
    assert [profile.name for profile in PROFILES if profile.effort] == ["meta"]
    assert [profile.name for profile in PROFILES if not profile.stream_usage] == ["llama-api"]


def test_live_services_are_said_to_be_untried() -> None:
    assert "No row was tried against a live service." in PAGE
