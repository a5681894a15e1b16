"""How long a sound or a film is, where a header says it."""

from core.files.recordings import boxes

_MAX_CHUNKS = 64
_HOUR = 3600
_LONGEST = 100 * _HOUR


def duration(content: bytes, label: str) -> str:
    """``"1:23"`` or ``"1:02:03"``; an empty text where it is not told or makes no sense."""
    reader = {"WAV": _wav, "FLAC": _flac, "MP4": _mp4, "M4A": _mp4, "QuickTime": _mp4}.get(label)
    seconds = reader(content) if reader else 0
    if not 0 < seconds < _LONGEST:
        return ""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    if minutes < _HOUR // 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _wav(content: bytes) -> float:
    """RIFF: bytes of sound by bytes a second, the fourth field of ``fmt``."""
    at = 12
    rate = 0
    for _ in range(_MAX_CHUNKS):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if name == b"fmt ":
            rate = int.from_bytes(content[at + 16 : at + 20], "little")
        elif name == b"data" and rate:
            return min(size, len(content) - at - 8) / rate
        elif not name:
            break
        at += 8 + size + size % 2
    return 0


def _flac(content: bytes) -> float:
    """RFC 9639 8.2: 20 bits of sample rate and 36 of samples in the first block."""
    fields = int.from_bytes(content[18:26], "big")
    rate, samples = fields >> 44, fields & ((1 << 36) - 1)
    return samples / rate if rate else 0


def _mp4(content: bytes) -> float:
    """ISO/IEC 14496-12: ``mvhd`` in ``moov``, wherever that stands."""
    for name, start, end in boxes(content, 0, len(content)):
        if name == b"moov":
            for inner, at, _ in boxes(content, start, end):
                if inner == b"mvhd":
                    return _movie(content, at)
    return 0


def _movie(content: bytes, at: int) -> float:
    wide = 8 if content[at : at + 1] == b"\x01" else 4
    scale_at = at + 4 + 2 * wide
    scale = int.from_bytes(content[scale_at : scale_at + 4], "big")
    length = int.from_bytes(content[scale_at + 4 : scale_at + 4 + wide], "big")
    return length / scale if scale else 0
