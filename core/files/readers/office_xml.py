"""Walking the XML of Office files by the plain names of elements.

The strict and the usual variant of the formats differ in their namespaces only, so these are not looked at.
"""

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree


@lru_cache(maxsize=2048)
def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def kind_of(element: etree._Element) -> str:
    """The element's name without its namespace: ``"p"``."""
    return _plain(element.tag)


def attribute(element: etree._Element | None, name: str, default: str = "") -> str:
    """The attribute of this name, in whatever namespace."""
    if element is not None:
        for key, value in element.attrib.items():
            if _plain(str(key)) == name:
                return str(value)
    return default


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first child of this name, its first child of the next name, and so on; or ``None``."""
    for name in path:
        if element is None:
            return None
        element = next((inner for inner in element if kind_of(inner) == name), None)
    return element


def value(element: etree._Element | None, *path: str, default: str = "") -> str:
    """The ``val`` of the element at the path; ``default`` if there is none."""
    return attribute(child(element, *path), "val", default)


def each(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """All elements of these names inside of this one, in order."""
    return element.iter(*(f"{{*}}{name}" for name in names))


def paragraphs(element: etree._Element) -> Iterator[str]:
    """The text of each DrawingML paragraph inside of this element, on one line."""
    for paragraph in each(element, "p"):
        pieces = (" " if kind_of(piece) == "br" else piece.text or "" for piece in each(paragraph, "t", "br"))
        yield " ".join("".join(pieces).split())


def is_on(element: etree._Element | None, *path: str) -> bool:
    """Whether a switch such as ``<w:vanish/>`` is there and not turned off."""
    found = child(element, *path)
    return found is not None and attribute(found, "val", "1") not in {"0", "false", "off"}


def table_rows(rows: list[list[str]]) -> str:
    """Rows of cells as a Markdown table, the first row as its head; empty when no cell says anything."""
    if not any(any(row) for row in rows):
        return ""
    width = max(map(len, rows))
    lines = [
        "| " + " | ".join(_cell(text) for text in [*row, *[""] * (width - len(row))]) + " |" for row in rows
    ]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " / ".join(line.strip() for line in text.split("\n") if line.strip()).replace("|", "\\|")
