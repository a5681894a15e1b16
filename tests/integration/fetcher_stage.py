"""A small internet for downloads: names with scripted answers, streets that lead to servers of this machine.

Whatever is dialled and is not a public address that a test has built on, leads to the canary.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore

from core.files.fetcher import FileFetcher, Network

# Made for these tests: it opens nothing.
PEM = Path(__file__).with_name("places.pem")
HOME = "93.184.215.14"
AWAY = "93.184.215.15"
HEAD_S = 5.0

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
"""Gets a request's path and says what it has to say."""


@dataclass(slots=True)
class House:
    """A server. ``heads`` are the requests as they came; ``names`` what TLS asked for (SNI)."""

    answer: Answer
    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def headers(self, name: str) -> list[str]:
        """The values of a header, over all requests."""
        lines = [line for head in self.heads for line in head.split("\r\n")[1:]]
        return [line.partition(": ")[2] for line in lines if line.lower().startswith(f"{name.lower()}:")]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.lines.add(writer)
        self.names.append(getattr(writer.get_extra_info("ssl_object"), "asked_name", None))
        try:
            async with asyncio.timeout(HEAD_S):
                while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                    self.heads.append(head)
                    await self.answer(head.split(" ")[1], writer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            pass
        finally:
            writer.transport.abort()
            self.lines.discard(writer)

    async def empty(self) -> None:
        """Show everybody out."""
        async with asyncio.timeout(HEAD_S):
            while self.lines:
                for writer in self.lines:
                    writer.transport.abort()
                await asyncio.sleep(0)


def saying(status: str, body: bytes = b"", **headers: str) -> Answer:
    """The same answer for everybody."""
    named = {"Content-Length": str(len(body))} | {key.replace("_", "-"): one for key, one in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    return answer


def leading(location: str, status: int = 302) -> Answer:
    """A redirect."""
    return saying(f"{status} Elsewhere", Location=location)


@asynccontextmanager
async def house(answer: Answer, *, tls: bool = True) -> AsyncIterator[House]:
    """A server on this machine, by TLS for the names in ``places.pem``."""
    built = House(answer)
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(PEM)
        context.sni_callback = _note_name
    server = await asyncio.start_server(built.serve, "127.0.0.1", 0, ssl=context)
    built.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield built
        finally:
            await built.empty()


def _note_name(connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
    connection.asked_name = name


@dataclass(slots=True)
class Internet(httpcore.AsyncNetworkBackend):
    """``names`` have one answer a lookup, the last one for ever; ``houses`` stand at addresses.

    A name that no test has given is this machine's; one with an empty answer is not known.
    """

    canary: House
    names: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    houses: dict[str, House] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def name(self, host: str, *answers: Iterable[str]) -> None:
        self.names[host] = [tuple(answer) for answer in answers]

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.setdefault(host, [("127.0.0.1",)])
        if not answers[0]:
            raise socket.gaierror("Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        *_: object,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        if host in self.closed:
            raise httpcore.ConnectError("nobody is there")
        target = self.houses.get(host, self.canary)
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", target.port, timeout)

    @property
    def home(self) -> House:
        return self.houses[HOME]

    @property
    def away(self) -> House:
        return self.houses[AWAY]

    def fetcher(self, *trusted: str) -> FileFetcher:
        known = ssl.create_default_context(cafile=PEM)
        return FileFetcher(frozenset(trusted), Network(self.resolve, self, known))


@asynccontextmanager
async def internet(home: Answer, away: Answer | None = None) -> AsyncIterator[Internet]:
    """With a house at ``www.example.org``, one at ``www.example.net``, and a canary that nobody may visit."""
    async with (
        house(saying("200 OK", b"secret"), tls=False) as canary,
        house(home) as here,
        house(away or saying("200 OK", b"away")) as there,
    ):
        made = Internet(canary, houses={HOME: here, AWAY: there})
        made.name("www.example.org", [HOME])
        made.name("www.example.net", [AWAY])
        yield made
        assert canary.connections == 0
        assert all(address in made.houses or address in made.closed for address, _ in made.dialled)
