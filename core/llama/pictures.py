"""Which pictures of a conversation a request carries, in a format that the server takes."""

import base64
import hashlib
import io
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Final

import structlog
from PIL import Image as Pillow
from PIL import ImageOps

from core.llama.profile import JPEG, PNG, Profile
from core.transcript import Image, ImagePart, Message, ModelRequest, Role

_log = structlog.get_logger(__name__)

# A message of the request by its position, and a part of it by its own.
Place = tuple[int, int]

_READABLE: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_MAX_PIXELS: Final = 40_000_000
_JPEG_QUALITY: Final = 85
_OPAQUE: Final = 255
_CACHE_BYTES: Final = 64 * 1024 * 1024
# What Pillow's decoders raise for a damaged file; its warnings may be errors.
_DAMAGED: Final = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    AttributeError,
    struct.error,
    zlib.error,
    Pillow.DecompressionBombError,
    Warning,
)


def shown(request: ModelRequest, profile: Profile) -> Mapping[Place, Image]:
    """The pictures that go along, by their places: the newest, within the server's number and bytes.

    One without bytes, or that cannot be converted, is left out. Converting takes a while: call it off
    the loop.
    """
    bytes_of = dict(request.images)
    found: dict[Place, Image] = {}
    room = profile.image_bytes
    for place, part in _newest_first(request.messages) if bytes_of else ():
        if len(found) >= profile.most_images:
            break
        image = bytes_of.get(part.sha256)
        ready = image and taken(image, profile.image_formats)
        if not ready:
            continue
        length = _encoded_length(ready)
        if length > profile.image_bytes:
            # It would not fit alone, and older ones need not go for it.
            continue
        room -= length
        if room < 0:
            break
        found[place] = ready
    return found


def taken(image: Image, formats: frozenset[str]) -> Image | None:
    """The picture if its media type is one of ``formats``, else its first frame as PNG or JPEG.

    ``None`` when it cannot be read. A picture is converted once while it is in use.
    """
    mime = image.mime.strip().lower().replace("image/jpg", JPEG)
    if mime in formats:
        return image if mime == image.mime else Image(mime, image.content)
    key = hashlib.sha256(image.content).digest()
    known, converted = _CONVERTED.get(key)
    if not known:
        converted = _converted(image.content)
        _CONVERTED.put(key, converted)
    return converted


def data_url(image: Image) -> str:
    """The picture as a ``data:`` address, the one form that every server takes."""
    return f"data:{image.mime};base64,{base64.b64encode(image.content).decode('ascii')}"


class _Converted:
    """The last converted pictures within 64 MiB; also which could not be. Safe between threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, Image | None] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes) -> tuple[bool, Image | None]:
        """Whether it is known, and the picture."""
        with self._lock:
            if key not in self._kept:
                return False, None
            self._kept.move_to_end(key)
            return True, self._kept[key]

    def put(self, key: bytes, image: Image | None) -> None:
        with self._lock:
            self._bytes += _weight(image) - (_weight(self._kept[key]) if key in self._kept else 0)
            self._kept[key] = image
            self._kept.move_to_end(key)
            while self._bytes > self._max_bytes:
                self._bytes -= _weight(self._kept.popitem(last=False)[1])


_CONVERTED: Final = _Converted(_CACHE_BYTES)


def _weight(image: Image | None) -> int:
    # The key and its place weigh something too, or endless damaged pictures would fill the memory.
    return 256 + (len(image.content) if image else 0)


def _newest_first(messages: Sequence[Message]) -> Iterator[tuple[Place, ImagePart]]:
    for position in reversed(range(len(messages))):
        message = messages[position]
        if message.role is not Role.USER:
            continue
        for index in reversed(range(len(message.parts))):
            part = message.parts[index]
            if isinstance(part, ImagePart):
                yield (position, index), part


def _encoded_length(image: Image) -> int:
    return 4 * ((len(image.content) + 2) // 3)


def _converted(content: bytes) -> Image | None:
    try:
        with Pillow.open(io.BytesIO(content), formats=_READABLE) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                return None
            opened.load()
            upright = ImageOps.exif_transpose(opened)
        return _saved(upright)
    except _DAMAGED as error:
        _log.info("picture_not_converted", error=type(error).__name__)
        return None


def _saved(picture: Pillow.Image) -> Image:
    """As PNG where something shows through, else as JPEG; nothing but the pixels survives."""
    layered = picture.convert("RGBA") if picture.has_transparency_data else None
    drawn = layered if layered and _shows_through(layered) else picture.convert("RGB")
    drawn.info.clear()
    written = io.BytesIO()
    if drawn is layered:
        drawn.save(written, "PNG")
        return Image(PNG, written.getvalue())
    drawn.save(written, "JPEG", quality=_JPEG_QUALITY)
    return Image(JPEG, written.getvalue())


def _shows_through(layered: Pillow.Image) -> bool:
    lowest, _ = layered.getchannel("A").getextrema()
    return lowest != _OPAQUE
