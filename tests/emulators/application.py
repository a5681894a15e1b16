"""An application of a test's own, on a socket of this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext

from aiohttp import web


@asynccontextmanager
async def served(app: web.Application, encryption: SSLContext | None = None) -> AsyncIterator[int]:
    """Yields the port."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=encryption).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
