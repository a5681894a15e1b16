"""Sounds, films and programs: nobody can read them, so it is said what they are."""

import io
import struct
import wave

from tests.files.corpus_case import Case, refused, taken


def wav(seconds: int) -> bytes:
    """Silence."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8_000)
        sound.writeframes(bytes(8_000 * seconds))
    return target.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    """A box of a film (ISO/IEC 14496-12)."""
    return struct.pack(">I", 8 + len(body)) + kind + body


def film(brand: bytes, seconds: int) -> bytes:
    """The boxes that say what it is and how long."""
    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 1000 * seconds) + bytes(80))
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", head) + box(b"mdat", bytes(500))


def flac(seconds: int) -> bytes:
    """RFC 9639: the first block says how many samples there are."""
    fields = (44_100 << 44) | (44_100 * seconds)
    return b"fLaC\x00\x00\x00\x22" + bytes(10) + fields.to_bytes(8, "big") + bytes(100)


def windows_program() -> bytes:
    """The two headers that every program of Windows has."""
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\x00\x00" + bytes(100)


_SOUNDS = (
    ("WAV, 83 seconds", "voice.wav", wav(83), "WAV, 1:23"),
    ("MP3", "song.mp3", b"ID3\x04" + bytes(60), "MP3"),
    ("OGG", "note.ogg", b"OggS\x00" + bytes(60), "OGG"),
    ("FLAC, an hour", "live.flac", flac(3_600), "FLAC, 1:00:00"),
    ("M4A, 5 seconds", "memo.m4a", film(b"M4A ", 5), "M4A, 0:05"),
    ("MIDI", "tune.mid", b"MThd\x00\x00\x00\x06" + bytes(60), "MIDI"),
)
_FILMS = (
    ("MP4, 90 seconds", "clip.mp4", film(b"isom", 90), "MP4, 1:30"),
    ("QuickTime, 10 seconds", "IMG_7.MOV", film(b"qt  ", 10), "QuickTime, 0:10"),
    ("WebM", "clip.webm", b"\x1aE\xdf\xa3" + bytes(60), "WebM or Matroska"),
    ("AVI", "clip.avi", b"RIFF\x3c\x00\x00\x00AVI LIST" + bytes(60), "AVI"),
)
_PROGRAMS = (
    ("program of Linux", "run", b"\x7fELF\x02\x01\x01" + bytes(90), "ELF"),
    ("program of Windows", "setup.exe", windows_program(), "Windows program"),
    ("WebAssembly", "x.wasm", b"\x00asm\x01\x00\x00\x00" + bytes(40), "WebAssembly"),
    ("database", "data.db", b"SQLite format 3\x00" + bytes(100), "SQLite"),
)

CASES: tuple[Case, ...] = tuple(
    taken(about, name, content.__bytes__, refused(f"{sentence} ({label})"))
    for kinds, sentence in (
        (_SOUNDS, "I can't listen to sound"),
        (_FILMS, "I can't watch video"),
        (_PROGRAMS, "this is a program or its data"),
    )
    for about, name, content, label in kinds
)
