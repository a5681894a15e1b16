"""Files of answers as the page shows and downloads them."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from adapters.web.place import address_of
from core.library import ShownFile
from core.outgoing import OutFile, plain_name
from core.ports import Library

# What the browser may show by itself, by how it begins. Anything else is only saved.
_PICTURES: Mapping[str, bytes] = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_UNKNOWN = "application/octet-stream"


def listed(conversation: str, files: tuple[ShownFile, ...]) -> dict[str, list[dict[str, object]]]:
    """The files of a conversation by their answer, as the page draws them."""
    found: dict[str, list[dict[str, object]]] = {}
    for file in files:
        entry: dict[str, object] = {
            "url": f"/api/conversations/{conversation}/files/{file.key}",
            "name": plain_name(file.name),
            "size": file.size,
            "picture": file.mime in _PICTURES,
            "alt": file.alt,
        }
        found.setdefault(file.turn, []).append(entry)
    return found


async def download(library: Library, conversation: str, key: str) -> Response:
    """One file. Raises ``HTTPException`` when there is none in this conversation."""
    file = await library.file(address_of(conversation), key)
    if file is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file here any more.")
    is_picture = _is_picture(file)
    how = "inline" if is_picture else "attachment"
    name = quote(plain_name(file.name))
    return Response(
        file.content,
        media_type=file.mime if is_picture else _UNKNOWN,
        headers={"content-disposition": f"{how}; filename*=UTF-8''{name}"},
    )


def _is_picture(file: OutFile) -> bool:
    """By its bytes, too: a name and a type are only said."""
    start = _PICTURES.get(file.mime)
    return start is not None and file.content.startswith(start)
