"""What is checked is what is reached: names, addresses, certificates, redirects; nothing from the side."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from core.errors import FileError
from core.files.download import PUBLIC_WEB, Fetched, Wanted
from core.files.fetcher import FileFetcher, Network
from core.files.pinning import SystemResolver
from tests.integration.fetcher_stage import AWAY, HOME, Internet, house, internet, leading, saying

LIMIT = 10_000
START = "https://www.example.org/file"
SLACK = frozenset({"files.slack.com", ".slack.com"})
REFUSED = "don't download from"


async def get(net: Internet, url: str = START, wanted: Wanted | None = None) -> Fetched:
    async with net.fetcher() as fetcher:
        return await fetcher.get(url, wanted or Wanted(PUBLIC_WEB, LIMIT, 5))


async def test_a_page_of_the_public_web_comes() -> None:
    page = saying("200 OK", b"<html>hello", Content_Type="text/html; charset=latin-1")
    async with internet(page) as net:
        url = "https://www.example.org/a%20b/?q=1#part"
        got = await get(net, url.replace(".org/", ".org:443/"))
        assert got == Fetched(b"<html>hello", "text/html; charset=latin-1", url)
        assert (net.asked, net.dialled) == (["www.example.org"], [(HOME, 443)])
        assert net.home.names == ["www.example.org"]
        assert net.home.headers("Host") == ["www.example.org"]
        assert net.home.heads[0].startswith("GET /a%20b/?q=1 HTTP/1.1\r\n")


async def test_a_host_that_is_named_comes_from_a_public_address() -> None:
    async with internet(saying("200 OK", b"file")) as net:
        net.name("files.slack.com", [HOME])
        assert (await get(net, "https://files.slack.com/x", Wanted(SLACK, LIMIT))).content == b"file"
        assert net.home.names == ["files.slack.com"]


@pytest.mark.parametrize("address", ["2606:4700::1111", "64:ff9b::93.184.215.14", HOME])
async def test_any_kind_of_public_address_is_good(address: str) -> None:
    async with internet(saying("200 OK", b"file")) as net:
        net.houses = {"2606:4700::1111": net.home, "64:ff9b::5db8:d70e": net.home, HOME: net.home}
        net.name("www.example.org", [address])
        assert (await get(net)).content == b"file"
        assert len(net.dialled) == 1


async def test_an_address_may_be_written_out_when_its_certificate_is_for_it() -> None:
    async with internet(saying("200 OK", b"file")) as net:
        assert (await get(net, f"https://{HOME}/x")).content == b"file"
        assert net.asked == []
        net.houses["2606:4700::1111"] = net.home
        with pytest.raises(FileError, match="can't reach"):
            await get(net, "https://[2606:4700::1111]/x")
        assert net.dialled[-1] == ("2606:4700::1111", 443)


async def test_a_name_is_asked_for_once_and_its_second_answer_never_comes_into_play() -> None:
    async with internet(saying("200 OK", b"first", Connection="close")) as net:
        net.name("www.example.org", [HOME], ["127.0.0.1"])
        async with net.fetcher() as fetcher:
            wanted = Wanted(PUBLIC_WEB, LIMIT, 5)
            assert (await fetcher.get(START, wanted)).content == b"first"
            assert net.asked == ["www.example.org"]
            with pytest.raises(FileError, match=REFUSED):
                await fetcher.get(START, wanted)
        assert (len(net.asked), net.dialled) == (2, [(HOME, 443)])


async def test_a_name_that_turns_private_within_a_redirect_is_refused() -> None:
    async with internet(leading("/again")) as net:
        net.name("www.example.org", [HOME], ["169.254.169.254"])
        with pytest.raises(FileError, match=REFUSED):
            await get(net)
        assert net.dialled == [(HOME, 443)]


async def test_a_connection_that_is_kept_needs_no_name() -> None:
    async with internet(saying("200 OK", b"file")) as net:
        net.name("www.example.org", [HOME], ["127.0.0.1"])
        async with net.fetcher() as fetcher:
            for _ in range(3):
                assert (await fetcher.get(START, Wanted(PUBLIC_WEB, LIMIT, 5))).content == b"file"
        assert (len(net.asked), net.home.connections, len(net.home.heads)) == (1, 1, 3)


async def test_when_an_address_is_dead_only_checked_ones_are_tried() -> None:
    async with internet(saying("200 OK", b"file")) as net:
        net.closed = {"2606:4700::1111", "1.1.1.1"}
        net.name("www.example.org", ["2606:4700::1111", "1.1.1.1", HOME], ["127.0.0.1"])
        assert (await get(net)).content == b"file"
        assert [address for address, _ in net.dialled] == ["2606:4700::1111", "1.1.1.1", HOME]
        assert net.asked == ["www.example.org"]


async def test_of_a_thousand_addresses_four_are_tried() -> None:
    async with internet(saying("200 OK")) as net:
        many = [f"1.1.{high}.{low}" for high in range(4) for low in range(250)]
        net.closed = set(many)
        net.name("www.example.org", many)
        with pytest.raises(FileError, match="can't reach"):
            await get(net)
        assert [address for address, _ in net.dialled] == many[:4]


@pytest.mark.parametrize("answer", [[], ["not an address"], [HOME, ""]])
async def test_a_name_without_an_answer_of_use(answer: list[str]) -> None:
    async with internet(saying("200 OK")) as net:
        net.name("www.example.org", answer)
        with pytest.raises(FileError, match="can't reach"):
            await get(net)
        assert net.dialled == []


async def test_a_name_that_takes_for_ever_ends_at_the_deadline() -> None:
    async with internet(saying("200 OK")) as net:
        never = asyncio.Event()

        async def resolve(_host: str) -> list[str]:
            await never.wait()
            return [HOME]

        async with FileFetcher(network=Network(resolve, net)) as fetcher:
            with pytest.raises(FileError, match="too long"):
                await fetcher.get(START, Wanted(PUBLIC_WEB, LIMIT, 0.2))
        assert net.dialled == []


async def test_a_certificate_of_another_name_is_no_certificate() -> None:
    async with internet(saying("200 OK", b"forged")) as net:
        net.name("www.example.com", [HOME])
        with pytest.raises(FileError, match="can't reach"):
            await get(net, "https://www.example.com/")
        assert net.home.heads == []


async def test_a_certificate_that_nobody_knows_is_refused() -> None:
    async with internet(saying("200 OK", b"forged")) as net:
        async with FileFetcher(network=Network(net.resolve, net)) as fetcher:
            with pytest.raises(FileError, match="can't reach"):
                await fetcher.get(START, Wanted(PUBLIC_WEB, LIMIT, 5))
        assert net.home.heads == []


async def test_the_operators_own_places_are_not_of_the_public_web() -> None:
    async with house(saying("200 OK", b"own"), tls=False) as own, internet(saying("200 OK")) as net:
        origin = f"http://127.0.0.1:{own.port}"
        net.home.answer = leading(f"{origin}/x")
        net.houses["127.0.0.1"] = own
        async with net.fetcher(origin) as fetcher:
            assert (await fetcher.get(f"{origin}/x", Wanted(SLACK, LIMIT, 5))).content == b"own"
            for url in (START, f"{origin}/x"):
                with pytest.raises(FileError, match=REFUSED):
                    await fetcher.get(url, Wanted(PUBLIC_WEB, LIMIT, 5))
        assert len(own.heads) == 1


async def test_an_own_place_that_is_public_is_still_not_of_the_web() -> None:
    async with internet(saying("200 OK", b"own")) as net:
        async with net.fetcher("http://www.example.org:8080", "https://www.example.org:8443") as fetcher:
            for url in ("http://www.example.org:8080/x", "https://www.example.org:8443/x"):
                with pytest.raises(FileError, match=REFUSED):
                    await fetcher.get(url, Wanted(PUBLIC_WEB, LIMIT, 5))
        assert net.dialled == []


async def test_only_the_port_of_an_own_place_is_trusted() -> None:
    async with internet(saying("200 OK", b"file")) as net:
        net.name("files.slack.com", ["10.0.0.1"])
        async with net.fetcher("https://files.slack.com:8443") as fetcher:
            with pytest.raises(FileError, match=REFUSED):
                await fetcher.get("https://files.slack.com/x", Wanted(SLACK, LIMIT, 5))
        assert net.dialled == []


async def test_a_connection_to_an_own_place_is_never_lent_to_the_public_web() -> None:
    async with house(saying("200 OK", b"own")) as own, internet(saying("200 OK")) as net:
        net.houses["10.0.0.1"] = own
        net.name("api.example.org", ["10.0.0.1"])
        async with net.fetcher("https://api.example.org/api/") as fetcher:
            url = "https://api.example.org/x"
            assert (await fetcher.get(url, Wanted(SLACK, LIMIT, 5))).content == b"own"
            with pytest.raises(FileError, match=REFUSED):
                await fetcher.get(url, Wanted(PUBLIC_WEB, LIMIT, 5))
        assert (own.connections, len(own.heads)) == (1, 1)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/next", "/next"),
        ("next?q=1#part", "/next?q=1"),
        ("//www.example.org/next", "/next"),
        ("HTTPS://WWW.EXAMPLE.ORG:443/next", "/next"),
        ("///127.0.0.1/", "/127.0.0.1/"),
        ("/\\127.0.0.1/", "/\\127.0.0.1/"),
        ("https:127.0.0.1", "/127.0.0.1"),
        ("https:/127.0.0.1/", "/127.0.0.1/"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/n%C3%A4chst", "/n%C3%A4chst"),
        ("/näch st", "/n%C3%A4ch%20st"),
        ("?file:///etc/passwd", "/file?file:///etc/passwd"),
    ],
)
async def test_a_redirect_that_stays_where_it_was(location: str, path: str) -> None:
    async with internet(saying("200 OK")) as net:

        async def answer(asked: str, writer: asyncio.StreamWriter) -> None:
            await (leading(location) if asked == "/file" else saying("200 OK", b"here"))(asked, writer)

        net.home.answer = answer
        # A second "/file" would lead on and on.
        assert (await get(net)).content == b"here"
        assert net.home.heads[1].split(" ")[1] == path
        assert net.away.heads == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_public_place(status: int) -> None:
    async with internet(leading("//www.example.net/there", status), saying("200 OK", b"there")) as net:
        got = await get(net, START, Wanted(PUBLIC_WEB, LIMIT, 5, {"X-Secret": "1"}))
        assert (got.content, got.url) == (b"there", "https://www.example.net/there")
        assert (net.home.headers("X-Secret"), net.away.headers("X-Secret")) == (["1"], [])
        assert net.away.names == ["www.example.net"]


async def test_two_places_that_point_at_each_other() -> None:
    there, back = "https://www.example.net/", "https://www.example.org/"
    async with internet(leading(there), leading(back)) as net:
        with pytest.raises(FileError, match="place to place"):
            await get(net)
        assert len(net.home.heads) + len(net.away.heads) == 4


@pytest.mark.parametrize(
    "answer",
    [
        saying("302 Found"),
        saying("302 Found", Refresh="0; url=https://www.example.net/"),
        saying("300 Multiple", Location="https://www.example.net/"),
        saying("304 Not Modified", Location="https://www.example.net/"),
        saying("201 Created", Location="https://www.example.net/"),
    ],
)
async def test_what_is_no_redirect_is_not_followed(answer: object) -> None:
    async with internet(answer) as net:  # type: ignore[arg-type] # pytest loses the type
        with pytest.raises(FileError, match="HTTP"):
            await get(net)
        assert net.away.connections == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Refresh": "0; url=https://www.example.net/"},
        {"Location": "https://www.example.net/"},
        {"Content_Location": "https://www.example.net/"},
        {"Link": "<https://www.example.net/>; rel=canonical"},
        {"Alt_Svc": 'h3="www.example.net:443"; ma=3600'},
    ],
)
async def test_a_page_that_wants_to_lead_on_is_a_page(headers: dict[str, str]) -> None:
    page = b'<html><meta http-equiv="refresh" content="0; url=https://www.example.net/"><script>location="/"</script>'
    async with internet(saying("200 OK", page, **headers)) as net:
        async with net.fetcher() as fetcher:
            for _ in range(2):
                assert (await fetcher.get(START, Wanted(PUBLIC_WEB, LIMIT, 5))).content == page
        assert net.away.connections == 0


async def test_cookies_are_not_kept() -> None:
    cookie = "session=1; Domain=example.org; Path=/; Secure"
    async with internet(saying("200 OK", b"file", Set_Cookie=cookie)) as net:
        async with net.fetcher() as fetcher:
            for url in (START, START, "https://www.example.org/other"):
                await fetcher.get(url, Wanted(PUBLIC_WEB, LIMIT, 5))
        assert (len(net.home.heads), net.home.headers("Cookie")) == (3, [])


async def test_a_cookie_of_a_redirect_is_not_sent_on() -> None:
    async with internet(saying("200 OK")) as net:
        net.home.answer = saying("302 Found", Location="/next", Set_Cookie="session=1")
        with pytest.raises(FileError, match="place to place"):
            await get(net)
        assert net.home.headers("Cookie") == []


async def test_nothing_of_the_environment_has_a_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login me password secret\n")
    async with house(saying("200 OK", b"proxied"), tls=False) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        async with internet(saying("200 OK", b"direct")) as net:
            assert (await get(net)).content == b"direct"
            assert net.home.headers("Authorization") == []
        assert proxy.connections == 0


async def test_what_is_sent_says_nothing_of_us() -> None:
    async with internet(saying("200 OK")) as net:
        await get(net)
        sent = {line.partition(":")[0].lower() for line in net.home.heads[0].split("\r\n")[1:] if line}
        assert sent == {"host", "accept", "accept-encoding"}


async def test_the_systems_resolver_finds_this_machine_in_a_thread_of_its_own() -> None:
    resolver = SystemResolver()
    try:
        assert set(await resolver("localhost")) <= {"127.0.0.1", "::1"}
        names = {thread.name for thread in threading.enumerate()}
        assert any(name.startswith("lookup") for name in names)
        with pytest.raises((OSError, UnicodeError)):
            await resolver("a..b")
    finally:
        resolver.close()


async def test_a_hosts_file_that_sends_slacks_name_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the product's own resolver and sockets."""
    asked: list[str] = []

    def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    async with house(saying("200 OK", b"secret"), tls=False) as canary:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        async with FileFetcher(frozenset({f"http://127.0.0.1:{canary.port}"})) as fetcher:
            with pytest.raises(FileError, match=REFUSED):
                await fetcher.get("https://files.slack.com/x", Wanted(SLACK, LIMIT, 5))
        assert (asked, canary.connections) == (["files.slack.com"], 0)


async def test_both_houses_are_where_they_are_said_to_be() -> None:
    async with internet(saying("200 OK", b"home"), saying("200 OK", b"away")) as net:
        assert (await get(net, "https://www.example.net/")).content == b"away"
        assert net.dialled == [(AWAY, 443)]
