"""The sockets below the client: slow and hasty peers, ends and breaks, encryption, proxies."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpcore
import httpx
import pytest
from aiohttp import web

from core.errors import ModelUnreachable
from core.llama.client import Deadlines, Endpoint, LlamaClient
from core.llama.network import LoopBackend, LoopStream, new_client
from tests.emulators.application import served
from tests.emulators.model import ModelEmulator
from tests.integration.llama_stage import all_of, client_of, text_of

# Made for this test: it opens nothing.
PEM = Path(__file__).with_name("localhost.pem")
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SOON_S = 5.0
PIECE = b"x" * 65_536


@asynccontextmanager
async def connected(peer: Peer) -> AsyncIterator[LoopStream]:
    """A connection to somebody who does that."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
            await over.wait()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        stream = await LoopBackend().connect_tcp("127.0.0.1", port, timeout=SOON_S)
        assert isinstance(stream, LoopStream)
        try:
            yield stream
        finally:
            await stream.aclose()
            over.set()
            await asyncio.sleep(0.01)


async def soon(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not condition():  # noqa: ASYNC110  # what the loop does by itself has no event
            await asyncio.sleep(0.005)


async def test_what_is_sent_comes_back_and_the_end_is_empty() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(5)).upper())
        writer.write_eof()

    async with connected(echo) as stream:
        await stream.write(b"llama", timeout=SOON_S)
        await stream.write(b"", timeout=SOON_S)
        read = b""
        while piece := await stream.read(2, timeout=SOON_S):
            assert len(piece) <= 2
            read += piece
        assert read == b"LLAMA"
        assert await stream.read(2, timeout=SOON_S) == b""


async def test_a_peer_that_is_faster_than_the_reader_has_to_wait() -> None:
    sent = 200 * len(PIECE)

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(200):
            writer.write(PIECE)
            await writer.drain()
        writer.write_eof()

    async with connected(flood) as stream:
        await soon(lambda: stream._is_held)
        await asyncio.sleep(0.05)
        assert len(stream._come) <= 1024 * 1024
        read = 0
        while piece := await stream.read(100_000, timeout=SOON_S):
            read += len(piece)
            assert len(stream._come) <= 1024 * 1024
        assert read == sent


async def test_deadlines_are_kept_and_nothing_is_lost_by_them() -> None:
    go = asyncio.Event()

    async def late(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(b"at last")

    async with connected(late) as stream:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(100, timeout=0.05)
        go.set()
        assert await stream.read(100, timeout=SOON_S) == b"at last"


async def test_a_peer_that_takes_nothing_ends_the_write() -> None:
    async def deaf(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with connected(deaf) as stream:
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(1000 * PIECE, timeout=0.2)


async def test_a_reset_is_an_error_after_what_had_come() -> None:
    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"half")
        await asyncio.sleep(0.05)
        peer: socket.socket = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with connected(reset) as stream:
        await soon(lambda: stream._broken)
        assert await stream.read(100, timeout=SOON_S) == b"half"
        with pytest.raises(httpcore.ReadError):
            await stream.read(100, timeout=SOON_S)
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"more", timeout=SOON_S)


async def test_whoever_closes_while_somebody_reads_ends_the_reading() -> None:
    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with connected(silent) as stream, asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(ended(stream))
        await asyncio.sleep(0.01)
        await stream.aclose()
        assert isinstance(await asyncio.wait_for(reading, SOON_S), httpcore.ReadError)
        await stream.aclose()


async def ended(stream: LoopStream) -> Exception | None:
    try:
        await stream.read(100)
    except httpcore.ReadError as error:
        return error
    return None


async def test_an_idle_connection_is_known_to_be_dead_before_the_loop_hears_of_it() -> None:
    go, gone = asyncio.Event(), asyncio.Event()

    async def goodbye(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        peer: socket.socket = writer.get_extra_info("socket")
        peer.shutdown(socket.SHUT_WR)
        gone.set()

    async with connected(goodbye) as stream:
        assert not stream.get_extra_info("is_readable")
        go.set()
        await gone.wait()
        assert stream.get_extra_info("is_readable")
        await soon(lambda: stream._over)
        assert stream.get_extra_info("is_readable")


async def test_nobody_at_the_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(httpcore.ConnectError):
            await LoopBackend().connect_tcp("127.0.0.1", taken.getsockname()[1], timeout=SOON_S)


async def test_the_client_stands_on_these_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[bytes] = []
    real = LoopStream.data_received

    def noted(self: LoopStream, data: bytes) -> None:
        pieces.append(data)
        real(self, data)

    monkeypatch.setattr(LoopStream, "data_received", noted)
    async with ModelEmulator() as model, client_of(model) as client:
        model.say("Hello there, 🦙!", delay_s=0.005)
        assert text_of(await all_of(client)) == "Hello there, 🦙!"
    assert len(pieces) > 3


@asynccontextmanager
async def encrypted() -> AsyncIterator[str]:
    """A model server behind TLS, with a certificate that nobody knows."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for text in ("Hello", " there"):
            await response.write(b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % text.encode())
            await asyncio.sleep(0.01)
        await response.write(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
        return response

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", stream)
    async with served(app, context) as port:
        yield f"https://localhost:{port}/v1"


async def test_an_encrypted_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    async with encrypted() as url:
        http = new_client(httpx.Limits(), trust_env=True)
        async with http, aclosing(LlamaClient(Endpoint(url, model="m"), http=http)) as client:
            for _ in range(2):
                assert text_of(await all_of(client)) == "Hello there"


async def test_a_certificate_that_nobody_knows_is_refused() -> None:
    async with encrypted() as url:
        endpoint = Endpoint(url, model="m")
        async with aclosing(LlamaClient(endpoint, deadlines=Deadlines(connect=SOON_S))) as client:
            with pytest.raises(ModelUnreachable):
                await all_of(client)


async def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def pass_on(request: web.BaseRequest) -> web.Response:
        asked.append(f"{request.method} {request.raw_path}")
        return web.json_response({"data": [{"id": "far-away"}]})

    runner = web.ServerRunner(web.Server(pass_on), shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{runner.addresses[0][1]}")
        async with aclosing(LlamaClient(Endpoint("http://llama.example/v1"))) as client:
            assert await client.offered() == ("far-away",)
    finally:
        await runner.cleanup()
    assert asked == ["GET http://llama.example/v1/models"]
