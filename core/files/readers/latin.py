"""In which code page a European text is written, by whose letters its bytes would be.

Statistics of whole texts cannot tell these pages apart: "não" and "năo" are equally probable to them, and
only one of the two is a word. What tells is that no language writes "ă" and "ç" side by side.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

_CONTEXT: Final = re.compile(rb"(?<=([\x00-\xff]))?([\x80-\xff])(?=([\x00-\xff]))?")
_WESTERN: Final = (
    "àâæçéèêëîïôœùûüÿ",
    "äöüßé",
    "áéíóúüñ",
    "áâãàçéêíóôúü",
    "àèéìíòóùú",
    "åäöéæøüèô",
    "áéëïíóöüè",
    "àèéíïòóúüç",
    "äöõüšž",
)
_CENTRAL: Final = (
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýž",
    "áäčďéíĺľňóôŕšťúýž",
    "áéíóöőúüű",
    "čćđšž",
    "ăâîşţ",
)
_ICELANDIC: Final = ("áéíóúýðþæö",)
_TURKISH: Final = ("çğ\u0131öşüâîûi\u0307",)
_BALTIC: Final = ("ąčęėįšųūž", "āčēģīķļņšūž")
_PAGES: Final = (
    ("cp1252", _WESTERN),
    ("cp1250", _CENTRAL),
    ("cp1254", _TURKISH),
    ("cp1252", _ICELANDIC),
    ("cp1257", _BALTIC),
    ("iso8859_2", _CENTRAL),
    ("mac_roman", _WESTERN),
    ("cp850", _WESTERN),
    ("cp852", _CENTRAL),
)
"""Earlier ones are the commoner ones: of two that fit alike the first is believed."""

_SIGNS: Final = frozenset("–‘“”•€£¥¢°©®™«»½¼¾¹²³§ºª¿¡±×÷¦¬¤µ†‡‰‹›")  # noqa: RUF001 - what people set on purpose
_ANYWHERE: Final = frozenset("’·´—…\xad\xa0")  # noqa: RUF001 - apostrophes, dashes, spaces
_BEFORE_WORDS: Final = frozenset("„‚")  # noqa: RUF001 - what begins quotes
# The Portuguese alphabet above is without this letter, which Portuguese has in one place only; Hungarian's
# "ő" has the same byte and stands anywhere.
_BEFORE_E, _PORTUGUESE = "õ", "ã"
_FITS, _ODD, _IMPOSSIBLE = 1.0, -1.0, -2.0
_MIXED: Final = 0.9
"""What letters of several languages together count, as in a list of names."""

_CLEARLY: Final = 0.02
_ENOUGH: Final = 0.5
_OF_THE_PAGE: Final = b"\xff"

Contexts = Counter[tuple[bytes, int, bytes]]


def latin_page(content: bytes) -> str | None:
    """The code page whose letters fit best, or nothing where hardly any do.

    It is to be asked of texts whose letters outside of ASCII stand alone; other scripts have whole words.
    """
    contexts: Contexts = Counter(
        (_neighbour(before), letter[0], _neighbour(after))
        for before, letter, after in _CONTEXT.findall(content)
    )
    if not contexts:
        return None
    best, most = None, _ENOUGH
    for page, alphabets in _PAGES:
        fit = max(_fits(contexts, page, alphabets), default=_IMPOSSIBLE)
        if fit > most + _CLEARLY:
            best, most = page, fit
    return best


def _fits(contexts: Contexts, page: str, alphabets: tuple[str, ...]) -> Iterator[float]:
    """How well each language of the page fits, and all together; nothing if a byte has no sign there."""
    try:
        shown = {letter: bytes([letter]).decode(page) for _, letter, _ in contexts}
    except UnicodeDecodeError:
        return
    total = contexts.total()
    mixed = "".join(alphabets)
    for alphabet, weight in (*((alphabet, 1.0) for alphabet in alphabets), (mixed, _MIXED)):
        worth = sum(
            count * _worth(shown[letter], before, after, alphabet)
            for (before, letter, after), count in contexts.items()
        )
        yield weight * worth / total


def _worth(sign: str, before: bytes, after: bytes, alphabet: str) -> float:
    if sign.isalpha() and sign not in _SIGNS:
        small = sign.lower()
        is_known = small in alphabet or (
            small == _BEFORE_E and after in {b"e", b"E"} and _PORTUGUESE in alphabet
        )
        return _FITS if is_known and (small == sign or not before.islower()) else _IMPOSSIBLE
    if sign in _ANYWHERE:
        return _FITS
    if sign in _BEFORE_WORDS:
        return _ODD if _is_letter(before) else _FITS
    is_within_word = _is_letter(before) and _is_letter(after)
    return _FITS if sign in _SIGNS and not is_within_word else _ODD


def _neighbour(byte: bytes) -> bytes:
    """What matters of it: whether it is a letter of ASCII, small or not, or of the page, and whether an E."""
    if byte in b"eE" or not byte:
        return byte
    if not byte.isascii():
        return _OF_THE_PAGE
    return b"a" if byte.islower() else b"A" if byte.isupper() else b" "


def _is_letter(neighbour: bytes) -> bool:
    return neighbour.isalpha() or neighbour == _OF_THE_PAGE
