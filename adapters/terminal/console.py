"""A terminal or a pipe, read without a thread and without blocking the event loop."""

import asyncio
import os
import sys
from typing import TextIO

_CHUNK = 65_536
_LONGEST_LINE = 1_000_000


class Console:
    """Lines in from a file descriptor, text out to a stream.

    Nothing is read ahead of need: what is piped in waits in the pipe while an answer is written.
    """

    def __init__(self, source: int, sink: TextIO) -> None:
        self._source = source
        self._sink = sink
        self._buffer = b""
        self._waiting: asyncio.Future[None] | None = None
        self._closed = False

    @classmethod
    def standard(cls) -> "Console":
        """The process's own standard input and output."""
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            # A terminal that cannot show a character shows a question mark.
            reconfigure(errors="replace")
        return cls(0, sys.stdout)

    @property
    def interactive(self) -> bool:
        """Whether a person sits in front of it."""
        try:
            return os.isatty(self._source) and self._sink.isatty()
        except ValueError:
            return False

    @property
    def closed(self) -> bool:
        """Whether nothing more will be read or written."""
        return self._closed

    def close(self) -> None:
        """Read no more; a line that is being waited for comes back as the end."""
        self._closed = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def read_line(self) -> str | None:
        """The next line without its end, ``None`` when there are no more."""
        while b"\n" not in self._buffer and len(self._buffer) < _LONGEST_LINE:
            chunk = await self._read()
            if not chunk:
                rest, self._buffer = self._buffer, b""
                return _decoded(rest) if rest and not self._closed else None
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return _decoded(line)

    def write(self, text: str) -> None:
        """Write at once. When nobody reads any more (a pipe that was closed), the console closes."""
        if self._closed:
            return
        try:
            self._sink.write(text)
            self._sink.flush()
        except BrokenPipeError:
            # Python flushes standard output once more when it ends: let that go nowhere.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._sink.fileno())
            os.close(nowhere)
            self.close()

    async def _read(self) -> bytes:
        if self._closed:
            return b""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        try:
            loop.add_reader(self._source, self._readable)
        except PermissionError:
            # A regular file cannot be waited for, and need not be: it never blocks for long.
            return await asyncio.to_thread(os.read, self._source, _CHUNK)
        except (OSError, ValueError):
            return b""
        try:
            await self._waiting
        finally:
            loop.remove_reader(self._source)
        return b"" if self.closed else self._available()

    def _readable(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _available(self) -> bytes:
        try:
            return os.read(self._source, _CHUNK)
        except OSError:
            # Linux says so when the other side of a terminal is gone.
            return b""


def _decoded(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
