"""What every test stands on: a clean environment and no way out of this machine."""

import os
import socket

import pytest

PREFIXES = ("SLACK_", "DISCORD_", "LLAMA_", "TAMPU_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            assert address[0] in LOOPBACK, f"a test tried to reach {address[0]}"
        real(self, address)  # type: ignore[arg-type] # the same object that came in

    monkeypatch.setattr(socket.socket, "connect", connect)
