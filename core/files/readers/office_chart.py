"""A chart of an Office file as a table of the numbers that it draws."""

import re
from contextlib import suppress
from datetime import datetime, timedelta

from lxml import etree

from core.files.readers.office_xml import attribute, child, each, is_on, kind_of, table_rows
from core.files.text import clean

_MAX_POINTS = 200
_MAX_SERIES = 20
_EXACT_DIGITS = 15  # of a number in binary; those behind are noise, and office programs show none
_LEVELS = ("strCache", "strLit", "numCache", "numLit", "lvl")
_NUMBERS = frozenset({"numCache", "numLit"})
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|General')
_DATE = re.compile(r"[yd]", re.IGNORECASE)
# ECMA-376 part 1, 18.17.4.1: dates are days since one of these.
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - dates without a zone


def chart_text(root: etree._Element) -> str:
    """``Chart: Title``, what its axes are called, and a Markdown table: categories down, series across."""
    shown = _title(child(root, "chart"))
    axes = "; ".join(title for axis in each(root, "catAx", "dateAx", "valAx") if (title := _title(axis)))
    epoch = _EPOCH_1904 if is_on(root, "date1904") else _EPOCH
    series = list(each(root, "ser"))[:_MAX_SERIES]
    categories: dict[int, str] = {}
    columns = []
    for one in series:
        categories |= {**_points(one, epoch, "cat", "xVal"), **categories}
        columns.append(_points(one, epoch, "val", "yVal"))
    names = [_name(one) for one in series]
    places = sorted({*categories, *(place for column in columns for place in column)})[:_MAX_POINTS]
    rows = [[categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    table = table_rows([["", *names], *rows])
    told = (f"Chart: {shown}" if shown else "Chart:", f"Axes: {axes}" if axes else "", table)
    return "\n\n".join(part for part in told if part)


def _title(holder: etree._Element | None) -> str:
    title = child(holder, "title")
    if title is None:
        return ""
    lines = ("".join(text.text or "" for text in each(line, "t")) for line in each(title, "p"))
    return " ".join(clean(" ".join(lines)).split())


def _name(series: etree._Element) -> str:
    given = child(series, "tx", "v")
    return (
        clean(given.text or "")
        if given is not None
        else next(iter(_points(series, _EPOCH, "tx").values()), "")
    )


def _points(series: etree._Element, epoch: datetime, *names: str) -> dict[int, str]:
    """The values that the chart keeps, by their place; gaps are gaps.

    Of categories in levels (a month, below it the year where one begins) the outer ones come first.
    """
    found: dict[int, str] = {}
    for name in names:
        holder = child(series, name)
        for level in each(holder, *_LEVELS) if holder is not None else ():
            for place, text in _level(level, epoch).items():
                found[place] = f"{text} {found[place]}" if place in found else text
    return found


def _level(level: etree._Element, epoch: datetime) -> dict[int, str]:
    code = child(level, "formatCode")
    is_date = code is not None and _DATE.search(_LITERAL.sub("", code.text or "")) is not None
    is_number = kind_of(level) in _NUMBERS
    points: dict[int, str] = {}
    for point in level:
        place, value = attribute(point, "idx"), child(point, "v")
        if place.isdecimal() and value is not None:
            text = clean(value.text or "").strip()
            points[int(place)] = _number(text, epoch if is_date else None) if is_number else text
    return points


def _number(text: str, epoch: datetime | None) -> str:
    """A number as office programs show it, or the day that it stands for."""
    with suppress(ValueError, OverflowError):
        number = float(text)
        if epoch is None:
            return f"{number:.{_EXACT_DIGITS}g}" if len(text) > _EXACT_DIGITS else text
        when = (epoch + timedelta(days=number)).isoformat(" ", "minutes")
        return when.removesuffix(" 00:00")
    return text
