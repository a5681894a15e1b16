"""The bytes of files that people share in Slack."""

from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.stubs import NOT_OPENED, asked
from core.errors import FileError
from core.files.download import Fetched, Wanted
from core.files.faults import LOGIN_PAGE
from core.files.origins import HTTPS_PORT, is_named, origin_of
from core.message import Attachment

HOSTS = frozenset({"files.slack.com", ".slack.com", "slack-files.com"})
DOWNLOAD_S = 30.0


class Fetcher(Protocol):
    """Downloads from allowed hosts only; the files' own guard."""

    async def get(self, url: str, wanted: Wanted) -> Fetched:
        """What is behind ``url``. Raises ``FileError``."""


class Files:
    """Reads files. The token goes to Slack's hosts only, or to where our API address points."""

    def __init__(self, client: AsyncWebClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """A file's bytes. Raises ``FileError``."""
        url = attachment.locator or (await asked(self._client, attachment)).locator
        headers = {"Authorization": f"Bearer {self._client.token}"} if self._is_slacks(url) else {}
        wanted = Wanted(HOSTS, max_bytes, DOWNLOAD_S, headers, behind_login=True)
        try:
            content = (await self._fetcher.get(url, wanted)).content
        except FileError as error:
            raise FileError(NOT_OPENED) if error.told == LOGIN_PAGE else error from None
        if _is_page(content) and not _may_be_page(attachment):
            raise FileError(NOT_OPENED)
        return content

    def _is_slacks(self, url: str) -> bool:
        """By the fetcher's own reading of the address: two readings could differ about the host."""
        asked = origin_of(url)
        if asked == origin_of(self._client.base_url):
            return True
        return (asked.scheme, asked.port) == ("https", HTTPS_PORT) and is_named(asked.host, HOSTS)


def _is_page(content: bytes) -> bool:
    """Whether it begins like the page of a login that came under a file's name."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _may_be_page(attachment: Attachment) -> bool:
    return "html" in attachment.mime or attachment.name.lower().endswith((".htm", ".html", ".xhtml"))
