"""Libraries that say everything, crashes and what nobody caught: none of it with a secret."""

import json
from functools import partial
from pathlib import Path

import pytest

from tests.emulators.model_script import failed, whole
from tests.emulators.slack import BOT_USER
from tests.integration.secrets_stage import MODEL, SECRETS, Stage, staged
from tests.product import Product, failing, running
from tests.product_stage import until

TALKATIVE = """
import logging

for name in " httpx httpcore discord slack_bolt slack_sdk aiohttp asyncio aiosqlite uvicorn".split(" "):
    logging.getLogger(name).setLevel(logging.DEBUG)
logging.Logger.setLevel = lambda self, level: None
"""
SERVES = """
import asyncio, gc, logging, os, sys, threading, warnings

import bots.service

KEY = os.environ["LLAMA_API_KEY"]


class Lost:
    def __init__(self, key):
        self.key = key

    def __repr__(self):
        return f"Lost({self.key})"

    def __del__(self):
        raise ValueError(f"lost with {self.key}")


def in_thread():
    raise ValueError(f"a thread with {KEY}")


async def forgotten():
    raise ValueError(f"a task with {KEY}")


async def serve(settings, say):
    say(f"A line for the operator with {KEY}")
    await say_it_all()
    raise RuntimeError(f"{KEY} of {settings!r} and {settings.llama_api_key.get_secret_value()}")


async def say_it_all():
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    Lost(KEY)
    warnings.warn(f"deprecated {KEY}", stacklevel=1)
    logging.getLogger("library").error("%d of %s", KEY, KEY)
    logging.getLogger("library").error("seen %s", {KEY: [KEY.encode()]}, stack_info=True)
    task = asyncio.ensure_future(forgotten())
    await asyncio.sleep(0.01)
    del task
    gc.collect()


bots.service.serve = serve
"""
GROUPS = """
import bots.service

async def serve(settings, say):
    key = settings.llama_api_key.get_secret_value()
    try:
        raise ValueError(key)
    except ValueError as error:
        error.add_note(f"with {key}")
        raise ExceptionGroup(f"all of {key}", [error, OSError(2, key, key)]) from error

bots.service.serve = serve
"""


def childs(folder: Path, code: str) -> dict[str, str]:
    """Have the child run this before anything else."""
    (folder / "child").mkdir()
    (folder / "child" / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": str(folder / "child")}


def ended(product: Product) -> int:
    return sum('"turn.ended"' in line for line in product.errors)


async def talk(stage: Stage, product: Product) -> None:
    """A question on each platform, a command on each, and a question that every server refuses."""
    slack, discord = stage.slack, stage.discord
    for number, text in enumerate(("hello", "refused")):
        ts = await slack.say("U1", "C1", f"<@{BOT_USER}> {text}", files=(("a.txt", b"abc", "text/plain"),))
        await discord.say(discord.ana, discord.general, f"{discord.bot.mention} {text}")
        await slack.command("U1", "C1", "/llama", "help")
        await discord.invoke(discord.ana, discord.general, "help")
        await until(partial(ended, product), 2 * number + 2, 60)
        assert slack.answers("C1", ts)
        for model in stage.models.values():
            model.answer_with(lambda _ask: failed(401, {"error": {"message": " ".join(SECRETS.values())}}))


async def test_libraries_that_say_everything(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.models["guard"].answer_with(lambda _ask: whole("safe"))
        async with running({**stage.env, **childs(tmp_path, TALKATIVE)}, folder=stage.folder) as product:
            await talk(stage, product)
            await stage.slack.drop_sockets()
            await stage.discord.drop()
            assert await product.stop() == 0
        speakers = {str(json.loads(line).get("logger", "")).partition(".")[0] for line in product.errors}
        assert {"httpx", "httpcore", "discord", "slack_bolt", "slack_sdk", "asyncio"} <= speakers
        log = "\n".join(product.errors)
        tokens = [one.token for one in stage.discord.interactions.open.values()]
        assert len(tokens) == 2
        assert not any(token in log for token in tokens)
        assert await stage.leaks(product) == {}


@pytest.mark.parametrize(("code", "events"), [(SERVES, 7), (GROUPS, 1)], ids=["everything", "a group"])
async def test_what_nobody_caught(tmp_path: Path, code: str, events: int) -> None:
    async with staged(tmp_path) as stage:
        stage.data.mkdir(mode=0o700)
        env = {**stage.env, **childs(tmp_path, code)}
        exit_code, out, error = await failing(env, folder=stage.folder)
        assert exit_code == 1
        lines = [json.loads(line) for line in error.splitlines()]
        assert len(lines) == events, error
        assert lines[-1]["event"] == "crashed"
        assert "in serve" in lines[-1]["exception"]
        assert await stage.leaks(None, out, error) == {}


async def test_a_crash_before_the_settings_are_read(tmp_path: Path) -> None:
    code = f"""
import bots.settings

def read_settings():
    raise RuntimeError({MODEL!r})

bots.settings.read_settings = read_settings
"""
    async with staged(tmp_path) as stage:
        stage.data.mkdir(mode=0o700)
        exit_code, out, error = await failing({**stage.env, **childs(tmp_path, code)}, folder=stage.folder)
        assert exit_code == 1
        assert json.loads(error)["event"] == "crashed"
        assert await stage.leaks(None, out, error) == {}
