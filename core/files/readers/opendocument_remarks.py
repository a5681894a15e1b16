"""What stands on the sheets of an OpenDocument spreadsheet beside its cells: comments, and texts in boxes."""

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from core.errors import FileError
from core.files.readers.office import Package
from core.files.readers.office_xml import attribute, child, each, kind_of
from core.files.readers.sheet_remarks import LONGEST, Remarks, comment_at, remarks, text_box
from core.files.readers.tabular import letters
from core.files.text import clean

_CONTENT = "content.xml"
_MARKS = (b"<office:annotation", b"<draw:")


def beside_cells(package: Package) -> dict[str, Remarks]:
    """What stands beside the cells, by the sheet's name. Nothing where it cannot be read."""
    content = package.read(_CONTENT)
    if not any(mark in content for mark in _MARKS):
        return {}
    del content
    try:
        tree = package.tree(_CONTENT)
    except FileError:
        return {}
    return {attribute(table, "name"): _remarks(table) for table in each(tree, "table")}


def _remarks(table: etree._Element) -> Remarks:
    # A chart has a picture of itself elsewhere.
    pictures = sum(attribute(image, "href").startswith("Pictures/") for image in each(table, "image"))
    return remarks((*_comments(table), *_boxes(table)), pictures)


def _comments(table: etree._Element) -> Iterator[str]:
    """Each with its cell: rows and cells that are equal to their neighbours are written once."""
    at = 0
    for row in each(table, "table-row"):
        place = 0
        for cell in row:
            note = child(cell, "annotation")
            if note is not None and (words := _words(note)):
                author = "".join(islice((one.text or "" for one in each(note, "creator")), 1))
                yield comment_at(f"{letters(place)}{at + 1}", author, words)
            place += _repeated(cell, "number-columns-repeated")
        at += _repeated(row, "number-rows-repeated")


def _boxes(table: etree._Element) -> Iterator[str]:
    for box in each(table, "text-box", "custom-shape"):
        if words := _words(box):
            yield text_box(words)


def _words(element: etree._Element) -> str:
    lines = ("".join(str(piece) for piece in line.itertext()) for line in element if kind_of(line) == "p")
    return clean(" / ".join(" ".join(line.split()) for line in lines if line.strip()))[:LONGEST]


def _repeated(element: etree._Element, name: str) -> int:
    count = attribute(element, name, "1")
    return int(count) if count.isdecimal() and len(count) < 8 else 1  # noqa: PLR2004 - a sheet has 1,048,576 rows
