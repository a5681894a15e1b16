"""The page's own files: read once at the start, served from memory."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "static"
# Fixed here: what a machine thinks of ".js" may be wrong, and a browser then refuses it.
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with its media type and the tag of its content."""

    content: bytes
    kind: str
    tag: str


def load() -> Mapping[str, Asset]:
    """All files of the page by name. Reads the disk: not for the event loop."""
    assets: dict[str, Asset] = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _KINDS:
            content = path.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            assets[path.name] = Asset(content, _KINDS[path.suffix], tag)
    return assets


def respond(asset: Asset, request: Request) -> Response:
    """The file, or that the browser has it already."""
    headers = {"etag": asset.tag}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(asset.content, media_type=asset.kind, headers=headers)
