"""What the product keeps is its owner's alone, whatever the machine's habits are."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.model import ModelEmulator
from tests.emulators.slack import BOT_TOKEN, BOT_USER, TEAM, SlackEmulator
from tests.product import environment, failing, model_settings, running, slack_settings
from tests.product_stage import until

KEY = "sk-canary-of-a-file-0123456789"


@pytest.fixture(params=[0o000, 0o022], ids=["umask 000", "umask 022"])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(data: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.lstat().st_mode) for path in sorted(data.rglob("*"))}


@pytest.mark.usefixtures("_umask")
async def test_every_file_is_its_owners_at_any_moment(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    data.parent.mkdir()
    async with ModelEmulator() as model, SlackEmulator() as slack:
        env = environment(data, **slack_settings(slack), **model_settings(model))
        async with running(env) as product:
            ts = await slack.say("U1", "C1", f"<@{BOT_USER}> hello", files=(("a.txt", b"abc", "text/plain"),))
            await until(lambda: bool(slack.answers("C1", ts)), wanted=True)
            found = modes(data)
            assert {"tampu.db", "tampu.db-wal", "tampu.db-shm", "tampu.lock"} <= set(found)
            assert set(found.values()) == {0o600}
            assert stat.S_IMODE(data.stat().st_mode) == 0o700
            for command in (("usage",), ("audit",), ("outbox",), ("export", "--person", f"slack:{TEAM}:U1")):
                code, _, _ = await failing(env, *command)
                assert code == 0
            await slack.command("U1", "C1", "/llama", "forget everything yes")
            assert set(modes(data).values()) == {0o600}
            await product.kill()
        assert set(modes(data).values()) == {0o600}
        async with running(env) as product:
            assert set(modes(data).values()) == {0o600}
            assert await product.stop() == 0
    assert set(modes(data).values()) == {0o600}


async def test_a_folder_that_was_open_is_closed_with_what_is_in_it_and_that_is_said(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with ModelEmulator() as model:
        env = environment(data, **model_settings(model), TAMPU_WEB="127.0.0.1:0")
        async with running(env) as product:
            await product.kill()
        data.chmod(0o755)
        for path in data.iterdir():
            path.chmod(0o644)
        (data / "personas").mkdir(mode=0o755)
        async with running(env) as product:
            assert stat.S_IMODE(data.stat().st_mode) == 0o700
            found = modes(data)
            # What the operator put there is theirs; nobody else can get to it.
            assert found.pop("personas") == 0o755
            assert set(found.values()) == {0o600}
            (said,) = [json.loads(line) for line in product.errors if "store.closed_to_others" in line]
            assert (said["folder"], said["was"], said["now"]) == (str(data), "0755", "0700")
            assert await product.stop() == 0
        async with running(env) as product:
            assert not any("store.closed_to_others" in line for line in product.errors)
            assert await product.stop() == 0


@pytest.mark.parametrize(
    ("lines", "mode", "wanted"),
    [
        (f"LLAMA_API_KEY={KEY}", 0o644, True),
        (f"LLAMA_API_KEY={KEY}", 0o640, True),
        (f"OTHER_KEY='{KEY}'", 0o604, True),
        (f"HTTPS_PROXY=http://user:{KEY}@proxy:3128", 0o644, True),
        (f"LLAMA_API_KEY={KEY}", 0o600, False),
        ("LLAMA_API_KEY=\nLLAMA_TOKENS_PER_MINUTE=100000000\nLLAMA_CONTEXT=8192", 0o644, False),
    ],
)
async def test_an_env_file_that_others_may_read_is_pointed_out(
    tmp_path: Path, lines: str, mode: int, wanted: bool
) -> None:
    (tmp_path / ".env").write_text(f"{lines}\n")
    (tmp_path / ".env").chmod(mode)
    async with ModelEmulator() as model:
        env = environment(tmp_path / "data", **model_settings(model), TAMPU_WEB="127.0.0.1:0")
        async with running(env) as product:
            assert await product.stop() == 0
        # What others read has no such line in it.
        _, out, error = await failing(env, "usage", "--json")
    assert json.loads(out)
    assert error == ""
    name = lines.partition("=")[0]
    warning = (
        f"Warning: .env holds a secret ({name}) and others on this machine may read it: run chmod 600 .env."
    )
    assert (warning in product.lines) is wanted
    assert not any(KEY in line for line in product.lines + product.errors)


def test_what_a_child_is_given(tmp_path: Path) -> None:
    """The local model's process has none of the secrets, in its environment or on its command line."""
    code = """
import asyncio, os, sys
from bots import local_model

async def main():
    process = await local_model.LocalModel()._spawned()
    print(process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    env = {
        **environment(tmp_path / "data", SLACK_BOT_TOKEN=BOT_TOKEN, LLAMA_API_KEY=KEY),
        "HTTPS_PROXY": f"http://user:{KEY}@proxy",
        "ACME_TOKEN": KEY,
        "TAMPU_CANARY": KEY,
    }
    parent = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        given = {name: Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")}
        variables = {part.partition(b"=")[0].decode() for part in given["environ"].split(b"\0") if part}
        os.kill(pid, signal.SIGKILL)
    finally:
        parent.kill()
        parent.communicate()
    assert b"bots.local_model_server" in given["cmdline"]
    assert "PATH" in variables
    assert not {"SLACK_BOT_TOKEN", "LLAMA_API_KEY", "HTTPS_PROXY", "ACME_TOKEN", "TAMPU_CANARY"} & variables
    for content in given.values():
        assert KEY.encode() not in content
        assert BOT_TOKEN.encode() not in content
