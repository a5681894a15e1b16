"""``tampu audit``: who did what, read beside the running product."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.audit_command import since_when
from core import acts
from core.audit import OPERATOR, TAMPU, Action, AuditEntry
from core.errors import StartupError
from core.memory.store import SqliteStore, open_store
from core.principal import Principal
from core.settings import Choices, Scope, Setting
from tests.product import environment, failing
from tests.questions import ADA, asked

NOW = 1_700_000_000.0
ADDRESS = asked("", thread="a b").address
ADAS = Principal.of(ADA, ADDRESS).person_key
ALL = Choices("llama", "pirate", 0.2, 800, shows_reasoning=False)
HOSTILE = "\x1b]0;owned\x07[red]Ada\u202e"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_store(tmp_path / "data") as opened:
        await opened.record(AuditEntry(NOW, ADAS, HOSTILE, Action.PINNED, ADDRESS.key, {"number": "3"}))
        await opened.record(AuditEntry(NOW + 60, TAMPU, "", Action.PRUNED, "", {"threads": "12"}))
        await opened.record(AuditEntry(NOW + 120, ADAS, "", Action.FORGOT, "test:a1", {"what": "everything"}))
        yield opened


async def audit(tmp_path: Path, *options: str) -> str:
    code, out, error = await failing(environment(tmp_path / "data"), "audit", *options)
    assert (code, error) == (0, "")
    return out


async def lines(tmp_path: Path, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await audit(tmp_path, "--json", *options)).splitlines()]


async def refusal(tmp_path: Path, *options: str) -> str:
    code, out, error = await failing(environment(tmp_path / "data"), "audit", *options)
    assert (code, out) == (1, "")
    (line,) = error.splitlines()
    return line


@pytest.mark.usefixtures("store")
async def test_machines_get_an_object_a_line_the_newest_first(tmp_path: Path) -> None:
    found = await lines(tmp_path)
    assert [line["action"] for line in found] == ["forgot", "pruned", "pinned"]
    assert found[0] == {
        "at": "2023-11-14T22:15:20+00:00",
        "actor": "person:test:a1:U1",
        "name": "",
        "action": "forgot",
        "place": "test:a1",
        "detail": {"what": "everything"},
    }


async def test_choices_and_calls_read_as_sentences_do(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data") as store:
        for at, choices in ((NOW, ALL), (NOW + 1, Choices(temperature=1.0, persona="[red]poet"))):
            await store.choose(ADDRESS, Scope.CHANNEL, choices, ADA, at)
        await store.unchoose(ADDRESS, Scope.CHANNEL, (Setting.ANSWER_TOKENS,), ADA, NOW + 2)
        await store.record(acts.tool_ran(ADA, ADDRESS, "clock", NOW + 3))
        await store.record(acts.by(ADA, ADDRESS, Action.SETTINGS_CHANGED, NOW + 4, {"setting": "gone"}))
        rows = [line.split("  ") for line in (await audit(tmp_path)).splitlines()[1:]]
    assert [[cell.strip() for cell in row if cell.strip()][1:] for row in rows] == [
        ["Ada (test:a1:U1)", action, *rest]
        for action, *rest in (
            ("settings changed", ADDRESS.key, "gone: not chosen → not chosen"),
            ("tool ran", ADDRESS.key, "clock: cut, nobody knows how far it came"),
            ("settings changed", "test:a1:c1", "length: 800 → not chosen"),
            ("settings changed", "test:a1:c1", "temperature: 0.2 → 1"),
            ("persona chosen", "test:a1:c1", "persona: pirate → [red]poet"),
            ("settings changed", "test:a1:c1", "reasoning: not chosen → off"),
            ("settings changed", "test:a1:c1", "length: not chosen → 800"),
            ("settings changed", "test:a1:c1", "temperature: not chosen → 0.2"),
            ("persona chosen", "test:a1:c1", "persona: not chosen → pirate"),
            ("model chosen", "test:a1:c1", "model: not chosen → llama"),
        )
    ]


@pytest.mark.usefixtures("store")
async def test_people_get_a_table_in_which_nothing_is_obeyed(tmp_path: Path) -> None:
    out = await audit(tmp_path)
    assert "[red]Ada" in out
    assert "(test:a1:U1)" in out
    assert "test:a1:c1:a%20b" in out
    assert "number: 3" in out
    assert "threads: 12" in out
    assert not set(out) & {"\x1b", "\x07", "\u202e"}
    assert "... and more: see --limit." in await audit(tmp_path, "--limit", "2")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("options", "actions"),
    [
        (("--limit", "1"), ["forgot"]),
        (("--actor", "test:a1:U1"), ["forgot", "pinned"]),
        (("--actor", "person:test:a1:U1", "--action", "Pinned"), ["pinned"]),
        (("--actor", "tampu"), ["pruned"]),
        (("--actor", OPERATOR), []),
        (("--action", "settings-changed"), []),
        (("--since", "2023-11-14T22:14:20"), ["forgot", "pruned"]),
        (("--since", "7d"), []),
    ],
)
async def test_entries_are_chosen(tmp_path: Path, options: tuple[str, ...], actions: list[str]) -> None:
    assert [line["action"] for line in await lines(tmp_path, *options)] == actions


@pytest.mark.usefixtures("store")
async def test_what_cannot_be_looked_for_is_said_in_one_line(tmp_path: Path) -> None:
    assert "--since lately is no time: say 7d" in await refusal(tmp_path, "--since", "lately")
    assert "There is no action flew. There are: tool ran," in await refusal(tmp_path, "--action", "flew")
    assert "'Ada' names nobody: write PLATFORM:ACCOUNT:ID" in await refusal(tmp_path, "--actor", "Ada")


async def test_nothing_noted_and_no_database_are_said(tmp_path: Path) -> None:
    assert "There is no database" in await refusal(tmp_path)
    async with open_store(tmp_path / "data"):
        assert await audit(tmp_path) == "Nothing of that kind was noted.\n"
    assert await lines(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 0.0),
        ("7d", NOW - 7 * 86_400),
        (" 12 H", NOW - 12 * 3_600),
        ("30m", NOW - 1_800),
        ("2w", NOW - 14 * 86_400),
        ("2023-11-01", 1_698_796_800.0),
        ("2023-11-01T01:00:00+01:00", 1_698_796_800.0),
    ],
)
def test_times_are_read(text: str, at: float) -> None:
    assert since_when(text, NOW) == at


@pytest.mark.parametrize("text", ["d", "-1d", "7x", "yesterday", "9999999d", "2023-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(StartupError, match="is no time"):
        since_when(text, NOW)
