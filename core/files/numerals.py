"""Numbers as they are written in texts: with a decimal point or a decimal comma, grouped or not.

What could mean two numbers, such as ``1,234``, is read only where its neighbours tell; leading zeros
and plus signs make an article number or a telephone number, which is no number to count with.
"""

import re
from collections.abc import Iterable
from enum import Enum


class Style(Enum):
    """Which sign separates the decimals; of ``EITHER`` it is not known which it is."""

    POINT = "."
    COMMA = ","
    EITHER = ".,"


_SIXTY_FOUR_BITS = 1 << 63
_MAX_DIGITS = 17
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,18})")
_EXPONENT = r"(?:[eE][+-]?\d{1,3})?"
_POINT = re.compile(
    rf"-?(?:(?:0|[1-9]\d*)?\.\d+{_EXPONENT}|[1-9]\d?[eE][+-]\d{{1,3}}"
    r"|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:['\u2019]\d{3})+(?:\.\d+)?"
    r"|[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+\.\d+)"
)
_COMMA = re.compile(
    r"-?(?:(?:0|[1-9]\d*)?,\d+|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+,\d+)"
)
_GROUPING = {Style.POINT: re.compile("[,'\u2019 \u00a0\u202f]"), Style.COMMA: re.compile("[. \u00a0\u202f]")}
_MONEY = re.compile(r"^(-?)\s*(?:[€$£¥₹]|EUR|USD|GBP|CHF)\s*|\s*(?:[€$£¥₹]|EUR|USD|GBP|CHF)$")
_SHARE = re.compile(r"\s*[%\u2030]$")
# As bookkeepers write what is less than nothing: in brackets, or with the sign behind.
_BELOW_ZERO = re.compile(r"\((.+)\)|(.+?)\s*-")
_SIGN = re.compile(r"^[-\u2212\u2013]\s*")
_MOST_OF_AN_AMOUNT = 60


def style_of(texts: Iterable[str], usual: Style | None = None) -> Style | None:
    """How the numbers among the texts are written, if all can be read in one way only.

    ``usual`` is the style of the rest of the file: where it is or may be a comma, ``1.234`` is not read.
    """
    point = comma = 0
    for text in texts:
        is_point, is_comma = bool(_POINT.fullmatch(text)), bool(_COMMA.fullmatch(text))
        if is_point and is_comma and "." in text and usual in (None, Style.POINT):
            is_comma = False
        point += is_point and not is_comma
        comma += is_comma and not is_point
        if is_point and is_comma and usual is Style.COMMA:
            comma += "," in text
    if point and comma:
        return None
    return Style.POINT if point else Style.COMMA if comma else None


def certain_style(texts: Iterable[str]) -> Style | None:
    """The style of those texts that are numbers in one style only, if they agree."""
    styles = {style for style in map(_only_style, texts) if style}
    return styles.pop() if len(styles) == 1 else None


def number(text: str, style: Style | None) -> int | float | None:
    """The number, or nothing when the text is none in this style, or has more digits than would be kept."""
    if _INTEGER.fullmatch(text):
        whole = int(text)
        return whole if -_SIXTY_FOUR_BITS <= whole < _SIXTY_FOUR_BITS else None
    pattern = {Style.POINT: _POINT, Style.COMMA: _COMMA}.get(style) if style else None
    if pattern is None or style is None or not pattern.fullmatch(text):
        return None
    plain = _GROUPING[style].sub("", text).replace(",", ".")
    digits = re.sub(r"[eE].*", "", plain).lstrip("-0.").replace(".", "")
    if len(digits) > _MAX_DIGITS:
        return None
    return float(plain) if set(plain) & set(".eE") else int(plain)


def _only_style(text: str) -> Style | None:
    is_point, is_comma = bool(_POINT.fullmatch(text)), bool(_COMMA.fullmatch(text))
    if is_point == is_comma:
        return None
    return Style.POINT if is_point else Style.COMMA


def bare(text: str) -> str:
    """A text without the currency or the sign of a share beside its number."""
    return _SHARE.sub("", _MONEY.sub(r"\1", text.strip()))


def amount(text: str) -> int | float | None:
    """The number in a text such as ``"€ 1,234.50"``, ``"12,50 EUR"``, ``"(99.90)"``.

    Nothing where it could mean two.
    """
    if len(text) > _MOST_OF_AN_AMOUNT:
        return None
    written = _MONEY.sub(r"\1", text.strip())
    if below := _BELOW_ZERO.fullmatch(written):
        found = _plain_amount(below[1] or below[2])
        return -found if found is not None and found >= 0 else None
    return _plain_amount(written)


def _plain_amount(text: str) -> int | float | None:
    plain = _SIGN.sub("-", _MONEY.sub(r"\1", text.strip()))
    return number(plain, _only_style(plain))
