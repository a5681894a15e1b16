"""Who may talk to the page's server, tried over real HTTP."""

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.browser.served import Served, served
from tests.browser.small_core import DEADLINE, SmallCore

PATHS = ("/api/about", "/api/conversations", "/api/conversations/{id}", "/api/events?conversation={id}")


@pytest.fixture
async def http(site: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.url, timeout=DEADLINE) as client:
        yield client


async def send(http: httpx.AsyncClient, **headers: str) -> httpx.Response:
    path = f"/api/conversations/{uuid.uuid4()}/messages"
    return await http.post(
        path, files={"id": (None, str(uuid.uuid4())), "text": (None, "x")}, headers=headers
    )


def origin_of(http: httpx.AsyncClient) -> str:
    return str(http.base_url).rstrip("/")


async def test_the_cookie_is_for_this_page_only(http: httpx.AsyncClient, site: Served) -> None:
    page = await http.get("/")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith(f"tampu_{site.port}=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly",
        "path=/",
        "samesite=strict",
    }


async def test_no_call_without_the_token_of_this_start(http: httpx.AsyncClient, core: SmallCore) -> None:
    for path in PATHS:
        answer = await http.get(path.format(id=uuid.uuid4()))
        assert (answer.status_code, answer.json()) == (401, {"error": "stale"})
    assert (await send(http, origin=origin_of(http))).status_code == 401
    stop = await http.post(f"/api/conversations/{uuid.uuid4()}/stop", headers={"origin": origin_of(http)})
    assert stop.status_code == 401
    assert (core.events, core.commands) == ([], [])


async def test_a_token_from_before_a_restart_is_stale(core: SmallCore) -> None:
    async with served(core) as first, httpx.AsyncClient(base_url=first.url) as http:
        await http.get("/")
        assert (await http.get("/api/about")).status_code == 200
    async with (
        served(core, port=first.port),
        httpx.AsyncClient(base_url=first.url, cookies=http.cookies) as http,
    ):
        stale = await http.get("/api/about")
        assert (stale.status_code, stale.json()) == (401, {"error": "stale"})
        await http.get("/")
        assert (await http.get("/api/about")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/api/about"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1.nip.io:{port}", ""]
)
async def test_a_foreign_name_gets_nothing(
    http: httpx.AsyncClient, site: Served, path: str, host: str
) -> None:
    await http.get("/")
    answer = await http.get(path, headers={"host": host.format(port=site.port)})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


async def test_its_own_names_are_served(http: httpx.AsyncClient, site: Served) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert (await http.get("/", headers={"host": f"{host}:{site.port}"})).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:{port}", "http://127.0.0.1", ""]
)
async def test_a_foreign_origin_gets_nothing(
    http: httpx.AsyncClient, site: Served, core: SmallCore, origin: str
) -> None:
    await http.get("/")
    foreign = origin.format(port=site.port)
    assert (await send(http, origin=foreign)).status_code == 403
    events = await http.get(f"/api/events?conversation={uuid.uuid4()}", headers={"origin": foreign})
    assert events.status_code == 403
    assert core.events == []


async def test_a_post_without_an_origin_gets_nothing(http: httpx.AsyncClient, core: SmallCore) -> None:
    await http.get("/")
    assert (await send(http)).status_code == 403
    assert core.events == []


@pytest.mark.parametrize("kind", ["cross-site", "same-site"])
async def test_another_site_s_fetch_gets_nothing(http: httpx.AsyncClient, kind: str) -> None:
    await http.get("/", headers={"sec-fetch-site": kind})
    assert (await http.get("/api/about", headers={"sec-fetch-site": kind})).status_code == 403
    assert (await http.get("/api/about", headers={"sec-fetch-site": "same-origin"})).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/static/page.js", "/static/none.js", "/api/about", "/none", "/api/none"]
)
async def test_every_answer_is_guarded(http: httpx.AsyncClient, path: str) -> None:
    await http.get("/")
    headers = (await http.get(path)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../adapter.py",
        "/static/%2e%2e/adapter.py",
        "/static/..%2fadapter.py",
        "/static//etc/passwd",
        "/static/",
    ],
)
async def test_only_the_page_s_own_files_are_served(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text


async def test_files_have_their_types_and_are_sent_once(http: httpx.AsyncClient) -> None:
    kinds = {"page.js": "text/javascript", "base.css": "text/css", "favicon.svg": "image/svg+xml"}
    for name, kind in kinds.items():
        first = await http.get(f"/static/{name}")
        assert (first.status_code, first.headers["content-type"].split(";")[0]) == (200, kind)
        again = await http.get(f"/static/{name}", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_what_may_not_be_done_is_not_done(http: httpx.AsyncClient, core: SmallCore) -> None:
    await http.get("/")
    headers = {"origin": origin_of(http)}
    for method in ("DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"):
        answer = await http.request(method, "/api/conversations", headers=headers)
        assert answer.status_code == 405, method
    assert (await http.get(f"/api/conversations/{uuid.uuid4()}/messages")).status_code == 405
    assert core.events == []


async def test_open_to_other_machines_it_wants_the_key_of_the_printed_address(core: SmallCore) -> None:
    async with served(core, host="0.0.0.0") as site, httpx.AsyncClient(timeout=DEADLINE) as http:
        bare, key = site.url.split("?key=")
        for wrong in (bare, f"{bare}?key=", f"{bare}?key={key}x", f"{bare}?key=%ff"):
            answer = await http.get(wrong)
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
            assert key not in answer.text
        assert (await http.get(site.url)).status_code == 200
        # The cookie is enough from then on: the page takes the key out of the address.
        assert (await http.get(bare)).status_code == 200
        assert (await http.get(f"{bare}api/about")).status_code == 200
