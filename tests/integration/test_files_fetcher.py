"""Downloads against real servers on loopback, and a canary that must never learn the token."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from core.errors import FileError, StartupError
from core.files.download import Wanted
from core.files.fetcher import FileFetcher

TOKEN = {"Authorization": "Bearer xoxb-canary", "X-Trace": "canary-trace"}
SLACK = frozenset({"files.slack.com", ".slack.com"})
LIMIT = 1_000_000

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Server:
    """A file server that remembers what it was asked."""

    origin: str = ""
    requests: list[web.BaseRequest] = field(default_factory=list)

    def tokens(self) -> list[str | None]:
        return [request.headers.get("Authorization") for request in self.requests]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Server]:
    server = Server()

    async def remember(request: web.BaseRequest) -> web.StreamResponse:
        server.requests.append(request)
        return await handler(request)

    runner = web.ServerRunner(web.Server(remember), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    server.origin = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


def answering(body: bytes, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers=named)

    return handler


def leading_to(*locations: str) -> Handler:
    waiting = list(locations)

    async def handler(_: web.BaseRequest) -> web.Response:
        location = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return web.Response(status=302, headers={"Location": location})

    return handler


async def pour(response: web.StreamResponse, chunk: bytes, *, pause: float = 0.0) -> int:
    """Write until the reader leaves, 1,000 times at the most; the number of times it was possible."""
    for times in range(1000):
        try:
            await response.write(chunk)
        except ConnectionError:
            return times
        await asyncio.sleep(pause)
    return 1000


async def get(server: Server, *trusted: Server, timeout_s: float = 10, max_bytes: int = LIMIT) -> bytes:
    origins = frozenset(one.origin for one in (server, *trusted))
    async with FileFetcher(trusted_origins=origins) as fetcher:
        wanted = Wanted(SLACK, max_bytes, timeout_s, TOKEN, behind_login=True)
        return (await fetcher.get(f"{server.origin}/file", wanted)).content


async def test_a_file_comes_with_the_token_sent() -> None:
    async with serving(answering(b"\x89PNG bytes", Content_Type="image/png")) as server:
        assert await get(server) == b"\x89PNG bytes"
        assert server.tokens() == ["Bearer xoxb-canary"]
        assert server.requests[0].headers["Accept-Encoding"] == "identity"


async def test_an_empty_file_is_no_error() -> None:
    async with serving(answering(b"")) as server:
        assert await get(server) == b""


async def test_a_redirect_on_the_same_origin_keeps_the_token() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path == "/file":
            return web.Response(status=302, headers={"Location": "/moved"})
        return web.Response(body=b"here")

    async with serving(handler) as server:
        assert await get(server) == b"here"
        assert server.tokens() == ["Bearer xoxb-canary"] * 2


async def test_a_redirect_to_another_origin_never_carries_the_token() -> None:
    async with (
        serving(answering(b"file")) as canary,
        serving(leading_to(f"{canary.origin}/x")) as server,
    ):
        assert await get(server, canary) == b"file"
        assert canary.tokens() == [None]
        assert "X-Trace" not in canary.requests[0].headers


async def test_the_token_does_not_come_back_after_a_detour() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path == "/file":
            return web.Response(status=307, headers={"Location": f"{canary.origin}/away"})
        return web.Response(body=b"home again")

    async def back(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{server.origin}/home"})

    async with serving(back) as canary, serving(handler) as server:
        assert await get(server, canary) == b"home again"
        assert canary.tokens() == [None]
        assert server.tokens() == ["Bearer xoxb-canary", None]


@pytest.mark.parametrize(
    "location", ["{canary}/x", "//{bare}/x", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_a_redirect_to_a_place_that_is_not_allowed_is_not_followed(location: str) -> None:
    async with serving(answering(b"secret")) as canary:
        target = location.format(canary=canary.origin, bare=canary.origin.removeprefix("http://"))
        async with serving(leading_to(target)) as server:
            with pytest.raises(FileError, match="don't download from"):
                await get(server)
        assert canary.requests == []


async def test_an_endless_redirect_ends_after_three() -> None:
    async with serving(leading_to("/again")) as server:
        with pytest.raises(FileError, match="place to place"):
            await get(server)
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/x",
        "https://evilslack.com/x",
        "https://files.slack.com.evil.example/x",
        "https://slack.com/x",
        "https://files.slack.com:8443/x",
        "https://files.slack.com@127.0.0.1/x",
        "https://me:pw@files.slack.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "ftp://files.slack.com/x",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
        "https://",
        "https://files.slack.com\r\nX-Evil: 1/x",
        "https://files.slack.com:99999999/x",
    ],
)
async def test_addresses_that_are_never_asked(url: str) -> None:
    async with FileFetcher() as fetcher:
        with pytest.raises(FileError, match=r"don't download from|not a valid one"):
            await fetcher.get(url, Wanted(SLACK, LIMIT, 2, TOKEN))


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:port", "", "slack.example/api", "ftp://x.example", "http://"]
)
async def test_a_mistyped_trusted_origin_is_said_at_the_start(origin: str) -> None:
    with pytest.raises(StartupError, match="not a valid one"):
        FileFetcher(frozenset({origin}))


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(b"proxied")) as proxy, serving(answering(b"direct")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        assert await get(server) == b"direct"
        assert proxy.requests == []


async def test_too_large_by_its_own_word_is_refused_before_the_body() -> None:
    poured: list[int] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "31000000"})
        await response.prepare(request)
        poured.append(await pour(response, bytes(30_000)))
        return response

    async with serving(handler) as server:
        with pytest.raises(FileError, match="has 31 MB, over my limit of 1 MB"):
            await get(server)
    assert sum(poured) < 1000


async def test_too_large_without_a_word_is_stopped_while_streaming() -> None:
    poured: list[int] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        poured.append(await pour(response, bytes(100_000)))
        return response

    async with serving(handler) as server:
        with pytest.raises(FileError, match="over my limit of 1 MB"):
            await get(server)
    assert sum(poured) < 1000


async def test_exactly_the_limit_is_taken() -> None:
    async with serving(answering(bytes(LIMIT))) as server:
        assert len(await get(server)) == LIMIT


async def test_a_packed_body_is_refused_not_inflated() -> None:
    async with serving(answering(b"\x1f\x8b...", Content_Encoding="gzip")) as server:
        with pytest.raises(FileError, match="packing"):
            await get(server)


async def test_a_server_that_never_answers_ends_at_the_deadline() -> None:
    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async with serving(handler) as server:
        before = time.monotonic()
        with pytest.raises(FileError, match="too long"):
            await get(server, timeout_s=0.3)
        assert time.monotonic() - before < 5


async def test_a_body_that_drips_ends_at_the_deadline() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await pour(response, b".", pause=0.02)
        return response

    async with serving(handler) as server:
        with pytest.raises(FileError, match="too long"):
            await get(server, timeout_s=0.3)


@pytest.mark.parametrize("headers", [{"Content-Length": "5000"}, {}])
async def test_a_cut_body_is_an_error_not_half_a_file(headers: dict[str, str]) -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        if not headers:
            response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    async with serving(handler) as server:
        with pytest.raises(FileError, match="broke off"):
            await get(server)


async def test_nobody_listens() -> None:
    async with serving(answering(b"")) as gone:
        pass
    with pytest.raises(FileError, match="can't reach"):
        await get(gone)


async def test_a_login_page_is_not_a_file_but_an_html_file_is() -> None:
    page = b"<!DOCTYPE html><title>Sign in</title>"
    async with serving(answering(page, Content_Type="text/html; charset=utf-8")) as server:
        with pytest.raises(FileError, match="login page"):
            await get(server)
    kept = {"Content_Type": "text/html", "Content_Disposition": 'attachment; filename="a.html"'}
    async with serving(answering(page, **kept)) as server:
        assert await get(server) == page


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "not allowed"),
        (403, "not allowed"),
        (404, "no longer there"),
        (410, "no longer"),
        (429, "minute"),
        (500, "not working"),
        (503, "not working"),
        (206, "HTTP 206"),
        (304, "HTTP 304"),
        (499, "HTTP 499"),
    ],
)
async def test_statuses(status: int, told: str) -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    async with serving(handler) as server:
        with pytest.raises(FileError, match=told):
            await get(server)


async def test_cancelling_ends_the_download() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        asked.set()
        try:
            while True:
                await response.write(b".")
                await asyncio.sleep(0.01)
        finally:
            left.set()

    async with serving(handler) as server:
        task = asyncio.ensure_future(get(server))
        await asyncio.wait_for(asked.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), 5)
