"""``tampu outbox``: what never reached people and what is on its way, read beside the running product."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from core import phrases
from core.events import Closed
from core.memory.migrate import migrations
from core.memory.reader import read_outbox
from core.memory.store import SqliteStore
from core.storage import Answer, PostState, Turn, TurnState
from core.transcript import Role
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.product import environment, failing, model_settings, running, slack_settings
from tests.product_stage import SlackStage, on_slack, until
from tests.questions import asked

NOW = 1_700_000_100.0
HOSTILE = "\x1b]0;owned\x07 [red]not red[/red]\r\nsecond \x9b31m line \u202egnp.exe"


def answer(text: str, ending: TurnState = TurnState.DONE) -> Answer:
    return Answer(Role.ASSISTANT, text, ending)


async def begun(store: SqliteStore, text: str, number: int) -> Turn:
    question = asked(text, number=number, thread=f"t{number}")
    await store.accept(question, (), NOW + number)
    turn = await store.begin(question.address, NOW + number)
    assert turn is not None
    return turn


def files(data: Path) -> dict[str, int]:
    """What stands in the data folder; a reader may only mark its place in the shared index."""
    return {file.name: file.stat().st_size for file in data.iterdir() if not file.name.endswith("-shm")}


async def listed(env: Mapping[str, str]) -> dict[str, Any]:
    code, out, error = await failing(env, "outbox", "--json")
    assert (code, error) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


async def refusal(env: Mapping[str, str]) -> str:
    """The one sentence of a database that cannot be read."""
    code, out, error = await failing(env, "outbox")
    assert (code, out) == (1, "")
    (line,) = error.splitlines()
    assert line.startswith("tampu: ")
    return line


async def lost_one(stage: SlackStage, model: ModelEmulator) -> None:
    """An answer into a channel that Slack says is gone."""
    model.say("Nobody will read this.")
    stage.slack.fault("chat.postMessage", error="channel_not_found")
    await stage.ask("hello?")
    await until(lambda: len(stage.slack.journal.of("chat.postMessage")), 1)


async def test_beside_the_running_product(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator() as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        async with running(env) as product:
            stage = SlackStage(slack, model, product, tmp_path / "data")
            await lost_one(stage, model)
            rest = model.say_held("The first words are out", " and here is the rest.")
            question = await stage.ask("what is on its way?")
            await until(lambda: len(stage.answers(question)), 1)
            names = set(files(stage.data))
            found = await listed(env)
            assert set(files(stage.data)) == names
            rest.set()
            await stage.shows(question, "The first words are out and here is the rest.")
        (letter,) = found["never_reached_people"]
        assert (letter["platform"], letter["channel"]) == ("slack", "C1")
        assert (letter["reason"], letter["text"]) == ("channel_not_found", "Nobody will read this.")
        (turn,) = found["on_its_way"]
        assert (turn["state"], turn["messages_out"], turn["text"]) == ("running", 1, "what is on its way?")
        # Stopped in order, and asked again: nothing is made where nothing was.
        before = files(tmp_path / "data")
        found = await listed(env)
        assert (len(found["never_reached_people"]), found["on_its_way"]) == (1, [])
        assert {file.name for file in (tmp_path / "data").iterdir()} == set(before)


async def test_after_kill_9(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator() as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        model.hang()
        async with running(env) as product:
            await SlackStage(slack, model, product, tmp_path / "data").ask("are you there?")
            await model.arrived()
            await product.kill()
        before = files(tmp_path / "data")
        found = await listed(env)
        assert files(tmp_path / "data") == before
        assert [turn["text"] for turn in found["on_its_way"]] == ["are you there?"]
        model.say("I am.")
        async with running(env):
            await slack.wait_for(lambda: slack.answers("C1"), 20.0)
        assert (await listed(env))["on_its_way"] == []


async def test_the_table_is_harmless_and_keeps_secrets(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator() as slack:
        settings = {**slack_settings(slack), **model_settings(model), "LLAMA_API_KEY": "a-key-of-the-house"}
        env = environment(tmp_path / "data", **settings)
        async with running(env) as product:
            stage = SlackStage(slack, model, product, tmp_path / "data")
            model.say(f"{HOSTILE} a-key-of-the-house xoxb-123-abc")
            slack.fault("chat.postMessage", error="is_archived")
            await stage.ask("hello?")
            await until(lambda: len(slack.journal.of("chat.postMessage")), 1)
            code, out, error = await failing(env, "outbox")
            found = json.dumps(await listed(env))
    assert (code, error) == (0, "")
    assert "the channel is archived" in out
    assert "[red]not red[/red]" in out
    assert all(letter.isprintable() or letter == "\n" for letter in out)
    assert "\u202e" not in out
    for secret in ("a-key-of-the-house", "xoxb-123-abc"):
        assert secret not in out + found


async def test_nothing_to_tell(tmp_path: Path, model: ModelEmulator) -> None:
    async with on_slack(tmp_path, model) as stage:
        model.say("Fine.")
        await stage.shows(await stage.ask("how are you?"), "Fine.")
        env = environment(stage.data)
        await until(lambda: stage.slack.statuses, {})
    code, out, error = await failing(env, "outbox")
    assert (code, error) == (0, "")
    assert out.splitlines() == ["Nothing is waiting, and everything that was said has reached people."]


async def test_a_limit_says_that_there_is_more(tmp_path: Path, store: SqliteStore) -> None:
    for number in range(5):
        await store.accept(asked(f"question {number}", number=number, thread=f"t{number}"), (), NOW + number)
    code, out, _ = await failing(environment(tmp_path / "data"), "outbox", "--limit", "2")
    assert code == 0
    assert out.count("waiting for its turn") == 2
    assert "question 0" in out
    assert "--limit" in out


async def test_every_way_to_be_lost(tmp_path: Path, store: SqliteStore) -> None:
    refused = await begun(store, "refused", 1)
    await store.commit_answer(refused, answer("A whole answer."), ("A whole answer.",), NOW)
    await store.posted(refused, 0, "m1", phrases.NOT_TAKEN)
    await store.end(refused, NOW + 10)
    rejected = await begun(store, "rejected", 2)
    await store.commit_answer(rejected, answer("One. Two."), ("One.", "Two."), NOW)
    await store.lost(rejected, 0, PostState.REJECTED, "gave up: http_503", NOW + 9)
    await store.end(rejected, NOW + 20)
    stale = await begun(store, "stale", 3)
    await store.commit_answer(stale, Answer(Role.NOTICE, "", TurnState.FAILED, error="stale"), (), NOW)
    await store.end(stale, NOW + 30, error="stale")
    await store.end(await begun(store, "given up", 4), NOW + 40)
    place = asked("closed", number=50, thread="t50")
    await store.accept(place, (), NOW + 50)
    await store.close(Closed(place.address.platform, place.address.account, place.address.channel))
    fine = await begun(store, "fine", 6)
    await store.commit_answer(fine, answer("Four."), ("Four.",), NOW)
    await store.posted(fine, 0, "m6", "Four.")
    await store.end(fine, NOW + 60)
    outbox = await read_outbox(tmp_path / "data", 20)
    assert [(letter.reason, letter.text) for letter in outbox.lost] == [
        ("closed", "closed"),
        ("given up", "given up"),
        ("stale", "stale"),
        ("not sent", "Two."),
        ("refused", "A whole answer."),
        ("gave up: http_503", "One."),
    ]
    assert (outbox.underway, outbox.last_seen) == ((), None)
    assert len((await read_outbox(tmp_path / "data", 2)).lost) == 2


async def test_no_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    env = environment(tmp_path / "data")
    assert "There is no database" in await refusal(env)
    assert list((tmp_path / "data").iterdir()) == []
    elsewhere = environment(tmp_path / "nowhere")
    assert "TAMPU_DATA_DIR" in await refusal(elsewhere)
    assert not (tmp_path / "nowhere").exists()


async def test_an_older_and_a_newer_database(tmp_path: Path) -> None:
    path = tmp_path / "data" / "tampu.db"
    path.parent.mkdir()
    _, first = (await asyncio.to_thread(migrations))[0]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{first} PRAGMA user_version = 1;")
    before = path.read_bytes()
    env = environment(path.parent)
    assert "older" in await refusal(env)
    assert path.read_bytes() == before
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1000")
    assert "newer" in await refusal(env)


async def test_what_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "data" / "tampu.db"
    path.parent.mkdir()
    path.write_text("This was a letter once. " * 400)
    assert "cannot be read" in await refusal(environment(path.parent))
