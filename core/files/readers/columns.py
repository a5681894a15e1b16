"""Columns of cells, typed. Cells of a spreadsheet have types already; texts are read with care."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from core.files.document import Cell, ColumnKind
from core.files.exact import decimal_of
from core.files.numerals import Style, bare, certain_style, number, style_of

RawCell = str | int | float | bool | dt.date | dt.time | dt.timedelta | None
"""A cell as a library gives it; a ``datetime`` is a ``date`` too."""

_MOSTLY = 0.8
_FEW = 5
_SIMPLE = re.compile(r"-?(?:0|[1-9]\d{0,8})(?:\.\d{1,8})?")
_YES_NO = {"true": True, "false": False}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?")

_KINDS: dict[type, ColumnKind] = {
    bool: ColumnKind.YES_NO,
    int: ColumnKind.INTEGER,
    float: ColumnKind.NUMBER,
    str: ColumnKind.TEXT,
    dt.date: ColumnKind.DATE,
    dt.datetime: ColumnKind.DATE,
    dt.time: ColumnKind.TIME,
    dt.timedelta: ColumnKind.TIME,
}


def typed(cells: Sequence[RawCell]) -> tuple[ColumnKind, list[Cell]]:
    """A spreadsheet's column: its kind, and its cells with dates and times as ISO 8601 texts."""
    plain = [_plain(cell) for cell in cells]
    kinds = {_KINDS[type(cell)] for cell in cells if cell is not None and cell != ""}
    if ColumnKind.NUMBER in kinds and all(type(cell) is not float for cell in plain):
        kinds = kinds - {ColumnKind.NUMBER} | {ColumnKind.INTEGER}
    return _together(kinds), plain


def read(texts: Sequence[str], usual: Style | None = None) -> tuple[ColumnKind, list[Cell]]:
    """A column of texts: its kind, and its cells as that kind; empty texts are ``None``.

    Nothing is guessed: ``01/02/2026``, ``00123`` and ``1,234`` stay the texts that they are.
    """
    filled = [text.strip() for text in texts if text and not text.isspace()]
    if not filled:
        return ColumnKind.EMPTY, [None] * len(texts)
    for kind, fits in (
        (ColumnKind.YES_NO, _is_yes_no),
        (ColumnKind.DATE, is_date),
        (ColumnKind.TIME, _is_time),
    ):
        if fits(filled[0]) and all(map(fits, filled)):
            return kind, [_as(kind, text.strip()) for text in texts]
    return _numbers(texts, filled, usual)


def usual_style(columns: Iterable[Sequence[str]]) -> Style | None:
    """The style of a file: that of its columns of numbers whose style is certain, if they agree.

    Amounts of money and shares count, too.
    """
    styles = set()
    for column in columns:
        filled = [bare(text) for text in column if text.strip()]
        style = certain_style(filled)
        if style and all(number(text, style) is not None for text in filled):
            styles.add(style)
    return styles.pop() if len(styles) == 1 else None


def is_plain_text(cell: RawCell) -> bool:
    """Whether it is words: neither a number nor a date, in any writing."""
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    is_number = any(number(text, style) is not None for style in Style)
    return not (is_number or is_date(text) or _is_time(text) or _is_yes_no(text))


def is_date(text: str) -> bool:
    """Whether it is a date by ISO 8601, with or without a time."""
    if not _DATE.fullmatch(text):
        return False
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _numbers(
    texts: Sequence[str], filled: Sequence[str], usual: Style | None
) -> tuple[ColumnKind, list[Cell]]:
    is_certain = usual in (None, Style.POINT) or not any("." in text for text in filled)
    if is_certain and all(map(_SIMPLE.fullmatch, filled)):
        return _simple_numbers(texts)
    style = style_of(filled, usual)
    found = [number(text.strip(), style) for text in texts]
    count = sum(1 for value in found if value is not None)
    if count == len(filled):
        kind = ColumnKind.NUMBER if any(type(value) is float for value in found) else ColumnKind.INTEGER
        return kind, list(found)
    if count < max(_FEW, _MOSTLY * len(filled)) or any(map(_is_coded, filled)):
        return ColumnKind.TEXT, [text or None for text in texts]
    cells = zip(texts, found, strict=True)
    return ColumnKind.MIXED, [(text or None) if value is None else value for text, value in cells]


def _simple_numbers(texts: Sequence[str]) -> tuple[ColumnKind, list[Cell]]:
    """What most columns of numbers are, read at once."""
    cells: list[Cell] = []
    kind = ColumnKind.INTEGER
    for text in texts:
        if "." in text:
            kind = ColumnKind.NUMBER
            cells.append(float(text))
        else:
            cells.append(int(text) if text and not text.isspace() else None)
    return kind, cells


def _is_coded(text: str) -> bool:
    """Digits that are a name: leading zeros, or more of them than a number keeps."""
    return text.isdecimal() and number(text, None) is None


def _plain(cell: RawCell) -> Cell:
    if cell == "":
        return None
    if isinstance(cell, float):
        exact = decimal_of(cell)
        is_whole = exact is not None and abs(exact) < 1 << 53 and exact == exact.to_integral_value()
        return (
            int(cell) if is_whole and cell.is_integer() else float(exact) if exact is not None else str(cell)
        )
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return cell


def _duration(span: dt.timedelta) -> str:
    """Hours may pass 24: ``"36:00:00"``."""
    seconds = round(span.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def _together(kinds: set[ColumnKind]) -> ColumnKind:
    if not kinds:
        return ColumnKind.EMPTY
    if kinds == {ColumnKind.INTEGER, ColumnKind.NUMBER}:
        return ColumnKind.NUMBER
    return kinds.pop() if len(kinds) == 1 else ColumnKind.MIXED


def _as(kind: ColumnKind, text: str) -> Cell:
    if not text:
        return None
    return _YES_NO[text.lower()] if kind is ColumnKind.YES_NO else text


def _is_yes_no(text: str) -> bool:
    return text.lower() in _YES_NO


def _is_time(text: str) -> bool:
    return bool(_TIME.fullmatch(text))
