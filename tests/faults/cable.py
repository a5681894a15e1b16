"""The network between the product and a platform: a TCP relay that can be cut, silenced and mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536


class Cable:
    """Passes on what comes to ``port`` to another port of this machine.

    Cut, every connection is reset and new ones are refused. Silenced, all stay open and new ones
    are taken, but nothing passes until it is mended: packets that are lost and sent again.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.connections = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()

    @property
    def origin(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.port}"

    async def mend(self) -> None:
        """Let everything pass."""
        self._passes.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Reset what is open, refuse what is new."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in list(self._ends):
            end.transport.abort()

    def silence(self) -> None:
        """Let nothing pass any more."""
        self._passes.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._ends.add(writer)
        try:
            await self._passes.wait()
            behind, before = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            self._ends.discard(writer)
            return
        self._ends.add(before)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, before))
                both.create_task(self._pump(behind, writer))
        finally:
            for end in (writer, before):
                end.transport.abort()
                self._ends.discard(end)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """One direction, to its end."""
        with suppress(OSError):
            while chunk := await source.read(CHUNK):
                await self._passes.wait()
                sink.write(chunk)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()


@asynccontextmanager
async def cable(target: int) -> AsyncIterator[Cable]:
    """A whole one, until the block ends."""
    laid = Cable(target)
    await laid.mend()
    try:
        yield laid
    finally:
        laid._passes.set()
        await laid.cut()
