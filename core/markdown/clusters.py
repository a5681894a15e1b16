"""Characters as people see them: where one ends, and how many columns it fills."""

import unicodedata
from collections.abc import Iterator

ZERO_WIDTH_JOINER = "\u200d"
EMOJI_SELECTOR = "\ufe0f"
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_HANGUL_TAIL = range(0x1160, 0x1200)
_LOW_SURROGATES = range(0xDC00, 0xE000)
_FLAGS_LOOKED_AT = 64
_EXTENDING = frozenset({"Mn", "Me", "Mc"})


def is_boundary(text: str, offset: int) -> bool:
    """Whether ``text`` may be parted before ``offset`` without breaking a character in two."""
    if offset <= 0 or offset >= len(text):
        return True
    here, before = text[offset], text[offset - 1]
    if here < "\u0300":
        return not (here == "\n" and before == "\r")
    if _extends(here) or before == ZERO_WIDTH_JOINER:
        return False
    return not (ord(here) in _REGIONAL and _flags_before(text, offset) % 2 == 1)


def clusters(text: str) -> Iterator[str]:
    """The characters of ``text`` as people see them, in order."""
    start = 0
    for offset in range(1, len(text) + 1):
        if is_boundary(text, offset):
            yield text[start:offset]
            start = offset


def width(text: str) -> int:
    """How many columns ``text`` fills in a monospaced font; East Asian and emoji fill two."""
    return sum(_cluster_width(cluster) for cluster in clusters(text))


def _extends(char: str) -> bool:
    code = ord(char)
    return (
        char == ZERO_WIDTH_JOINER
        or unicodedata.category(char) in _EXTENDING
        or code in _SKIN_TONES
        or code in _TAGS
        or code in _HANGUL_TAIL
        or code in _LOW_SURROGATES
    )


def _flags_before(text: str, offset: int) -> int:
    count = 0
    while count < min(offset, _FLAGS_LOOKED_AT) and ord(text[offset - 1 - count]) in _REGIONAL:
        count += 1
    return count


def _cluster_width(cluster: str) -> int:
    first = cluster[0]
    if EMOJI_SELECTOR in cluster or ord(first) in _REGIONAL:
        return 2
    if unicodedata.category(first) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(first) in {"W", "F"} else 1
