"""Every way into a network that is not public is closed, and nobody there hears a knock."""

from collections.abc import Sequence

import pytest

from core.errors import FileError
from core.files.download import PUBLIC_WEB, Everywhere, Wanted
from tests.integration.fetcher_attempts import ALONE, ANSWERS, FOREIGN, RELATIVE, URLS
from tests.integration.fetcher_stage import HOME, Internet, internet, leading, saying

LIMIT = 10_000
REFUSED = r"don't download from|not a valid one"
START = "https://www.example.org/file"
SLACK = frozenset({"files.slack.com", ".slack.com", "slack-files.com"})
TOKEN = {"Authorization": "Bearer xoxb-canary"}


def short(value: object) -> str:
    """A name for a case, in ASCII and of a length that can be printed."""
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return ascii(text)[1:61]


async def refused(net: Internet, url: str, hosts: frozenset[str] | Everywhere = PUBLIC_WEB) -> None:
    async with net.fetcher() as fetcher:
        with pytest.raises(FileError, match=REFUSED):
            await fetcher.get(url, Wanted(hosts, LIMIT, 5, TOKEN))


@pytest.mark.parametrize("url", [*URLS, *ALONE], ids=short)
async def test_an_address(url: str) -> None:
    async with internet(saying("200 OK", b"page")) as net:
        await refused(net, url.replace("{port}", str(net.canary.port)))
        assert net.dialled == []


@pytest.mark.parametrize("location", [*URLS, *RELATIVE], ids=short)
async def test_a_redirect(location: str) -> None:
    async with internet(saying("200 OK")) as net:
        net.home.answer = leading(location.replace("{port}", str(net.canary.port)))
        await refused(net, START)
        assert net.dialled == [(HOME, 443)]
        assert len(net.home.heads) == 1


@pytest.mark.parametrize("answer", ANSWERS, ids=short)
async def test_a_name_of_the_public_web(answer: Sequence[str]) -> None:
    async with internet(saying("200 OK", b"page")) as net:
        net.name("www.example.org", answer)
        await refused(net, START)
        assert (net.asked, net.dialled) == (["www.example.org"], [])


@pytest.mark.parametrize("answer", ANSWERS, ids=short)
async def test_a_name_that_is_allowed_and_was_forged(answer: Sequence[str]) -> None:
    async with internet(saying("200 OK", b"page")) as net:
        net.name("files.slack.com", answer)
        await refused(net, "https://files.slack.com/x", SLACK)
        assert (net.asked, net.dialled) == (["files.slack.com"], [])


@pytest.mark.parametrize("answer", ANSWERS, ids=short)
async def test_a_redirect_to_a_name(answer: Sequence[str]) -> None:
    async with internet(leading("https://www.example.net/x")) as net:
        net.name("www.example.net", answer)
        await refused(net, START)
        assert net.dialled == [(HOME, 443)]


@pytest.mark.parametrize("url", [*URLS, *ALONE, *FOREIGN], ids=short)
async def test_a_host_that_is_not_slacks(url: str) -> None:
    async with internet(saying("200 OK", b"page")) as net:
        await refused(net, url.replace("{port}", str(net.canary.port)), SLACK)
        assert (net.asked, net.dialled) == ([], [])


def test_the_suite_is_long_enough() -> None:
    attempts = {
        "addresses": (*URLS, *ALONE),
        "redirects": (*URLS, *RELATIVE),
        "names": ANSWERS,
        "forged names": ANSWERS,
        "redirects to names": ANSWERS,
        "hosts": (*URLS, *ALONE, *FOREIGN),
    }
    for kind, tried in attempts.items():
        assert len(set(tried)) == len(tried), kind
    assert len(URLS) + len(ANSWERS) >= 80
    counts = {kind: len(tried) for kind, tried in attempts.items()}
    print(f"{sum(counts.values())} attempts: {counts}")  # noqa: T201 - the figure is asked for
