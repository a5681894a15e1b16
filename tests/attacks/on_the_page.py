"""Attempts on the page: by somebody in the network, by another site, and at what is not its own."""

import asyncio
import uuid
from collections.abc import Sequence

import httpx

from core.address import Address
from tests.attacks.canaries import Sight
from tests.attacks.house import House
from tests.attacks.table import Table
from tests.emulators.slack import TEAM
from tests.integration.web_stage import Visitor

PAGE: Table[House] = Table("page")

# {id} is A's conversation.
PATHS = (
    "/api/about",
    "/api/conversations",
    "/api/conversations/{id}",
    "/api/events?conversation={id}",
    "/api/conversations/{id}/messages",
    "/api/conversations/{id}/stop",
    "/%61pi/conversations/{id}",
    "//api/conversations/{id}",
    "/static/../api/conversations/{id}",
    "/static/%2e%2e/api/conversations/{id}",
    "/static/..%2f..%2f..%2fdata%2ftampu.db",
    "/static/tampu.db",
    "/API/conversations/{id}",
    "/api/conversations/{id}/",
    "/api/conversations/{id}/files/0",
    "/api/uploads/{id}.0",
    "/?key=",
    "/?key=%00",
    "/?conversation={id}",
)
COOKIES = (
    "",
    "tampu_{port}=",
    "tampu_{port}=A",
    "tampu_{port}=%22%22",
    "tampu_8787=x; tampu_{port}=null",
    "key=x",
)
HOSTS = (
    "tampu.evil.example:{port}",
    "127.0.0.1.nip.io:{port}",
    "localhost.evil.example",
    "127.0.0.1:{port}@evil.example",
    "2130706433:{port}x",
)
ORIGINS = (
    "http://evil.example",
    "null",
    "http://127.0.0.1",
    "https://127.0.0.1:{port}.evil.example",
    "file://",
)
NOT_OURS = (
    "{slack}",
    "slack%3A{team}%3A{direct}%3A{dm}",
    "{dm}",
    "{direct}",
    "{den}",
    "..%2F..%2Fconversations",
    "%25",
    "*",
    "{upper}",
    "{id}%00",
    "{id}%20",
    "{id}'%20OR%20''='",
)
TYPED = (
    "/pins",
    "/unpin 1",
    "/settings",
    "/settings persona",
    "/model",
    "/usage",
    "/rules",
    "/forget",
    "/help",
    "/pins {slack}",
)


def named(house: House, text: str) -> str:
    """A text with A's ids in it."""
    direct, conversation = house.slack.direct("U1"), house.page.conversation
    names = {
        "id": conversation,
        "upper": conversation.upper(),
        "dm": house.dm,
        "direct": direct,
        "team": TEAM,
    }
    names["den"] = house.den.id if house.den else ""
    names["slack"] = Address("slack", TEAM, direct, house.dm).key
    names["port"] = house.origin.rpartition(":")[2]
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def calls(house: House) -> list[str]:
    """What the page itself asks for."""
    return [named(house, path) for path in PATHS[:4]]


def outside(house: House, **headers: str) -> httpx.AsyncClient:
    """Somebody who can reach the page and was not given its key."""
    return httpx.AsyncClient(base_url=house.origin, headers=headers, timeout=15)


async def raw(house: House, lines: Sequence[str]) -> str:
    """Send a request as it stands, which no client would, and return what comes."""
    port = int(house.origin.rpartition(":")[2])
    async with asyncio.timeout(15):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(("\r\n".join((*lines, "connection: close", "", ""))).encode())
        await writer.drain()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    house.shown.append(Sight(f"the answer to {lines[0]}", answer.decode(errors="replace")))
    return answer.decode(errors="replace")


@PAGE.each("somebody without the key asks for it", *PATHS)
async def a_request_without_a_cookie(house: House, path: str) -> None:
    path = named(house, path)
    async with outside(house, origin=house.origin) as http:
        for method in ("GET", "HEAD", "POST"):
            answer = await house.fetches(http, method, path)
            assert answer.status_code in {401, 404, 405}
            assert "set-cookie" not in answer.headers
    text = await raw(house, (f"GET {path} HTTP/1.1", f"host: 127.0.0.1:{named(house, '{port}')}"))
    assert text.split(" ")[1] in {"401", "404", "400"}


@PAGE.each("somebody makes a cookie up", *COOKIES)
async def a_made_up_cookie(house: House, cookie: str) -> None:
    async with outside(house, cookie=named(house, cookie)) as http:
        assert await house.fetches_each(http, calls(house)) == {401}


@PAGE.each("a foreign name leads to this machine, in A's own browser", *HOSTS)
async def a_rebound_name(house: House, host: str) -> None:
    cookie = f"cookie: {_cookie(house)}"
    for path in ("/", *PATHS[:4]):
        text = await raw(house, (f"GET {named(house, path)} HTTP/1.1", f"host: {named(house, host)}", cookie))
        assert text.split(" ")[1] in {"421", "400"}
        assert "set-cookie" not in text


@PAGE.each("another site asks, in A's own browser", *ORIGINS)
async def another_origin(house: House, origin: str) -> None:
    async with outside(house, origin=named(house, origin), cookie=_cookie(house)) as http:
        assert await house.fetches_each(http, calls(house)) == {403}
        sent = {"id": str(uuid.uuid4()), "text": "/pins"}
        answer = await house.fetches(http, "POST", named(house, PATHS[4]), data=sent)
        assert answer.status_code == 403


@PAGE.one("another site fetches without an origin, as a picture, a frame or a script would")
async def a_fetch_of_another_site(house: House) -> None:
    for kind in ("cross-site", "same-site"):
        async with outside(house, cookie=_cookie(house), **{"sec-fetch-site": kind}) as http:
            assert await house.fetches_each(http, calls(house)) == {403}


@PAGE.one("the stream of A's conversation is taken up where somebody else was")
async def a_resumed_stream(house: House) -> None:
    for number in ("0", "1", "999", "%", house.page.conversation):
        async with outside(house, **{"last-event-id": number, "accept": "text/event-stream"}) as http:
            answer = await house.fetches(http, "GET", named(house, PATHS[3]))
            assert answer.status_code == 401


@PAGE.one("a request hides in another, or claims to come from this machine")
async def a_smuggled_request(house: House) -> None:
    host = f"host: 127.0.0.1:{named(house, '{port}')}"
    target = named(house, "/api/conversations/{id}")
    requests = (
        (f"GET {house.origin}{target} HTTP/1.1", host),
        (f"GET {target} HTTP/1.0",),
        (f"GET {target} HTTP/1.1", host, "x-forwarded-for: 127.0.0.1", "x-forwarded-host: localhost"),
        (f"GET {target} HTTP/1.1", host, "x-original-url: /", "x-rewrite-url: /"),
        ("GET / HTTP/1.1", host, f"x-original-url: {target}"),
        (f"GET {target} HTTP/1.1", host, "upgrade: websocket", "sec-websocket-version: 13"),
        ("POST / HTTP/1.1", host, "x-http-method-override: GET", "content-length: 0"),
        (f"TRACE {target} HTTP/1.1", host),
    )
    for lines in requests:
        text = await raw(house, lines)
        assert text.split(" ")[1] in {"400", "401", "403", "404", "405", "421"}, lines


@PAGE.each("who is at the page asks it for what is of Slack and Discord", *NOT_OURS)
async def what_is_not_the_pages(house: House, conversation: str) -> None:
    wanted, http = named(house, conversation), house.page.http
    path = f"/api/conversations/{wanted}"
    assert await house.fetches_each(http, [path, f"/api/events?conversation={wanted}"]) == {404}
    statuses = await house.fetches_each(http, [f"{path}/stop", f"{path}/messages"], "POST")
    assert statuses <= {404, 405}


@PAGE.each("a command typed on the page, in a conversation that begins with it", *TYPED)
async def typed(house: House, words: str) -> None:
    conversation, sent = str(uuid.uuid4()), {"id": str(uuid.uuid4()), "text": named(house, words)}
    path = f"/api/conversations/{conversation}"
    answer = await house.fetches(
        house.page.http, "POST", f"{path}/messages", data=sent, files=[("nothing", ("", b""))]
    )
    assert answer.status_code == 202
    await Visitor(house.page.http, conversation).answered()
    await house.fetches(house.page.http, "GET", path)


@PAGE.one("the list of conversations of the page names no other")
async def the_list(house: House) -> None:
    answer = await house.page.http.get("/api/conversations")
    text = answer.text
    for what in ("words on the page", "an answer on the page"):
        # Whoever has the key is A here, and reads the beginning of the question.
        text = text.replace(house.secrets.word(what), "")
    house.shown.append(Sight("the list of conversations", text))


@PAGE.one("a message goes to a new conversation under the id of A's message, with A's file's name")
async def a_message_with_the_id_of_as(house: House) -> None:
    first = (await house.page.shown())[0]
    conversation = str(uuid.uuid4())
    path = f"/api/conversations/{conversation}"
    sent = {"id": str(first["id"]), "text": "Print the file."}
    file = ("files", ("paper.txt", b""))
    answer = await house.fetches(house.page.http, "POST", f"{path}/messages", data=sent, files=[file])
    assert answer.json() == {"verdict": "duplicate"}
    await house.fetches(house.page.http, "GET", path)


def _cookie(house: House) -> str:
    return "; ".join(f"{name}={value}" for name, value in house.page.http.cookies.items())
