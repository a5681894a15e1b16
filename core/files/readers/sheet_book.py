"""The main part of an XLSX file: which sheets there are, and the same put as a strict library expects it.

python-calamine opens no workbook of which one sheet is of a kind that it does not know, as the macro sheets
of old are, or has no part of its own; and it looks for the main parts under their usual names only.
"""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from lxml import etree

from core.files.readers.office import Package, Relation
from core.files.readers.office_xml import attribute, each, kind_of

_BOOK, _RELATIONS, _ROOT = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"
_USUAL_NAMES = {"sharedStrings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
# How each kind of sheet is read: the cells of a macro sheet are cells like any others.
_READ_AS = {"worksheet": "worksheet", "xlMacrosheet": "worksheet", "xlIntlMacrosheet": "worksheet"}
_READ_AS |= {"chartsheet": "chartsheet"}
_NOT_READ = "dialogsheet"


def sheet_parts(package: Package) -> dict[str, str]:
    """The part of each sheet by the sheet's name. Raises ``FileError``."""
    book = _book(package)
    if not book:
        return {}
    found = _sheets(package.tree(book), package.relations(book))
    return {name: relation.target for name, _, relation in found if relation and relation.target in package}


def regular_parts(package: Package) -> dict[str, bytes]:
    """The main part and its relations as they would usually be, with others that have unusual names.

    They are to be put instead of those of the same names. Raises ``FileError``.
    """
    book = _book(package)
    if not book:
        return {}
    tree, relations = package.tree(book), package.relations(book)
    lines = []
    for number, (_, sheet, relation) in enumerate(_sheets(tree, relations), 1):
        kind = _READ_AS.get(relation.kind, _NOT_READ) if relation else _NOT_READ
        key = next((key for key in sheet.attrib if str(key).endswith("}id")), f"{{{_KIND[:-1]}}}id")
        sheet.set(key, f"sheet{number}")
        lines.append(_line(f"sheet{number}", kind, relation.target if relation else ""))
    parts = {}
    for relation in relations.values():
        if usual := _USUAL_NAMES.get(relation.kind):
            lines.append(_line(relation.kind, relation.kind, usual))
            if relation.target != usual and relation.target in package:
                parts[usual] = package.read(relation.target)
    main = _line("main", "officeDocument", _BOOK)
    return {**parts, _BOOK: etree.tostring(tree), _RELATIONS: _written(lines), _ROOT: _written([main])}


def _book(package: Package) -> str:
    book = package.main()
    return book if book in package and book.endswith(".xml") else ""


def _sheets(
    tree: etree._Element, relations: Mapping[str, Relation]
) -> Iterator[tuple[str, etree._Element, Relation | None]]:
    for sheets in each(tree, "sheets"):
        for sheet in sheets:
            if kind_of(sheet) == "sheet":
                relation = relations.get(attribute(sheet, "id"))
                yield (
                    str(sheet.get("name", "")),
                    sheet,
                    None if relation and relation.is_external else relation,
                )


def _written(lines: Sequence[str]) -> bytes:
    return f'<Relationships xmlns="{_PACKAGE}">{"".join(lines)}</Relationships>'.encode()


def _line(key: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{key}" Type="{_KIND}{kind}" Target={quoteattr(f"/{target}")}/>'
