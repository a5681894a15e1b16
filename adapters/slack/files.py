"""The bytes of files that people share in Slack."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS
from adapters.slack.inbound import attachment as read_file_object
from core.errors import FileError
from core.files.faults import LOGIN_PAGE
from core.message import Attachment

HOSTS = frozenset({"files.slack.com", ".slack.com", "slack-files.com"})
NOT_OPENED = "Slack did not let me open it; an admin may need to add the files:read scope."
DOWNLOAD_S = 30.0


class Fetcher(Protocol):
    """Downloads from allowed hosts only; the files' own guard."""

    async def get(
        self,
        url: str,
        *,
        hosts: frozenset[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout_s: float,
    ) -> bytes:
        """The body, at most ``max_bytes`` long. Raises ``FileError``."""


class Files:
    """Reads files. The token goes to Slack's hosts only, or to where our API address points."""

    def __init__(self, client: AsyncWebClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """A file's bytes. Raises ``FileError``."""
        url = attachment.locator or await self._address_of(attachment)
        headers = {"Authorization": f"Bearer {self._client.token}"} if self._is_slacks(url) else {}
        try:
            content = await self._fetcher.get(
                url, hosts=HOSTS, headers=headers, max_bytes=max_bytes, timeout_s=DOWNLOAD_S
            )
        except FileError as error:
            raise FileError(NOT_OPENED) if error.told == LOGIN_PAGE else error from None
        if _is_page(content) and "html" not in attachment.mime:
            raise FileError(NOT_OPENED)
        return content

    async def _address_of(self, attachment: Attachment) -> str:
        """Where a stub's bytes are: Slack Connect sends ``check_file_info`` instead of an address."""
        try:
            answer = await self._client.files_info(file=attachment.id)
        except CALL_ERRORS:
            raise FileError(NOT_OPENED) from None
        locator = read_file_object(answer["file"]).locator
        if not locator:
            raise FileError("Slack keeps no copy of it that I could read.")
        return locator

    def _is_slacks(self, url: str) -> bool:
        asked, ours = urlsplit(url), urlsplit(self._client.base_url)
        if (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc):
            return True
        host = asked.hostname or ""
        return asked.scheme == "https" and any(
            host == known or (known.startswith(".") and host.endswith(known)) for known in HOSTS
        )


def _is_page(content: bytes) -> bool:
    return content[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))
