"""A chart of an Office file as a table of the numbers that it draws."""

from lxml import etree

from core.files.readers.office_xml import attribute, child, each, table_rows
from core.files.text import clean

_MAX_POINTS = 200
_MAX_SERIES = 20


def chart_text(root: etree._Element) -> str:
    """``Chart: Title`` and a Markdown table: categories down, series across."""
    title = next(each(root, "title"), None)
    shown = clean("".join(text.text or "" for text in each(title, "t"))).strip() if title is not None else ""
    series = list(each(root, "ser"))[:_MAX_SERIES]
    categories: dict[int, str] = {}
    columns = []
    for one in series:
        categories |= {**_points(one, "cat", "xVal"), **categories}
        columns.append(_points(one, "val", "yVal"))
    names = [next(iter(_points(one, "tx").values()), "") for one in series]
    places = sorted({*categories, *(place for column in columns for place in column)})[:_MAX_POINTS]
    rows = [[categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    table = table_rows([["", *names], *rows])
    return "\n\n".join(part for part in (f"Chart: {shown}" if shown else "Chart:", table) if part)


def _points(series: etree._Element, *names: str) -> dict[int, str]:
    """The cached values by their place; gaps are gaps."""
    found: dict[int, str] = {}
    for name in names:
        holder = child(series, name)
        for point in each(holder, "pt") if holder is not None else ():
            place = attribute(point, "idx")
            value = child(point, "v")
            if place.isdecimal() and value is not None:
                found[int(place)] = clean(value.text or "").strip()
    return found
