"""The product's home and its end: folders and their modes, signals, and what is left on the disk."""

import asyncio
import signal
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.emulators.model import ModelEmulator
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.product import STOP_S, Product, environment, failing, model_settings, running, slack_settings
from tests.product_stage import rows, until

STOP_WITHIN_S = 25.0
WHOLE = "The whole answer, from its first word to its last."


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as emulator:
        yield emulator


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def check(data: Path) -> None:
    """The database is sound, and nothing waits beside it."""
    assert not (data / "tampu.db-wal").exists()
    with closing(sqlite3.connect(data / "tampu.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def interrupted(product: Product) -> int:
    product.process.send_signal(signal.SIGINT)
    return await asyncio.wait_for(product.process.wait(), STOP_S)


@pytest.mark.usefixtures("cold_starts")
async def test_the_folder_and_its_files_are_their_owners_only(tmp_path: Path, model: ModelEmulator) -> None:
    data = tmp_path / "deep" / "data"
    data.parent.mkdir()
    env = environment(data, **model_settings(model), TAMPU_WEB="127.0.0.1:0")
    async with running(env) as product:
        assert mode(data) == 0o700
        assert {mode(path) for path in data.iterdir()} == {0o600}
        assert await product.stop() == 0
    assert {mode(path) for path in data.iterdir()} == {0o600}
    check(data)


async def test_a_folder_that_was_open_to_others_is_closed_to_them(
    tmp_path: Path, model: ModelEmulator
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    async with running(environment(data, **model_settings(model), TAMPU_WEB="127.0.0.1:0")):
        assert mode(data) == 0o700


async def test_the_page_is_off_when_it_is_off(
    tmp_path: Path, model: ModelEmulator, slack: SlackEmulator
) -> None:
    env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
    assert env["TAMPU_WEB"] == "off"
    async with running(env) as product:
        assert [line for line in product.lines if line.startswith("Talk")] == ["Talk to Tampu: Slack"]


async def test_the_page_wants_its_own_token(tmp_path: Path, model: ModelEmulator) -> None:
    env = environment(tmp_path / "data", **model_settings(model), TAMPU_WEB="127.0.0.1:0")
    async with running(env) as product, httpx.AsyncClient() as http:
        place = urlsplit(product.page)
        assert place.hostname == "127.0.0.1"
        address = f"http://{place.netloc}/api/conversations"
        assert (await http.get(address)).status_code == 401
        assert (await http.get(product.page)).status_code == 200
        assert (await http.get(address)).status_code == 200


@pytest.mark.usefixtures("cold_starts")
async def test_sigterm_with_a_stuck_model_is_quick_and_the_question_is_answered_later(
    tmp_path: Path, model: ModelEmulator, slack: SlackEmulator
) -> None:
    data = tmp_path / "data"
    env = environment(data, **slack_settings(slack), **model_settings(model))
    model.stall("The whole")
    async with running(env) as product:
        question = await slack.say("U1", "C1", f"<@{BOT_USER}> tell me")
        await slack.wait_for(lambda: slack.answers("C1", question), 10)
        late = asyncio.create_task(ask_while_it_stops(slack))
        begun = time.monotonic()
        assert await product.stop() == 0
        assert time.monotonic() - begun < STOP_WITHIN_S
        unanswered = await late
    check(data)
    assert rows(data, "SELECT state FROM turn") == [("running",)]
    model.say(WHOLE)
    model.say(WHOLE)
    async with running(env):
        for ts in (question, unanswered):
            await until(lambda thread=ts: [seen.text for seen in slack.answers("C1", thread)], [WHOLE])  # type: ignore[misc]
    assert len(slack.answers("C1")) == 2


async def ask_while_it_stops(slack: SlackEmulator) -> str:
    await asyncio.sleep(2.0)
    return await slack.say("U2", "C1", f"<@{BOT_USER}> and me?")


@pytest.mark.usefixtures("cold_starts")
async def test_ctrl_c_is_an_orderly_end(tmp_path: Path, model: ModelEmulator, slack: SlackEmulator) -> None:
    data = tmp_path / "data"
    env = environment(data, **slack_settings(slack), **model_settings(model))
    model.say(WHOLE, delay_s=0.03)
    async with running(env) as product:
        question = await slack.say("U1", "C1", f"<@{BOT_USER}> tell me")
        await slack.wait_for(lambda: slack.answers("C1", question), 10)
        assert await interrupted(product) == 0
        assert "Traceback" not in "\n".join(product.errors)
        assert any("Stopping" in line for line in product.lines)
    assert [seen.text for seen in slack.answers("C1", question)] == [WHOLE]
    check(data)
    assert rows(data, "SELECT state FROM turn") == [("done",)]


async def test_kill_leaves_a_database_that_opens(
    tmp_path: Path, model: ModelEmulator, slack: SlackEmulator
) -> None:
    data = tmp_path / "data"
    env = environment(data, **slack_settings(slack), **model_settings(model))
    async with running(env) as product:
        questions = [await slack.say("U1", "C1", f"<@{BOT_USER}> number {n}") for n in range(6)]
        await slack.wait_for(lambda: slack.answers("C1"), 10)
        await product.kill()
    async with running(env) as product:
        for number, ts in enumerate(questions):
            wanted = [f"You said: number {number}"]
            await until(lambda thread=ts: [seen.text for seen in slack.answers("C1", thread)], wanted)  # type: ignore[misc]
        assert await product.stop() == 0
    assert len(slack.answers("C1")) == 6
    check(data)


@pytest.mark.usefixtures("cold_starts")
async def test_a_chat_beside_nothing_leaves_by_the_end_of_its_input(
    tmp_path: Path, model: ModelEmulator
) -> None:
    data = tmp_path / "data"
    code, out, error = await failing(environment(data, **model_settings(model)), "chat")
    assert (code, error) == (0, "")
    assert "emulated-llama" in out
    check(data)
