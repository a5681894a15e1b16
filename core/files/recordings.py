"""Sounds and films: those without a signature, and which of the two a container holds."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

_MAX_BOXES = 64
_SEARCHED = 1 << 16

# ISO/IEC 11172-3 and 13818-3: kilobits a second of layers II and III, by the first one's version.
_RATES: Final = {
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_FIRST_VERSION, _LAYER_III = 3, 1
_OF_A_STREAM = slice(0, 2)

_PACKET, _PACKETS = 188, 5  # ISO/IEC 13818-1, 2.4.3.2
_SYNC = 0x47

_VIDEO_CODEC = re.compile(rb"\x86[\x80-\xbf]V_[A-Z]")  # Matroska, RFC 9559 5.1.4.1.21
_AUDIO_CODEC = re.compile(rb"\x86[\x80-\xbf]A_[A-Z]")
_ASF_TAIL = b"\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b"  # ASF 1.2, 10.3: types of streams
_ASF_AUDIO, _ASF_VIDEO = b"\x40\x9e\x69\xf8" + _ASF_TAIL, b"\xc0\xef\x19\xbc" + _ASF_TAIL
_THEORA = b"\x80theora"  # Theora I specification, 6.1


def is_mpeg_audio(content: bytes) -> bool:
    """Whether it begins with a frame of MP3 (or of its predecessor, MP2) that another one follows."""
    size = _frame_size(content[:4])
    following = content[size : size + 4]
    return bool(size and _frame_size(following)) and following[_OF_A_STREAM] == content[_OF_A_STREAM]


def is_transport_stream(content: bytes) -> bool:
    """Whether it is packets of MPEG-2, as television and some cameras write them."""
    starts = content[: _PACKET * _PACKETS : _PACKET]
    return starts == bytes([_SYNC]) * _PACKETS and not content[:_PACKET].isascii()


def is_sound(content: bytes, label: str) -> bool:
    """Whether a container that films are kept in has sound and no pictures, as voice messages do."""
    look = _CONTAINERS.get(label)
    return look is not None and look(content)


def is_film(content: bytes, label: str) -> bool:
    """Whether a container that sounds are kept in has pictures."""
    return label == "OGG" and _THEORA in content[:_SEARCHED]


def boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning and end of what is in each box (ISO/IEC 14496-12), of the first 64."""
    for _ in range(_MAX_BOXES):
        size, header = int.from_bytes(content[at : at + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        if size < header or at + header > end:
            return
        yield content[at + 4 : at + 8], at + header, min(at + size, end)
        at += size


def _frame_size(header: bytes) -> int:
    """The bytes of a frame with this header, or 0 where it is none."""
    fields = int.from_bytes(header, "big")
    version, layer = fields >> 19 & 3, fields >> 17 & 3
    rates = _RATES.get((version, layer), _RATES[2, 2] if version in {0, 2} and layer in {1, 2} else ())
    rate, hertz = fields >> 12 & 15, fields >> 10 & 3
    if fields >> 21 != (1 << 11) - 1 or not 0 < rate <= len(rates) or hertz >= len(_HERTZ[3]):
        return 0
    bits = 72_000 if layer == _LAYER_III and version != _FIRST_VERSION else 144_000
    return bits * rates[rate - 1] // _HERTZ[version][hertz] + (fields >> 9 & 1)


def _has_sound_only(content: bytes) -> bool:
    """By the handlers of its tracks (ISO/IEC 14496-12, 8.4.3)."""
    tracks = _within(content, [(0, len(content))], (b"moov", b"trak", b"mdia", b"hdlr"))
    handlers = {content[start + 8 : start + 12] for start, _ in tracks}
    return b"soun" in handlers and b"vide" not in handlers


def _within(content: bytes, spans: list[tuple[int, int]], path: tuple[bytes, ...]) -> list[tuple[int, int]]:
    for wanted in path:
        spans = [
            (start, end)
            for at, last in spans
            for name, start, end in boxes(content, at, last)
            if name == wanted
        ]
    return spans


def _is_matroska_sound(content: bytes) -> bool:
    head = content[:_SEARCHED]
    return bool(_AUDIO_CODEC.search(head)) and not _VIDEO_CODEC.search(head)


def _is_asf_sound(content: bytes) -> bool:
    head = content[:_SEARCHED]
    return _ASF_AUDIO in head and _ASF_VIDEO not in head


_CONTAINERS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "MP4": _has_sound_only,
    "QuickTime": _has_sound_only,
    "WebM or Matroska": _is_matroska_sound,
    "Windows Media": _is_asf_sound,
}
