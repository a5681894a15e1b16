"""Slack's token is seen by Slack alone, wherever an address, or a server on the way, points."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.files import Files
from adapters.slack.stubs import NOT_OPENED
from core.errors import FileError
from core.message import Attachment
from tests.integration.fetcher_attempts import ALONE, FOREIGN, RELATIVE, URLS
from tests.integration.fetcher_stage import AWAY, HOME, Answer, Internet, house, internet, leading, saying

TOKEN = "xoxb-1-canary"
BEARER = f"Bearer {TOKEN}"
PICTURE = b"\x89PNG bytes"
SLACKS = ("files.slack.com", "works.slack.com", "slack-files.com")
LOGIN = b"\xef\xbb\xbf\n<!DOCTYPE html><html><title>Sign in | Slack</title>"


async def read(
    net: Internet, url: str, *trusted: str, name: str = "a.png", mime: str = "image/png", api: str = ""
) -> bytes:
    client = AsyncWebClient(TOKEN, api or "https://slack.com/api/", retry_handlers=[])
    async with net.fetcher(*trusted) as fetcher:
        return await Files(client, fetcher).read(Attachment("F1", name, mime, 1, url), 10_000)


def of_slack(net: Internet, *hosts: str) -> None:
    for host in hosts or SLACKS:
        net.name(host, [HOME])


@pytest.mark.parametrize("host", SLACKS)
async def test_slack_gets_it(host: str) -> None:
    async with internet(saying("200 OK", PICTURE)) as net:
        of_slack(net)
        assert await read(net, f"https://{host}/files-pri/T1-F1/a.png") == PICTURE
        assert (net.home.headers("Authorization"), net.home.names) == ([BEARER], [host])


@pytest.mark.parametrize("url", [*URLS, *ALONE[1:], *FOREIGN])
async def test_nobody_else_gets_it_by_a_forged_address(url: str) -> None:
    async with internet(saying("200 OK", PICTURE), saying("200 OK", PICTURE)) as net:
        of_slack(net)
        with pytest.raises(FileError):
            await read(net, url.replace("{port}", str(net.canary.port)))
        assert net.home.heads + net.away.heads + net.canary.heads == []


@pytest.mark.parametrize("location", [*URLS, *RELATIVE, *FOREIGN, "https://www.example.net/x"])
async def test_nobody_else_gets_it_by_a_redirect(location: str) -> None:
    async with internet(saying("200 OK"), saying("200 OK", PICTURE)) as net:
        of_slack(net)
        net.home.answer = leading(location.replace("{port}", str(net.canary.port)))
        with pytest.raises(FileError):
            await read(net, "https://files.slack.com/x")
        assert net.home.headers("Authorization") == [BEARER]
        assert net.away.heads + net.canary.heads == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_within_slack_it_stays_with_the_host_that_was_asked(status: int) -> None:
    async with internet(leading("https://works.slack.com/there", status), saying("200 OK", PICTURE)) as net:
        net.name("files.slack.com", [HOME])
        net.name("works.slack.com", [AWAY])
        assert await read(net, "https://files.slack.com/x") == PICTURE
        assert (net.home.headers("Authorization"), net.away.headers("Authorization")) == ([BEARER], [])


async def test_it_does_not_come_back_after_a_detour() -> None:
    detour: Answer = leading("https://files.slack.com/back")
    async with internet(leading("https://works.slack.com/there"), detour) as net:
        net.name("files.slack.com", [HOME])
        net.name("works.slack.com", [AWAY])
        with pytest.raises(FileError, match="place to place"):
            await read(net, "https://files.slack.com/x")
        assert len(net.home.heads) == 2
        assert net.home.headers("Authorization") == [BEARER]
        assert net.away.headers("Authorization") == []


async def test_a_forged_answer_for_slacks_name_does_not_get_it() -> None:
    async with internet(saying("200 OK", PICTURE)) as net:
        net.name("files.slack.com", ["127.0.0.1"])
        with pytest.raises(FileError, match="don't download from"):
            await read(net, "https://files.slack.com/x")
        # And one that is public, but has no certificate for the name.
        net.name("files.slack.com", [AWAY])
        async with house(saying("200 OK", PICTURE), tls=False) as plain:
            net.houses[AWAY] = plain
            with pytest.raises(FileError, match=r"can't reach|could not"):
                await read(net, "https://files.slack.com/x")
            assert plain.heads == []


async def test_another_platforms_place_of_the_operator_does_not_get_it() -> None:
    """A forged address may point to where Discord's API is said to be."""
    async with house(saying("200 OK", PICTURE), tls=False) as discord, internet(saying("200 OK")) as net:
        origin = f"http://127.0.0.1:{discord.port}"
        net.houses["127.0.0.1"] = discord
        assert await read(net, f"{origin}/attachments/x", origin) == PICTURE
        assert (len(discord.heads), discord.headers("Authorization")) == (1, [])


async def test_where_the_operator_says_that_slack_stands_it_is_sent() -> None:
    async with house(saying("200 OK", PICTURE), tls=False) as slack, internet(saying("200 OK")) as net:
        origin = f"http://127.0.0.1:{slack.port}"
        net.houses["127.0.0.1"] = slack
        assert await read(net, f"{origin}/files-pri/x", origin, api=f"{origin}/api/") == PICTURE
        assert slack.headers("Authorization") == [BEARER]
        for url in (
            f"http://127.0.0.1:{slack.port}@www.example.net/x",
            f"http://me@127.0.0.1:{slack.port}/x",
        ):
            with pytest.raises(FileError, match="don't download from"):
                await read(net, url, origin, api=f"{origin}/api/")
        assert len(slack.heads) == 1


@pytest.mark.parametrize("mime", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml"])
async def test_a_login_page_is_not_a_file(mime: str) -> None:
    async with internet(saying("200 OK", LOGIN, Content_Type=mime)) as net:
        of_slack(net)
        for name, claimed in (("a.png", "image/png"), ("a.html", "text/html")):
            with pytest.raises(FileError) as refused:
                await read(net, "https://files.slack.com/x", name=name, mime=claimed)
            assert refused.value.told == NOT_OPENED


@pytest.mark.parametrize("body", [LOGIN, b"<HTML lang=en>", b" \r\n" * 60 + b"<!doctype HTML>"])
async def test_a_login_page_under_another_type_is_not_a_file(body: bytes) -> None:
    async with internet(saying("200 OK", body, Content_Type="application/octet-stream")) as net:
        of_slack(net)
        with pytest.raises(FileError) as refused:
            await read(net, "https://files.slack.com/x")
        assert refused.value.told == NOT_OPENED


async def test_a_login_page_behind_a_redirect_is_not_a_file() -> None:
    page = saying("200 OK", LOGIN, Content_Type="text/html")
    async with internet(leading("https://works.slack.com/?redir=%2Ffiles-pri"), page) as net:
        net.name("files.slack.com", [HOME])
        net.name("works.slack.com", [AWAY])
        with pytest.raises(FileError) as refused:
            await read(net, "https://files.slack.com/x")
        assert refused.value.told == NOT_OPENED


@pytest.mark.parametrize(("name", "mime"), [("a.html", "text/plain"), ("a.HTM", ""), ("page", "text/html")])
async def test_a_web_page_that_somebody_shares_is_a_file(name: str, mime: str) -> None:
    kept = {"Content_Type": "text/html", "Content_Disposition": f'attachment; filename="{name}"'}
    async with internet(saying("200 OK", LOGIN, **kept)) as net:
        of_slack(net)
        assert await read(net, "https://files.slack.com/x", name=name, mime=mime) == LOGIN
