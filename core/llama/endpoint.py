"""Where the model server is, and how long to wait for it."""

import ipaddress
from dataclasses import dataclass, field
from typing import Final

import httpx

from core.errors import StartupError

CHAT_PATH: Final = "/chat/completions"
_MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model server. ``model`` is ``None`` to take the only one that it offers.

    A pasted ``.../chat/completions`` and slashes at the end are cut off the address. Raises
    ``StartupError`` for an address or a key that can never work.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    model: str | None = None

    def __post_init__(self) -> None:
        base = self.base_url.strip().rstrip("/").removesuffix(CHAT_PATH).rstrip("/")
        key = self.api_key.strip()
        try:
            url = httpx.URL(base)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > _MAX_PORT:
            raise StartupError(
                "LLAMA_BASE_URL must be a full address such as http://localhost:11434/v1; correct it."
            )
        if not (key.isascii() and key.isprintable()):
            raise StartupError("LLAMA_API_KEY has characters that no key has; copy it again.")
        object.__setattr__(self, "base_url", base)
        object.__setattr__(self, "api_key", key)
        object.__setattr__(self, "model", self.model or None)

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be named in a log."""
        return origin(httpx.URL(self.base_url))

    @property
    def loopback(self) -> bool:
        """Whether the server runs on this machine."""
        host = httpx.URL(self.base_url).host
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def hosted(self) -> bool:
        """Whether tokens are paid for: there is a key, and the address is not in a private network."""
        return bool(self.api_key) and not self.loopback and not _private(httpx.URL(self.base_url).host)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect, to the first event, between events, to the end of the answer."""

    connect: float = 5.0
    first: float = 120.0
    idle: float = 45.0
    total: float = 600.0


def origin(url: httpx.URL) -> str:
    """Scheme, host and explicit port of an address; ports that the scheme implies are left out."""
    port = "" if url.port is None else f":{url.port}"
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}"


def _private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan"))
