"""An act and its entry in the audit are one: what cannot be noted is not done."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from core import acts
from core.audit import AuditSearch
from core.forgetting import EVERYTHING
from core.memory.store import SqliteStore
from core.principal import Principal
from core.rules import Rule
from core.settings import Choices, Scope, Setting
from core.storage import Turn
from tests.contract.stores import ADDRESS, NOW, answered, begun
from tests.questions import ADA, BEN, asked

PERSON = Principal.of(ADA, ADDRESS)
ENTRY = acts.refused(ADA, ADDRESS, "not answered", NOW, {})
FULL = "CREATE TRIGGER full BEFORE {} ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END"
Act = Callable[[SqliteStore, Turn], Awaitable[object]]
# By what they do; each changes something, and is noted.
ACTS: dict[str, Act] = {
    "pin": lambda store, _: store.pin(ADDRESS, "another fact", ADA, NOW),
    "unpin": lambda store, _: store.unpin(ADDRESS, 1, BEN, NOW),
    "choose": lambda store, _: store.choose(
        ADDRESS, Scope.THREAD, Choices(persona="poet", temperature=0.3), ADA, NOW
    ),
    "unchoose": lambda store, _: store.unchoose(ADDRESS, Scope.THREAD, tuple(Setting), BEN, NOW),
    "reset": lambda store, _: store.reset(ADDRESS, ADA, NOW),
    "tool": lambda store, turn: store.tool_started(
        turn, "call_2", "clock", "{}", NOW, acts.tool_ran(ADA, turn.address, "clock", NOW)
    ),
    "tool ends": lambda store, turn: store.tool_ended(turn, "call_1", "noon", failed=False),
    "refuse": lambda store, _: store.once("Ben", "refusal", NOW + 60, NOW, ENTRY),
    "set a rule": lambda store, _: store.put_rule(Rule("loud", answers=True), ADDRESS, ADA, NOW, ENTRY),
    "remove a rule": lambda store, _: store.take_rule_away("quiet", ADDRESS, ENTRY),
    "forget": lambda store, _: store.forget(PERSON, EVERYTHING, NOW),
}


def everything(folder: Path) -> str:
    with closing(sqlite3.connect(f"file:{folder / 'tampu.db'}?mode=ro", uri=True)) as database:
        return "\n".join(line for line in database.iterdump() if "TRIGGER" not in line)


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "tampu.db", isolation_level=None)) as database:
        database.execute(statement)


@pytest.mark.parametrize("name", list(ACTS))
async def test_what_cannot_be_noted_is_not_done(store: SqliteStore, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    await answered(store)
    await store.pin(ADDRESS, "a fact", ADA, NOW)
    await store.choose(ADDRESS, Scope.THREAD, Choices(persona="pirate"), ADA, NOW)
    await store.put_rule(Rule("quiet", answers=False), ADDRESS, ADA, NOW)
    turn = await begun(store, asked("again", number=2, thread="t2"))
    running = acts.tool_ran(ADA, turn.address, "clock", NOW)
    await store.tool_started(turn, "call_1", "clock", "{}", NOW, running)
    noted = await store.entries(AuditSearch())
    for event in ("INSERT", "UPDATE"):
        execute(folder, FULL.format(event).replace("full", f"full_{event}"))
    before = everything(folder)
    with pytest.raises(sqlite3.IntegrityError, match="no room"):
        await ACTS[name](store, turn)
    assert everything(folder) == before
    for event in ("INSERT", "UPDATE"):
        execute(folder, f"DROP TRIGGER full_{event}")
    await ACTS[name](store, turn)
    assert everything(folder) != before
    assert await store.entries(AuditSearch()) != noted
