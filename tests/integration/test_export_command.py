"""``tampu export``: everything that is kept of a person, and nothing of anybody else."""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

from bots.export_command import NOT_AUDITED
from core.forgetting import EVERYTHING
from core.memory.store import open_store
from core.message import Author
from core.principal import Principal
from core.rules import Rule
from core.spending import Spent
from core.transcript import Usage
from tests.contract.spenders import claim, reserved
from tests.integration.canaries import NOW, Aviary
from tests.product import environment, failing
from tests.questions import asked

ADDRESS = asked("").address
ADA = Principal.of(Author("ada", ""), ADDRESS)


async def exported(tmp_path: Path, person: str = "test:a1:ada", **settings: str) -> list[dict[str, Any]]:
    code, out, error = await failing(environment(tmp_path / "data", **settings), "export", "--person", person)
    assert (code, error) == (0, f"{NOT_AUDITED}\n")
    assert out.isascii()
    return [json.loads(line) for line in out.splitlines()]


async def test_everything_of_a_person_is_there_and_nothing_of_others(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data") as store:
        aviary = Aviary(store)
        await aviary.talk(60)
        await store.put_rule(Rule("quiet"), ADDRESS, aviary.author("ada"), NOW)
        kept = await store.inventory(ADA, EVERYTHING)
        lines = await exported(tmp_path)
    kinds = Counter(line["kind"] for line in lines)
    assert (kinds["question"], kinds["answer"], kinds["tool call"], kinds["pin"]) == (
        kept.questions,
        kept.answers,
        kept.tool_calls,
        kept.pins,
    )
    assert kinds["file"] == kinds["picture"] == kinds["upload"] / 2 > 0
    assert kinds["document"] == kinds["table"] == kinds["file"]
    assert all(page["text"] for line in lines if line["kind"] == "document" for page in line["pages"])
    assert (kinds["rule"], kinds["choice"]) == (1, 2)
    done = {line["action"] for line in lines if line["kind"] == "audit"}
    assert done == {"pinned", "settings changed", "persona chosen", "tool ran"}
    contents = b"".join(base64.b64decode(line["content"]) for line in lines if "content" in line)
    everything = json.dumps(lines).encode() + contents
    mine = set(aviary.sung["ada"])
    assert sum(canary in everything for canary in mine) > len(mine) * 0.6
    assert not [canary for who in ("ben", "eve") for canary in aviary.sung[who] if canary in everything]
    whole = {line["thread"] for line in lines if line["kind"] == "summary"}
    assert all("alone-ada" in thread for thread in whole)


async def test_after_forgetting_only_numbers_and_what_was_done_are_left(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data") as store:
        aviary = Aviary(store)
        await aviary.talk(20)
        held = await reserved(store, claim(who=ADA), NOW)
        await store.settle(held.id, Spent("own", Usage(10, 5), 2_500_000, hosted=True))
        await store.forget(ADA, EVERYTHING, NOW)
        lines = await exported(tmp_path)
    done = [line for line in lines if line["kind"] == "audit"]
    assert {line["name"] for line in done} == {""}
    assert {"tool ran", "forgot"} <= {line["action"] for line in done}
    used = lines[len(done) :]
    assert {line["kind"] for line in used} == {"used"}
    (own,) = (line for line in used if line["model"] == "own")
    assert own == {
        "kind": "used",
        "month": "2023-11",
        "model": "own",
        "calls": 1,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "dollars": 2.5,
    }


async def test_secrets_of_the_operator_are_hidden(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data") as store:
        await store.accept(asked("my key is sk-very-secret, \x1b[31mred"), (), NOW)
    lines = await exported(tmp_path, "test:a1:U1", LLAMA_API_KEY="sk-very-secret")
    (line,) = lines
    assert "sk-very-secret" not in line["text"]
    assert line["text"].startswith("my key is")
    assert (line["kind"], line["thread"], line["deleted"]) == ("question", ADDRESS.key, False)


async def test_what_looks_like_a_secret_at_the_end_of_a_text_takes_only_itself_away(tmp_path: Path) -> None:
    texts = (
        "post to https://discord.com/api/webhooks/80351110224678912/aWeBhOoK",
        "{'token': 'aToKeN\nand more \"of it\"",
        'the header was "Authorization: Bearer aBeArEr"',
    )
    async with open_store(tmp_path / "data") as store:
        for number, text in enumerate(texts, 1):
            await store.accept(asked(text, number=number), (), NOW)
    lines = await exported(tmp_path, "test:a1:U1")
    assert [line["text"] for line in lines] == [
        "post to https://discord.com/api/webhooks/[hidden]",
        "{'token': '[hidden]\"of it\"",
        'the header was "Authorization: [hidden]"',
    ]
    assert {line["thread"] for line in lines} == {ADDRESS.key}


async def test_nobody_and_nothing_are_said(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data"):
        pass
    for person, why in (("test:a1:U9", "Nothing is kept of test:a1:U9"), ("U9", "'U9' names nobody")):
        code, out, error = await failing(environment(tmp_path / "data"), "export", "--person", person)
        assert (code, out) == (1, "")
        assert why in error
