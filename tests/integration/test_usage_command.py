"""``tampu usage``: what was used and how full the budgets are, read beside the running product."""

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.budgets import Budget, Whom
from core.memory.store import open_store
from core.principal import Principal
from core.rules import Place
from core.spending import Spent
from core.transcript import Usage
from tests.contract.spenders import ADA, PAID, budget, claim, money, reserved, spend, tokens
from tests.contract.stores import begun
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.product import environment, failing, model_settings, running, slack_settings
from tests.product_stage import SlackStage, until
from tests.questions import asked

BUDGETS = [
    {"name": "for each person", "for": "person", "tokens_per_day": 1000, "dollars_per_month": 0.01},
    {"name": "all of us", "for": "house", "dollars_per_day": 1},
    {"name": "one place", "for": "person", "where": ["web"], "tokens_per_day": 7},
]
PERSON = budget(tokens(1000), name="for each person")
HOUSE = budget(money(1_000_000), whom=Whom.HOUSE, name="all of us")
PLACE = Budget("one place", Whom.PERSON, (tokens(700),), where=(Place("web"),))
HOSTILE = Principal("test", "a1", "c1", "U\x1b[31m[red]9")


def settings(data: Path, **more: str) -> Mapping[str, str]:
    return environment(data, TAMPU_BUDGETS=json.dumps(BUDGETS), **more)


async def listed(env: Mapping[str, str]) -> dict[str, Any]:
    code, out, error = await failing(env, "usage", "--json")
    assert (code, error) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


async def used(data: Path) -> None:
    """A database in which some have used something today."""
    now = time.time()
    async with open_store(data) as store:
        turn = await begun(store, asked("2+2?"))
        await spend(store, claim(PERSON, HOUSE, prompt=400, most=400, turn=turn.id), now)
        held = await reserved(store, claim(who=HOSTILE, prompt=10, most=10), now)
        await store.settle(held.id, Spent("odd\x1b[2J", Usage(10, 10), None, hosted=True))
        await spend(
            store, claim(PLACE, who=Principal("web", "local", "page", "local"), most=0, prompt=7), now
        )
        await reserved(store, claim(HOUSE, prompt=1000, most=0), now)


async def test_it_says_who_used_what_and_how_full_the_budgets_are(tmp_path: Path) -> None:
    await used(tmp_path / "data")
    found = await listed(settings(tmp_path / "data"))
    assert found["today"] == found["this_month"]
    assert found["this_month"]["models"] == [
        {
            "model": "m",
            "calls": 2,
            "prompt_tokens": 407,
            "completion_tokens": 400,
            "dollars": 0.001207,
            "calls_without_a_price": 0,
        },
        {
            "model": "odd\x1b[2J",
            "calls": 1,
            "prompt_tokens": 10,
            "completion_tokens": 10,
            "dollars": 0.0,
            "calls_without_a_price": 1,
        },
    ]
    people = {use["subject"]: use["in_words"] for use in found["today"]["subjects"]}
    assert people[ADA.person_key] == "Ada (U1 of test a1)"
    assert people["house"] == "all together"
    assert people["channel:web:local:page"] == "channel page of web local"
    assert not any("@" in subject for subject in people)
    balances = {(one["budget"], one["subject"], one["measure"]): one for one in found["budgets"]}
    # The fullest first.
    assert found["budgets"][0]["budget"] == "one place"
    person = balances["for each person", ADA.person_key, "tokens"]
    assert (person["limit"], person["used"], person["left"], person["per"]) == (1000, 800, 0, "day")
    assert balances["for each person", ADA.person_key, "dollars"]["used"] == 0.0012
    house = balances["all of us", "house", "dollars"]
    assert (house["held"], house["used"], house["left"]) == (0.001, 0.001207, 0.997793)
    assert ("all together", "house", "tokens") in balances


async def test_its_tables_are_for_people_and_harmless(tmp_path: Path) -> None:
    await used(tmp_path / "data")
    server = {
        "LLAMA_BASE_URL": "https://example.com/v1",
        "LLAMA_API_KEY": "sk-12345678",
        "LLAMA_MODEL": "odd",
    }
    code, out, error = await failing(settings(tmp_path / "data", **server), "usage")
    assert (code, error) == (0, "")
    assert "\x1b" not in out
    for words in (
        "By model",
        "By whom and where",
        "Budgets",
        "Ada (U1 of test a1)",
        "all together",
        "$0.001207",
    ):
        assert words in out
    assert "800 of 1,000 tokens today, 1,000 tokens held" in " ".join(out.split())
    assert "No price is known of odd: it counts as costing nothing" in out
    assert "Of 1 calls of this month no price is known" in out
    assert "sk-12345678" not in out


async def test_long_lists_are_cut_and_say_so(tmp_path: Path) -> None:
    await used(tmp_path / "data")
    code, out, _ = await failing(settings(tmp_path / "data"), "usage", "--limit", "1")
    assert (code, out.count("... and more: see --limit.")) == (0, 3)
    code, out, _ = await failing(settings(tmp_path / "data"), "usage", "--json", "--limit", "1")
    assert (code, json.loads(out)["more"]) == (0, True)


async def test_nothing_used_and_no_database_are_said(tmp_path: Path) -> None:
    env = settings(tmp_path / "data")
    code, out, error = await failing(env, "usage")
    assert (code, out) == (1, "")
    assert "There is no database" in error
    async with open_store(tmp_path / "data"):
        pass
    assert (await failing(env, "usage"))[:2] == (0, "Nothing was used this month.\n")


async def test_beside_the_running_product(tmp_path: Path) -> None:
    async with ModelEmulator() as model, SlackEmulator() as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        async with running(env) as product:
            stage = SlackStage(slack, model, product, tmp_path / "data")
            model.say("Four.")
            await stage.ask("2+2?")
            await until(lambda: len(slack.journal.of("chat.postMessage")), 1)
            found = await until_used(env)
            assert PAID.hosted
    (one,) = found["today"]["models"]
    assert one["calls"] == 1
    assert any(use["subject"].startswith("person:slack:") for use in found["today"]["subjects"])
    with closing(sqlite3.connect(tmp_path / "data" / "tampu.db")) as database:
        assert database.execute("SELECT count(*) FROM charge WHERE state = 'settled'").fetchone() == (1,)


async def until_used(env: Mapping[str, str]) -> dict[str, Any]:
    """Ask until the answer is committed."""
    for _ in range(20):
        found = await listed(env)
        if found["today"]["models"]:
            return found
    return pytest.fail("the answer was never charged")


async def test_a_secret_that_stands_where_a_name_belongs_is_hidden(tmp_path: Path) -> None:
    secret = "key-in-the-wrong-line"
    async with open_store(tmp_path / "data") as store:
        turn = await begun(store)
        held = await reserved(store, claim(budget(tokens(1000), name=secret), turn=turn.id), time.time())
        await store.settle(held.id, Spent(secret, Usage(10, 10), None, hosted=True))
    budgets = json.dumps([{"name": secret, "for": "person", "tokens_per_day": 1000}])
    env = environment(tmp_path / "data", TAMPU_BUDGETS=budgets, LLAMA_API_KEY=secret)
    for options in ((), ("--json",)):
        code, out, error = await failing(env, "usage", *options)
        assert code == 0
        assert "[hidden]" in out
        assert secret not in out + error
