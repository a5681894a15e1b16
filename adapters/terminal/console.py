"""A terminal or a pipe, read and written without blocking the event loop."""

import asyncio
import os
import sys
from collections.abc import Callable

_CHUNK = 65_536
_LONGEST_LINE = 1_000_000
# What a pipe that can be written to takes at once (POSIX's PIPE_BUF is at least 512; Linux: 4096).
_PIECE = 512
_FLUSH = 5.0


class Console:
    """Lines in from one file descriptor, text out to another.

    Reads and writes happen in a thread, but only once they can be done at once, so nothing is left
    behind that would hold up the end of the program; and the descriptors' own modes, which the
    shell shares, stay as they are. Nothing is read ahead of need: what is piped in waits in the
    pipe while an answer is written. :meth:`pump` does the writing.
    """

    def __init__(self, source: int, sink: int, encoding: str = "utf-8") -> None:
        self._source = source
        self._sink = sink
        self._encoding = encoding
        self._buffer = b""
        self._unwritten = bytearray()
        self._news = asyncio.Event()
        self._wake = asyncio.Event()
        self._closed = False
        self._flushed = asyncio.Event()

    @classmethod
    def standard(cls) -> "Console":
        """The process's own standard input and output."""
        return cls(0, 1, sys.stdout.encoding or "utf-8")

    @property
    def interactive(self) -> bool:
        """Whether a person sits in front of it."""
        return os.isatty(self._source) and os.isatty(self._sink)

    @property
    def closed(self) -> bool:
        """Whether nothing more will be read."""
        return self._closed

    def close(self) -> None:
        """Read no more; a line that is being waited for comes back as the end."""
        self._closed = True
        self._wake.set()

    async def read_line(self) -> str | None:
        """The next line without its end, ``None`` when there are no more."""
        while b"\n" not in self._buffer and len(self._buffer) < _LONGEST_LINE:
            chunk = await self._read()
            if not chunk:
                rest, self._buffer = self._buffer, b""
                return _decoded(rest) if rest and not self.closed else None
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return _decoded(line)

    def write(self, text: str) -> None:
        """Have a text written. A character that the terminal does not know becomes a question mark."""
        self._unwritten += text.encode(self._encoding, errors="replace")
        self._flushed.clear()
        self._news.set()

    async def pump(self) -> None:
        """Write what there is to write, until cancelled. When nobody reads any more, it closes."""
        while True:
            await self._news.wait()
            try:
                while self._unwritten:
                    await self._write(bytes(self._unwritten[:_PIECE]))
            except OSError:
                # A pipe whose reader left, or a terminal that was shut.
                self._unwritten.clear()
                self.close()
            self._news.clear()
            self._flushed.set()

    async def flush(self) -> None:
        """Wait until all is written; a terminal that takes nothing is given up soon."""
        try:
            async with asyncio.timeout(_FLUSH):
                while self._unwritten:
                    await self._flushed.wait()
        except TimeoutError:
            self._unwritten.clear()

    async def _write(self, piece: bytes) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        if _watched(lambda: loop.add_writer(self._sink, ready.set)):
            try:
                await ready.wait()
            finally:
                loop.remove_writer(self._sink)
        written = await asyncio.to_thread(os.write, self._sink, piece)
        del self._unwritten[:written]

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        self._wake.clear()
        if self.closed:
            return b""
        try:
            if _watched(lambda: loop.add_reader(self._source, self._wake.set)):
                try:
                    await self._wake.wait()
                finally:
                    loop.remove_reader(self._source)
            return await self._available()
        except (OSError, ValueError):
            # No such descriptor, or a terminal whose other side is gone.
            return b""

    async def _available(self) -> bytes:
        return b"" if self.closed else await asyncio.to_thread(os.read, self._source, _CHUNK)


def _watched(watch: Callable[[], None]) -> bool:
    """Begin to watch a descriptor; false for a regular file, which never keeps anyone waiting."""
    try:
        watch()
    except PermissionError:
        return False
    return True


def _decoded(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
