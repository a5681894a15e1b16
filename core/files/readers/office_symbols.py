"""Signs of the fonts that hold pictures instead of letters: "Symbol" and the Wingdings.

In a file they are a font and a number from F020 on, which says nothing without the font.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

_FIRST, _LAST = 0xF020, 0xF0FF
_PRIVATE: Final = re.compile("[\uf020-\uf0ff]")
_CODE: Final = 0xFF
_BULLET: Final = "\uf0b7"

# The font's own order (Adobe's Symbol encoding), from 0x20 and from 0xA0; a space is a place without a sign.
_GREEK: Final = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"  # noqa: RUF001
)
_MATHEMATICS: Final = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"  # noqa: RUF001
)
_SYMBOL: Final = {
    **{0x20 + place: sign for place, sign in enumerate(_GREEK)},
    **{0xA0 + place: sign for place, sign in enumerate(_MATHEMATICS)},
}
# Of the Wingdings those that mean something in a text: boxes, ticks, arrows, bullets.
_WINGDINGS: Final = {
    **dict.fromkeys((0x6F, 0x71, 0x72, 0xA8), "☐"),
    0xFE: "☑",
    0x78: "☒",
    0xFD: "☒",
    0xFC: "✓",
    0xFB: "✗",
    **dict.fromkeys((0xDF, 0xE7, 0xEF), "←"),
    **dict.fromkeys((0xE0, 0xE8, 0xF0, 0xD8), "→"),
    0xE1: "↑",
    0xE2: "↓",
    0xF3: "↔",
    0xF4: "↕",
    **dict.fromkeys((0x6C, 0x6E, 0x75, 0x76, 0x77, 0x9F, 0xA7), "•"),
    0x28: "☎",
    0x2A: "✉",
    0x4A: "☺",
    0x4B: "😐",
    0x4C: "☹",
    0xAB: "★",
    0xB0: "⌖",
}
_WINGDINGS_2: Final = {
    0x50: "✓",
    0x4F: "✗",
    0x52: "☑",
    0x51: "☒",
    0x53: "☒",
    0x54: "☒",
    0xA3: "☐",
    **dict.fromkeys((0x95, 0x96, 0x97, 0x98), "•"),
}
_FONTS: Final[Mapping[str, Mapping[int, str]]] = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
}


def sign(font: str, code: int) -> str:
    """What the font shows for this number, or nothing if that is not known."""
    if _FIRST <= code <= _LAST:
        return _FONTS.get(font.lower(), {}).get(code & _CODE, "")
    signs = _FONTS.get(font.lower())
    if signs is not None:
        return signs.get(code, "")
    return chr(code) if 0x20 <= code < _FIRST and not 0xD800 <= code < _FIRST else ""  # noqa: PLR2004 - letters


def readable(text: str, font: Callable[[], str]) -> str:
    """The text with its signs as characters that can be read; ``font`` is asked if there are any."""
    if not _PRIVATE.search(text):
        return text
    name = font()
    return _PRIVATE.sub(lambda found: sign(name, ord(found[0])) or _unknown(found[0]), text)


def _unknown(private: str) -> str:
    return "•" if private == _BULLET else private
