"""Sounds and films are called what they are, also those without a signature."""

import struct
from collections.abc import Sequence

import pytest

from core.files.sniff import UNKNOWN, Family, sniff

_SOUND_TRACK, _FILM_TRACK = b"soun", b"vide"
_ASF_TAIL = bytes.fromhex("4d5bcf11a8fd00805f5c442b")


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _mp4(brand: bytes, *tracks: bytes) -> bytes:
    written = [
        _box(b"trak", _box(b"tkhd", bytes(84)) + _box(b"mdia", _box(b"hdlr", bytes(8) + track + bytes(13))))
        for track in tracks
    ]
    clock = _box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 12_000) + bytes(80))
    return (
        _box(b"ftyp", brand + bytes(4)) + _box(b"mdat", b"x" * 99) + _box(b"moov", clock + b"".join(written))
    )


def _frames(header: str, size: int, count: int = 4) -> bytes:
    """Frames of MPEG audio: the four bytes of a header, then what would sound."""
    return bytes.fromhex(header).ljust(size, b"\x55") * count


def _matroska(*codecs: bytes) -> bytes:
    tracks = b"".join(b"\xae\x90\x86" + bytes([0x80 | len(codec)]) + codec for codec in codecs)
    return b"\x1aE\xdf\xa3\x84webm" + b"\x16\x54\xae\x6b" + tracks + bytes(200)


def _windows_media(*types: str) -> bytes:
    return bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"".join(
        bytes(24) + bytes.fromhex(kind) + _ASF_TAIL for kind in types
    )


def _packets(size: int = 188) -> bytes:
    return (b"\x47\x40\x00\x10".ljust(size, b"\xff")) * 8


@pytest.mark.parametrize(
    ("content", "family", "label"),
    [
        (_frames("fffa90c0", 417), Family.SOUND, "MP3"),
        (_frames("fffb9264", 418), Family.SOUND, "MP3"),
        (_frames("fff248c4", 144), Family.SOUND, "MP3"),
        (_frames("ffe318c4", 72), Family.SOUND, "MP3"),
        (_frames("fffd8004", 417), Family.SOUND, "MP3"),
        (b"\xff\xf9\x50\x80" + bytes(60), Family.SOUND, "AAC"),
        (b"FORM\x00\x00\x10\x00AIFFCOMM", Family.SOUND, "AIFF"),
        (b"caff\x00\x01\x00\x00desc", Family.SOUND, "CAF"),
        (b".snd\x00\x00\x00\x18" + bytes(40), Family.SOUND, "AU"),
        (_packets(), Family.VIDEO, "MPEG"),
        (_box(b"wide", b"") + _box(b"mdat", b"x" * 50), Family.VIDEO, "QuickTime"),
    ],
)
def test_what_has_no_signature_is_known_by_how_it_goes_on(content: bytes, family: Family, label: str) -> None:
    assert (sniff(content).family, sniff(content).label) == (family, label)


@pytest.mark.parametrize(
    ("brand", "tracks", "family", "label"),
    [
        (b"isom", (_SOUND_TRACK,), Family.SOUND, "MP4, 0:12"),
        (b"3gp4", (_SOUND_TRACK,), Family.SOUND, "MP4, 0:12"),
        (b"isom", (_SOUND_TRACK, _FILM_TRACK), Family.VIDEO, "MP4, 0:12"),
        (b"qt  ", (_SOUND_TRACK,), Family.SOUND, "QuickTime, 0:12"),
        (b"isom", (), Family.VIDEO, "MP4, 0:12"),
    ],
)
def test_a_voice_message_in_a_container_of_films_is_a_sound(
    brand: bytes, tracks: Sequence[bytes], family: Family, label: str
) -> None:
    found = sniff(_mp4(brand, *tracks))

    assert (found.family, found.label) == (family, label)


@pytest.mark.parametrize(
    ("content", "family"),
    [
        (_matroska(b"A_OPUS"), Family.SOUND),
        (_matroska(b"A_OPUS", b"V_VP9"), Family.VIDEO),
        (_matroska(), Family.VIDEO),
        (_windows_media("409e69f8"), Family.SOUND),
        (_windows_media("409e69f8", "c0ef19bc"), Family.VIDEO),
        (b"OggS\x00\x02" + bytes(22) + b"OpusHead", Family.SOUND),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", Family.VIDEO),
    ],
)
def test_a_container_is_what_its_tracks_are(content: bytes, family: Family) -> None:
    assert sniff(content).family is family


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffA text of Windows".encode("utf-16"),
        b"\xff\xfa\x90\xc0" + bytes(40),
        _frames("fffa90c0", 400),
        _frames("fffaf0c0", 417),
        _frames("fffa9cc0", 417),
        b"GATTACA" * 300,
        b"G" * 2000,
        b"FORM 10-K ANNUAL REPORT",
        b"tidemdat and moov are names of boxes",
    ],
)
def test_what_only_begins_like_a_recording_is_none(content: bytes) -> None:
    assert sniff(content) == UNKNOWN
