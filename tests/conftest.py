"""What every test stands on: a clean environment and no way out of this machine."""

import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from core.memory.store import SqliteStore, open_store
from tests.emulators.model import ModelEmulator
from tests.fork_server import FORKS
from tests.scheduling import BySharing, mixed

# Stages judge too: a failure is to say what was found.
for stage in ("product", "product_stage", "discretion", "faults.machine", "faults.judge", "attacks"):
    pytest.register_assert_rewrite(f"tests.{stage}")

PREFIXES = ("SLACK_", "DISCORD_", "LLAMA_", "TAMPU_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
# The default renderer draws tracebacks with the sources around them; the product's does not.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)

# How long an example takes to draw says how busy the machine is, and nothing of the product.
settings.register_profile("tests", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def _fork_server() -> Iterator[None]:
    FORKS.is_open = sys.platform == "linux"
    yield
    FORKS.close()


@pytest.fixture
def cold_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product is started by the interpreter, as an operator starts it."""
    monkeypatch.setattr(FORKS, "is_open", False)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_store(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
async def model() -> AsyncIterator[ModelEmulator]:
    async with ModelEmulator() as emulator:
        yield emulator


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharing:
    """Decide which worker runs what."""
    return BySharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mix the tests where several workers share them; one alone runs them as they stand."""
    if hasattr(config, "workerinput"):
        mixed(items)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter: made files hold the hour, and each worker collects at its own."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _blocking() -> BlockBuster:
    """Made once: it has a wrapper for each of a hundred calls."""
    blockbuster = BlockBuster(["core", "adapters", "bots"])
    # A traceback in the log reads source lines; it is rare, and over at once.
    for name in ("os.stat", "io.TextIOWrapper.read", "io.BufferedReader.read"):
        blockbuster.functions[name].can_block_in("linecache.py", {"checkcache", "updatecache"})
    # The product reads its settings before there is a loop; tests make some where they need them.
    blockbuster.functions["os.stat"].can_block_in("bots/settings.py", {"__call__"})
    return blockbuster


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop(_blocking: BlockBuster) -> Iterator[None]:
    """A blocking call of the product's own code on an event loop fails the test."""
    _blocking.activate()
    yield
    _blocking.deactivate()


@pytest.fixture(autouse=True)
def _loopback_only(_nothing_blocks_the_loop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            assert address[0] in LOOPBACK, f"a test tried to reach {address[0]}"
        real(self, address)  # type: ignore[arg-type] # the same object that came in

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """A thread that outlives its test would fail another one, when its loop is closed."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    names = [thread.name for thread in left if thread.name.startswith("keep-alive-handler")]
    assert names == [], "threads that send heartbeats were left running"
