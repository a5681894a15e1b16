"""Answers that lie about themselves, never end, or come too slowly."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import Awaitable

import pytest

from core.errors import FileError
from core.files.download import PUBLIC_WEB, Fetched, Wanted
from tests.integration.fetcher_stage import Answer, internet, saying

LIMIT = 100_000
START = "https://www.example.org/file"
HEAD = b"HTTP/1.1 200 OK\r\n"
ENOUGH = 5_000


def raw(*pieces: bytes, close: bool = True, drip_s: float = 0.0) -> Answer:
    """These bytes, one piece after the other."""

    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if drip_s:
                await asyncio.sleep(drip_s)
        if close:
            writer.close()
            await writer.wait_closed()

    return answer


def endless(head: bytes, piece: bytes, *, drip_s: float = 0.0) -> Answer:
    """As many as somebody listens to, 5,000 at the most."""
    return raw(head, *[piece] * ENOUGH, drip_s=drip_s)


async def fetched(answer: Answer, *types: str, timeout_s: float = 5.0) -> Fetched:
    async with internet(answer) as net, net.fetcher() as fetcher:
        return await fetcher.get(START, Wanted(PUBLIC_WEB, LIMIT, timeout_s, types=frozenset(types)))


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (raw(HEAD + b"Content-Length: 4\r\n\r\nfile"), b"file"),
        (raw(HEAD + b"Content-Length: 4\r\n\r\nfile and much more"), b"file"),
        (raw(HEAD + b"Content-Length: 0\r\n\r\n"), b""),
        (raw(HEAD + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nfile"), b"file"),
        (
            raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n2;x=y\r\nle\r\n0\r\nX: 1\r\n\r\n"),
            b"file",
        ),
        (raw(HEAD + b"\r\nfile"), b"file"),
        (raw(b"HTTP/1.0 200 OK\r\n\r\nfile"), b"file"),
        (raw(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfile"), b"file"),
        (raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + HEAD + b"Content-Length: 4\r\n\r\nfile"), b"file"),
        (raw(HEAD + b"Content-Length: 4\r\nContent-Encoding: identity\r\n\r\nfile"), b"file"),
        (raw(*[bytes([one]) for one in HEAD + b"Content-Length: 4\r\n\r\nfile"], drip_s=0.0005), b"file"),
    ],
)
async def test_a_whole_file(answer: Answer, body: bytes) -> None:
    assert (await fetched(answer)).content == body


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (raw(HEAD + b"Content-Length: 5000\r\n\r\nhalf"), "broke off"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "broke off"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\nhalf"), "broke off"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhalf"), "broke off"),
        (raw(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "broke off"),
        (raw(HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nfile!"), "broke off"),
        (raw(HEAD + b"Content-Length: -4\r\n\r\nfile"), "broke off"),
        (raw(HEAD + b"Content-Length: 4x\r\n\r\nfile"), "broke off"),
        (raw(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nfile"), "broke off"),
        (raw(HEAD + b"X: \x00\r\n\r\nfile"), "broke off"),
        (raw(HEAD), "broke off"),
        (raw(b""), "broke off"),
        (raw(b"SSH-2.0-OpenSSH_9.9\r\n"), "broke off"),
        (raw(b"220 ftp ready\r\n\r\n"), "broke off"),
        (raw(b"HTTP/2 200\r\n\r\nfile"), "broke off"),
        (raw(b"\x16\x03\x01\x02\x00" * 100), "broke off"),
        (raw(b"HTTP/1.1 99 Low\r\n\r\n"), "broke off"),
        (raw(b"HTTP/1.1 999 High\r\n\r\n"), "not working"),
        (raw(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n"), "broke off"),
        (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "HTTP 204"),
        (
            raw(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-3/9\r\nContent-Length: 4\r\n\r\nfile"),
            "HTTP 206",
        ),
        (raw(HEAD + b"Content-Length: 100001\r\n\r\n"), "over my limit of 100 KB"),
        (raw(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"), "over my limit"),
    ],
)
async def test_no_file(answer: Answer, told: str) -> None:
    with pytest.raises(FileError, match=told):
        await fetched(answer)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (endless(HEAD + b"\r\n", bytes(10_000)), "over my limit"),
        (endless(b"HTTP/1.0 200 OK\r\n\r\n", bytes(10_000)), "over my limit"),
        (endless(HEAD + b"Content-Length: 10\r\n\r\n" + b"0123456789", bytes(10_000)), None),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nfile\r\n" * 2000), "over my limit"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 10_000), "broke off"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"x" * 10_000), "broke off"),
        (endless(HEAD + b"X: ", b"x" * 10_000), "broke off"),
        (endless(HEAD, b"X: yes\r\n" * 100), "broke off"),
        (endless(b"", b"x" * 10_000), "broke off"),
    ],
)  # fmt: skip
async def test_what_never_ends_is_ended_by_its_size(answer: Answer, told: str | None) -> None:
    tracemalloc.start()
    try:
        if told is None:
            assert (await fetched(answer)).content == b"0123456789"
        else:
            with pytest.raises(FileError, match=told):
                await fetched(answer)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        endless(HEAD + b"\r\n", b".", drip_s=0.01),
        endless(HEAD, b"X: 1\r\n", drip_s=0.01),
        endless(b"", b"H", drip_s=0.01),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", drip_s=0.01),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n", drip_s=0.01),
        raw(HEAD + b"Content-Length: 9\r\n\r\nhalf", *[b""] * 1000, close=False, drip_s=0.01),
        raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", *[b""] * 1000, close=False, drip_s=0.01),
    ],
)
async def test_what_comes_too_slowly_ends_at_the_deadline(answer: Answer) -> None:
    before = time.monotonic()
    with pytest.raises(FileError, match="too long"):
        await fetched(answer, timeout_s=0.4)
    assert time.monotonic() - before < 3


async def test_redirects_share_one_deadline() -> None:
    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(FileError, match="too long"):
        await fetched(answer, timeout_s=0.5)


async def test_the_body_of_a_redirect_is_not_read() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/file":
            location = b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n"
            await endless(location, bytes(10_000))(path, writer)
        else:
            await saying("200 OK", b"there")(path, writer)

    assert (await fetched(answer)).content == b"there"


@pytest.mark.parametrize(
    "coding", ["gzip", "GZIP", "deflate", "br", "zstd", "compress", "gzip, gzip", "identity, gzip", "x"]
)
async def test_a_packing_that_nobody_asked_for_is_not_opened(coding: str) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(FileError, match="packing"):
        await fetched(saying("200 OK", bomb, Content_Encoding=coding))


async def test_a_packed_file_is_a_file_as_it_is() -> None:
    packed = gzip.compress(b"log" * 100)
    assert (await fetched(saying("200 OK", packed, Content_Type="application/gzip"))).content == packed


@pytest.mark.parametrize(
    ("sent", "types", "is_taken"),
    [
        ("image/png", ["image/"], True),
        ("IMAGE/PNG; q=1", ["image/"], True),
        ("text/html; charset=utf-8", ["text/html", "text/plain"], True),
        ("text/html", [], True),
        ("", [], True),
        ("", ["image/"], False),
        ("text/html", ["image/"], False),
        ("imagery/png", ["image/"], False),
        ("text/html5", ["text/html"], False),
        ("image/png, text/html", ["text/html"], False),
        ("application/octet-stream", ["image/"], False),
    ],
)
async def test_only_the_types_that_are_wanted(sent: str, types: list[str], is_taken: bool) -> None:
    answer = saying("200 OK", b"<html>", Content_Type=sent)
    if is_taken:
        assert await fetched(answer, *types) == Fetched(b"<html>", sent, START)
    else:
        with pytest.raises(FileError, match="another kind"):
            await fetched(answer, *types)


async def test_a_page_under_another_type_is_left_to_the_reader() -> None:
    """What it is, is seen by its content, by who reads it."""
    page = b"<!DOCTYPE html><title>Sign in</title>"
    answer = saying("200 OK", page, Content_Type="application/octet-stream")
    assert (await fetched(answer)).content == page


async def test_many_slow_places_do_not_hold_up_a_quick_one() -> None:
    async with internet(endless(HEAD + b"\r\n", b".", drip_s=0.02), saying("200 OK", b"quick")) as net:
        async with net.fetcher() as fetcher, asyncio.TaskGroup() as tasks:
            slow = [
                tasks.create_task(ended(fetcher.get(START, Wanted(PUBLIC_WEB, LIMIT, 1.5))))
                for _ in range(30)
            ]
            before = time.monotonic()
            got = await fetcher.get("https://www.example.net/", Wanted(PUBLIC_WEB, LIMIT, 5))
            assert (got.content, time.monotonic() - before < 1.4) == (b"quick", True)
        assert [task.result() for task in slow] == ["The file took too long to download."] * 30


async def ended(download: Awaitable[Fetched]) -> str:
    try:
        await download
    except FileError as error:
        return error.told
    return "done"
