"""Uvicorn as a guest: it takes no signals, keeps silent, and leaves when told."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

# Seconds that open requests have to finish once the page is being closed.
_GRACE = 2
_LAST_WAIT = 5.0


class Server(uvicorn.Server):
    """A uvicorn server inside somebody else's event loop."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        self.up.set()

    async def leave(self, serving: "asyncio.Task[None]") -> None:
        """End ``serve``: open requests get a grace, then they are cancelled."""
        self.should_exit = True
        await asyncio.wait({serving}, timeout=_GRACE + _LAST_WAIT)
