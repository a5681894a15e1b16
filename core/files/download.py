"""What may be downloaded from where, and what came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Everywhere(Enum):
    """A permission for every host with public addresses, and for none of the operator's own."""

    PUBLIC_WEB = "public web"


PUBLIC_WEB: Final = Everywhere.PUBLIC_WEB


@dataclass(frozen=True, slots=True)
class Wanted:
    """A download and its limits.

    ``hosts`` are host names, or endings when they begin with a dot (``".example.com"``); or ``PUBLIC_WEB``.
    ``headers`` (a token among them) go to the origin of the URL only. ``types``, when there are any, are
    what the server may call it: ``"text/html"``, or a family such as ``"image/"``. Where files are kept
    ``behind_login``, a web page that is not sent as an attachment is the login's, not a file.
    """

    hosts: frozenset[str] | Everywhere
    max_bytes: int
    timeout_s: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    types: frozenset[str] = frozenset()
    behind_login: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. ``content_type`` is the server's word, with parameters; ``url`` is where it came from."""

    content: bytes
    content_type: str
    url: str
