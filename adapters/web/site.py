"""The page's own address and secrets, and which requests are its own."""

import ipaddress
import secrets
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORT = 80


@dataclass(frozen=True, slots=True)
class Site:
    """Where the page is served.

    ``token`` is what every call of the page carries in a cookie; ``key`` is what the first visit
    must carry in the address when the page can be reached from other machines.
    """

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def cookie(self) -> str:
        """The cookie's name. It carries the port, because cookies do not tell ports apart."""
        return f"tampu_{self.port}"

    @property
    def private(self) -> bool:
        """Whether only this machine can reach the page."""
        return self.host == "localhost" or _ip(self.host, "is_loopback")

    @property
    def url(self) -> str:
        """The address for people to open."""
        host = "127.0.0.1" if _ip(self.host, "is_unspecified") else self.host
        base = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"
        return base if self.private else f"{base}?key={self.key}"

    def is_host(self, header: str) -> bool:
        """Whether a ``Host`` header names this page.

        A name that someone else's DNS points at this machine (rebinding) is not one of ours. When
        bound to every interface any address in digits is: rebinding needs a name.
        """
        parts = _split(header)
        if parts is None or parts.hostname is None:
            return False
        if _ip(self.host, "is_unspecified") and (parts.hostname == "localhost" or _is_ip(parts.hostname)):
            return True
        names = _LOOPBACK_NAMES | {self.host.lower()}
        return parts.hostname in names and (parts.port or _DEFAULT_PORT) == self.port

    def is_origin(self, origin: str, host_header: str) -> bool:
        """Whether an ``Origin`` header is the very host that the request went to."""
        scheme, found, rest = origin.partition("://")
        return bool(found) and scheme in {"http", "https"} and rest.lower() == host_header.lower()

    def opens_with(self, key: str) -> bool:
        """Whether the key of the printed address was given."""
        return secrets.compare_digest(key.encode(), self.key.encode())

    def knows(self, token: str) -> bool:
        """Whether the token is the one of this start."""
        return secrets.compare_digest(token.encode(), self.token.encode())


def _split(header: str) -> SplitResult | None:
    """Take a Host header apart; ``None`` when it is more or less than a host and a port."""
    if not header or any(mark in header for mark in "@/?#\\ "):
        return None
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ip(host: str, quality: str) -> bool:
    return _is_ip(host) and bool(getattr(ipaddress.ip_address(host), quality))
