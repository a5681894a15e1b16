"""``tampu policy``: what holds for somebody in a place and by which rule, without a platform being asked."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from bots.budget_file import read_budgets
from core.address import Address
from core.budgets import Estimate
from core.memory.store import SqliteStore, open_store
from core.message import Author, Standing
from core.principal import Principal
from core.rates import Rate
from core.rules import Place, Rule, Who, WhoKind
from core.spending import Claim, Payer, Reserved
from tests.product import environment, failing

HERE = Address("slack", "T1", "C1", "")
ADA = Author("U2", "Ada", standing=Standing.ADMIN)
GUESTS = (Who(WhoKind.STANDING, Standing.GUEST),)
NOW = 1_700_000_000.0
HOSTILE = "\x1b]0;owned\x07[red]x[/red]\u202egnp :smile:"
KEY = "sk-key-of-the-house"
RULES = """
[[rule]]
name = "only in c1"
where = ["slack:T1"]
except_where = ["slack:T1:C1", "slack:direct"]
answers = false

[[rule]]
name = "guests in c1"
who = ["guests"]
where = ["slack:T1:C1"]
answers = true
turns_per_hour = 10

[[rule]]
name = "large for the role"
who = ["discord:81:role:7"]
models = ["*"]

[[rule]]
name = "small for all"
models = ["small"]
no_tools = ["calculate"]
"""


@pytest.fixture(autouse=True)
def _rules(tmp_path: Path) -> None:
    (tmp_path / "tampu.toml").write_text(RULES)


async def said(tmp_path: Path, *arguments: str) -> str:
    env = environment(tmp_path / "data", LLAMA_API_KEY=KEY)
    code, out, error = await failing(env, "policy", *arguments, folder=tmp_path)
    assert (code, error) == (0, "")
    return out


async def explained(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await said(tmp_path, "explain", *arguments, "--json"))
    return found


async def refusal(tmp_path: Path, *arguments: str) -> str:
    env = environment(tmp_path / "data")
    code, out, error = await failing(env, "policy", *arguments, folder=tmp_path)
    assert (code, out) == (1, "")
    (line,) = error.splitlines()
    assert line.startswith("tampu: ")
    return line


def cells(out: str, first: str) -> list[str]:
    (line,) = [line for line in out.splitlines() if re.match(rf"{re.escape(first)} {{2,}}", line)]
    return re.split(r" {2,}", line.strip())


async def test_the_rules_of_the_file_are_explained_without_a_database(tmp_path: Path) -> None:
    out = await said(tmp_path, "explain", "U3", "slack:T1:C1", "--standing", "guest", "--group", "S1")
    assert "U3, taken for a guest in S1, at slack:T1:C1." in out
    assert "There is no database yet" in out
    assert cells(out, "guests in c1")[-2:] == [
        "yes: people of this kind, this channel",
        "answered, questions an hour",
    ]
    assert cells(out, "only in c1")[-1] == "no: the place is excepted"
    assert cells(out, "large for the role")[-1] == "no: it is for others"
    assert cells(out, "answered") == ["answered", "yes", "guests in c1"]
    assert cells(out, "models") == ["models", "small", "small for all"]
    assert cells(out, "tools") == ["tools", "all", "no rule"]
    assert cells(out, "tools denied") == ["tools denied", "calculate", "small for all"]
    assert cells(out, "questions an hour") == ["questions an hour", "10", "guests in c1"]
    assert cells(out, "in the channel an hour") == ["in the channel an hour", "as usual", "no rule"]
    assert cells(out, "may change settings") == ["may change settings", "no", "no rule"]
    assert "They are told" not in out
    assert not (tmp_path / "data").exists()
    order = [out.index(name) for name in ("guests in c1  ", "small for all  ", "only in c1  ", "large for")]
    assert order == sorted(order)


async def test_who_is_refused_reads_why(tmp_path: Path) -> None:
    out = await said(tmp_path, "explain", "slack:T1:U1", "slack:T1:C2")
    assert cells(out, "answered") == ["answered", "no", "only in c1"]
    assert cells(out, "questions an hour") == ["questions an hour", "120", "TAMPU_TURNS_PER_HOUR"]
    assert "They are told: I have been set up not to answer you here." in out


async def test_everything_for_machines(tmp_path: Path) -> None:
    found = await explained(
        tmp_path, "42", "discord:81:99", "--group", "role:7", "--group", "8", "--parent", "5"
    )
    person = found["person"]
    assert (person["platform"], person["account"], person["channel"]) == ("discord", "81", "99")
    assert (person["groups"], person["parent"], person["standing"]) == (["7", "8"], "5", "member")
    assert found["decision"]["models"] == {"value": ["*"], "rule": "large for the role"}
    assert found["decision"]["answers"] == {"value": True, "rule": None}
    assert found["refusal"] is None
    assert [(rule["name"], rule["matches"]) for rule in found["rules"]] == [
        ("large for the role", True),
        ("small for all", True),
        ("TAMPU_TURNS_PER_HOUR", True),
        ("only in c1", False),
        ("guests in c1", False),
    ]
    assert found["rules"][1]["decided"] == ["no_tools"]
    assert found["rules"][3]["where"] == "slack:T1 except slack:T1:C1, slack:direct"


async def test_a_bot_is_refused(tmp_path: Path) -> None:
    found = await explained(tmp_path, "B1", "slack:T1:C1", "--bot")
    assert found["decision"]["answers"] == {"value": False, "rule": None}
    assert "other bots" in found["refusal"]


async def test_rules_by_command_count_beside_a_running_owner(tmp_path: Path, store: SqliteStore) -> None:
    allow = Rule("guests by ada", GUESTS, (Place("slack", "T1"),), answers=True, models=("large",))
    await store.put_rule(allow, HERE, ADA, NOW)
    await store.put_rule(Rule("elsewhere", answers=False), Address("slack", "T2", "C1", ""), ADA, NOW)
    before = {path.name for path in (tmp_path / "data").iterdir()}
    found = await explained(tmp_path, "U3", "slack:T1:direct", "--standing", "guest")
    assert {path.name for path in (tmp_path / "data").iterdir()} == before
    assert found["decision"]["answers"] == {"value": True, "rule": "guests by ada"}
    # The file leaves one model; nobody sets more by command.
    assert found["decision"]["models"] == {"value": ["small"], "rule": "small for all"}
    by = {rule["name"]: rule["set_by_command"] for rule in found["rules"]}
    assert by["guests by ada"]["by"] == "Ada"
    assert by["guests by ada"]["at"] == "2023-11-14T22:13:20+00:00"
    assert by["small for all"] is None
    assert "elsewhere" not in by
    out = await said(tmp_path, "explain", "U3", "slack:T1:C2", "--standing", "guest")
    assert cells(out, "answered") == ["answered", "no", "only in c1"]
    assert "(set by Ada, 2023-11-1" in " ".join(out.split())


async def test_all_rules_are_listed(tmp_path: Path, store: SqliteStore) -> None:
    await store.put_rule(Rule("by ada", GUESTS, answers=True), HERE, ADA, NOW)
    await store.put_rule(Rule("by ada", answers=False), Address("discord", "81", "9", ""), ADA, NOW)
    found = json.loads(await said(tmp_path, "list", "--json"))
    assert [rule["name"] for rule in found] == [
        "only in c1",
        "guests in c1",
        "large for the role",
        "small for all",
        "TAMPU_TURNS_PER_HOUR",
        "by ada",
        "by ada",
    ]
    assert [rule["set_by_command"]["account"] for rule in found[5:]] == ["discord:81", "slack:T1"]
    out = await said(tmp_path, "list")
    assert "There is no database" not in out
    assert cells(out, "guests in c1") == [
        "guests in c1",
        "guests",
        "slack:T1:C1",
        "answered: yes; questions an hour: 10",
    ]


async def test_names_do_nothing_to_the_terminal_and_tell_no_secret(
    tmp_path: Path, store: SqliteStore
) -> None:
    name = f"{HOSTILE} {KEY} xoxb-123-abc"
    await store.put_rule(Rule(name, answers=True), HERE, Author("U9", HOSTILE), NOW)
    for arguments in (("list",), ("explain", "U1", "slack:T1:C1")):
        out = await said(tmp_path, *arguments)
        assert all(letter.isprintable() or letter == "\n" for letter in out)
        assert "[red]x[/red]" in out
        assert ":smile:" in out
        machine = await said(tmp_path, *arguments, "--json")
        for secret in (KEY, "xoxb-123-abc"):
            assert secret not in out + machine


async def test_what_it_cannot_explain_is_said_in_one_line(tmp_path: Path) -> None:
    assert 'USER is not understood, "ada"' in await refusal(tmp_path, "explain", "ada", "slack:T1:C1")
    env = environment(tmp_path / "data")
    code, _, error = await failing(
        env, "policy", "explain", "U1", "web", "--standing", "king", folder=tmp_path
    )
    assert (code, "guest" in error) == (2, True)


async def test_a_mistake_in_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "tampu.toml").write_text('[[rule]]\nname = "r"\nwho = ["Guests"]\nanswers = true\n')
    line = await refusal(tmp_path, "list")
    assert line.startswith('tampu: tampu.toml: [[rule]] number 1 ("r") has a who')
    assert line.endswith('did you mean "guests"?')


async def test_a_database_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tampu.db").write_bytes(b"not a database" * 100)
    assert "cannot be read" in await refusal(tmp_path, "explain", "U1", "slack:T1:C1")


async def test_budgets_stand_beside_the_rules(tmp_path: Path) -> None:
    (tmp_path / "tampu.toml").write_text(
        '[[budget]]\nname = "guests"\nfor = "person"\nwho = ["guests"]\ntokens_per_day = 9000\n'
    )
    guest = ("explain", "U3", "slack:T1:C1", "--standing", "guest")
    assert cells(await said(tmp_path, *guest), "guests")[:4] == [
        "guests",
        "U3 of slack T1",
        "0 of 9,000 tokens today",
        "0 %",
    ]
    async with open_store(tmp_path / "data") as store:
        who = Principal("slack", "T1", "C1", "U3", Standing.GUEST)
        (guests,) = read_budgets(
            [{"name": "guests", "for": "person", "who": ["guests"], "tokens_per_day": 9000}]
        )
        claim = Claim(Payer.of(who, (guests,)), Estimate(1000, 800, Rate(hosted=False)), "m")
        assert isinstance(await store.reserve(claim, time.time()), Reserved)
    found = await explained(tmp_path, *guest[1:])
    budget, _house = found["budgets"]
    assert (budget["budget"], budget["held"], budget["left"]) == ("guests", 1800, 7200)
    member = await explained(tmp_path, "U3", "slack:T1:C1")
    assert [one["budget"] for one in member["budgets"]] == ["all together"]
