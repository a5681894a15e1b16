"""The one reading of a URL: what is checked, and what is asked, are the same."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

import httpx

from core.errors import FileError
from core.files import faults
from core.files.addresses import literal

HTTPS_PORT: Final = 443
_PORTS: Final = {"http": 80, "https": HTTPS_PORT}
_MAX_HOST = 253
# Several labels, none empty, the last of which no resolver can take for a number.
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request goes. ``host`` is ASCII in lower case, IPv6 without brackets.

    ``port`` is never left out; it is 0 for a scheme that is not of the web.
    """

    scheme: str
    host: str
    port: int


def parsed(url: str) -> httpx.URL:
    """Read a URL. Raises ``FileError``."""
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FileError(faults.NO_ADDRESS) from error


def joined(url: httpx.URL, location: str) -> httpx.URL:
    """Where ``location`` leads, seen from ``url``. Raises ``FileError``."""
    try:
        return url.join(location)
    except (httpx.InvalidURL, ValueError) as error:
        raise FileError(faults.NO_ADDRESS) from error


def origin(url: httpx.URL) -> Origin:
    """The origin of a URL that was read."""
    port = url.port if url.port is not None else _PORTS.get(url.scheme, 0)
    return Origin(url.scheme, url.raw_host.decode("ascii"), port)


def origin_of(url: str) -> Origin:
    """The origin of a URL. Raises ``FileError``."""
    return origin(parsed(url))


def is_named(host: str, hosts: AbstractSet[str]) -> bool:
    """Whether ``host`` is one of ``hosts``, or below one that begins with a dot (``".example.com"``)."""
    return any(
        host == entry or (entry.startswith(".") and host.endswith(entry))
        for entry in (name.lower() for name in hosts)
    )


def is_plain(host: str) -> bool:
    """Whether ``host`` is a full name, or an address as people write it: no zone, no octal, no local name."""
    address = literal(host)
    if address is None:
        return len(host) <= _MAX_HOST and _NAME.fullmatch(host) is not None
    if isinstance(address, IPv6Address):
        return address.scope_id is None
    return host == str(address)
