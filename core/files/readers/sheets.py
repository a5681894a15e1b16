"""Spreadsheets: XLSX, XLSM, XLS and ODS, by python-calamine."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from core.errors import FileError
from core.files import notes
from core.files.compound import compound_names
from core.files.document import Document, Page, Table
from core.files.limits import FileLimits
from core.files.readers import faults, office_notes, opendocument, opendocument_remarks, sheet_hidden, tabular
from core.files.readers.columns import RawCell
from core.files.readers.office import open_package
from core.files.readers.preview import preview
from core.files.readers.sheet_binary import binary_sheet_parts
from core.files.readers.sheet_book import regular_parts, sheet_parts
from core.files.readers.sheet_parts import SheetPart, examine
from core.files.readers.sheet_record_remarks import old_remarks
from core.files.readers.sheet_records import is_locked, old_sheet_parts, workbook_stream
from core.files.readers.sheet_remarks import Remarks, beside_cells

_ZIP = b"PK"
# MS-OVBA 2.2.1
_MACROS = "_vba_project_cur"
_NO_CELLS_IN = ("xl/media/", "xl/embeddings/", "xl/drawings/", "xl/charts/")
# The library takes 32 bytes for each cell of the rectangle that a sheet reaches over.
_MAX_RECTANGLE, _MAX_RECTANGLES = 8_000_000, 12_000_000
_UNKNOWN = SheetPart(0, 0)
_NO_REMARKS = Remarks()


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """Each sheet with cells as a table and a page: kinds, exact sums, the first rows.

    Formulas are the results that were saved with them. Raises ``FileError``.
    """
    ready = _ready(content, name, limits)
    with _as_file_errors(name):
        reading = _Reading(CalamineWorkbook.from_object(io.BytesIO(ready.content)), name, limits)
        reading.has_spans_as_texts = ready.is_opendocument
        reading.read_all(ready.examined, ready.remarked)
    if not reading.pages:
        raise FileError(f"{name} has no sheet that I can read.")
    return Document(
        "Excel", tuple(reading.pages), tuple(reading.tables), notes=(*reading.notes, *ready.beside)
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A workbook's bytes for the library, and what the library will not tell of it, by sheet."""

    content: bytes
    examined: Mapping[str, SheetPart] = field(default_factory=dict)
    remarked: Mapping[str, Remarks] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    is_opendocument: bool = False


def _ready(content: bytes, name: str, limits: FileLimits) -> _Ready:
    if not content.startswith(_ZIP):
        records = workbook_stream(content)
        if is_locked(records):
            raise FileError(faults.locked(name))
        examined, remarked = old_sheet_parts(records), old_remarks(records)
        # The library lays out all sheets of such a file as soon as it is opened.
        if sum(part.rows * part.columns for part in examined.values()) > _MAX_RECTANGLES:
            raise FileError(notes.too_large_to_open(name))
        macros = (office_notes.macros(name),) if _MACROS in compound_names(content) else ()
        return _Ready(content, examined, remarked, (*_beside(name, remarked), *macros))
    package = open_package(content, name, limits)
    # What was unpacked counts once more for each time that it is, so there is a package for each.
    again = open_package(content, name, limits)
    if opendocument.is_one(package):
        content = opendocument.repacked(package)
        remarked = opendocument_remarks.beside_cells(again)
        return _Ready(
            content,
            {},
            remarked,
            (*_beside(name, remarked), *office_notes.package_notes(package)),
            is_opendocument=True,
        )
    parts, main = sheet_parts(package), regular_parts(package)
    examined = {sheet: examine(package.read(part), _MAX_RECTANGLE) for sheet, part in parts.items()}
    examined |= binary_sheet_parts(package)
    remarked = {sheet: beside_cells(package, part, notes.shown_name(sheet)) for sheet, part in parts.items()}
    content = again.repacked(lambda part: not part.startswith(_NO_CELLS_IN) and part not in main, more=main)
    return _Ready(content, examined, remarked, (*_beside(name, remarked), *office_notes.package_notes(again)))


@dataclass(slots=True)
class _Reading:
    """A workbook, and what has been read of it so far."""

    book: CalamineWorkbook
    name: str
    limits: FileLimits
    pages: list[Page] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: int = 0
    damaged: int = 0
    has_spans_as_texts: bool = False

    def read_all(self, examined: Mapping[str, SheetPart], remarked: Mapping[str, Remarks]) -> None:
        for place, sheet in enumerate(self.book.sheets_metadata):
            shown = " ".join(notes.shown_name(sheet.name).split())
            if sheet.typ not in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):
                self.notes.append(
                    f"{self.name}: the sheet {shown} is a chart, a dialog or a module and was not read."
                )
            elif len(self.pages) == self.limits.max_pages:
                self.notes.append(f"{self.name}: only the first {len(self.pages):,} sheets were read.")
                return
            elif _is_too_wide(part := examined.get(sheet.name, _UNKNOWN)):
                size = f"{part.rows:,} rows by {part.columns:,} columns"
                self.notes.append(f"{self.name}: the sheet {shown} reaches over {size} and was not read.")
                self.pages.append(Page(f"sheet {shown}", f"This sheet reaches over {size}: it was not read."))
            else:
                label = _label(shown, sheet.visible)
                with self._spared(label):
                    self._read(self.book.get_sheet_by_index(place), part, label)
                if beside := remarked.get(sheet.name, _NO_REMARKS).text:
                    page = self.pages[-1]
                    self.pages[-1] = Page(page.label, f"{page.text}\n\n{beside}")
        if self.damaged and not self.tables:
            raise FileError(notes.damaged(self.name))

    @contextmanager
    def _spared(self, label: str) -> Iterator[None]:
        """Of a workbook with a damaged sheet the others are read."""
        try:
            with _as_file_errors(self.name):
                yield
        except FileError as error:
            if error.told != notes.damaged(self.name):
                raise
            self.damaged += 1
            self.notes.append(f"{self.name}: the {label} is damaged and was not read.")
            self.pages.append(Page(label, "This sheet is damaged: it was not read."))

    def _read(self, sheet: CalamineSheet, part: SheetPart, label: str) -> None:
        rows, total = self._rows(sheet, part)
        if not rows:
            self.pages.append(Page(label, "This sheet is empty."))
            return
        first_column = sheet.start[1] if sheet.start else 0
        name = label.removeprefix("sheet ").removesuffix(" (hidden)")
        found = tabular.as_table(name, rows, total, are_texts=False, first_column=first_column)
        remarks = self._remarks(sheet, part, label, found.table)
        if len(rows[0]) > tabular.MAX_COLUMNS:
            remarks.append(f"Only the first {tabular.MAX_COLUMNS:,} columns of the {label} were read.")
        self.notes += [f"{self.name}: {remark}" for remark in remarks]
        self.pages.append(
            Page(label, "\n\n".join((*found.above, *remarks, preview(found.table, self.limits))))
        )
        self.tables.append(found.table)

    def _rows(self, sheet: CalamineSheet, part: SheetPart) -> tuple[list[list[RawCell]], int]:
        """The rows with something in them, and how many there are with those that are not read."""
        rows: list[list[RawCell]] = []
        first_column = sheet.start[1] if sheet.start else 0
        at = 0
        for at, row in enumerate(sheet.iter_rows(), 1):
            cells: list[RawCell] = [*row]
            if self.has_spans_as_texts:
                cells = [opendocument.span(cell) if isinstance(cell, str) else cell for cell in cells]
            for place, error in part.errors_in(at - 1).items():
                if 0 <= place - first_column < len(cells):
                    cells[place - first_column] = error
            if all(cell == "" for cell in cells):
                continue
            if len(rows) == self.limits.max_rows or self.cells + len(cells) > self.limits.max_cells:
                last = sheet.end[0] + 1 if sheet.end else at
                return rows, len(rows) + last - at + 1
            rows.append(cells)
            self.cells += len(cells)
        return rows, len(rows)

    def _remarks(self, sheet: CalamineSheet, part: SheetPart, label: str, table: Table) -> list[str]:
        remarks = []
        if table.total > len(table.rows):
            counts = f"{len(table.rows):,} of {table.total:,}"
            remarks.append(f"Only the first {counts} rows of the {label} were read.")
        if part.uncounted:
            remarks.append(_uncounted(part.uncounted, label))
        if merged := len(sheet.merged_cell_ranges or ()):
            groups = "a group of cells is" if merged == 1 else f"{merged:,} groups of cells are"
            remarks.append(f"In the {label} {groups} merged: the value is in the first one.")
        first = sheet.start[1] if sheet.start else 0
        if hidden := sheet_hidden.told(part.hidden, label, first, len(table.columns)):
            remarks.append(hidden)
        return remarks


def _beside(name: str, remarked: Mapping[str, Remarks]) -> Iterator[str]:
    if pictures := sum(one.pictures for one in remarked.values()):
        yield office_notes.pictures(name, pictures)
    if unread := [label for one in remarked.values() for label in one.unread]:
        yield office_notes.unread(name, unread)


def _uncounted(count: int, label: str) -> str:
    if count == 1:
        said = f"1 formula in the {label} was saved without its result"
    else:
        said = f"{count:,} formulas in the {label} were saved without their results"
    return (
        f"{said}; opening and saving the file in a spreadsheet program adds {'it' if count == 1 else 'them'}."
    )


def _is_too_wide(part: SheetPart) -> bool:
    return part.rows * part.columns > _MAX_RECTANGLE


def _label(shown: str, visible: SheetVisibleEnum) -> str:
    return f"sheet {shown}" if visible == SheetVisibleEnum.Visible else f"sheet {shown} (hidden)"


@contextmanager
def _as_file_errors(name: str) -> Iterator[None]:
    """As ``faults.as_file_errors``; and what the library's Rust code gives up on is no ``Exception``."""
    try:
        with faults.as_file_errors(name):
            try:
                yield
            except PasswordError as error:
                raise FileError(faults.locked(name)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FileError(notes.damaged(name)) from error
