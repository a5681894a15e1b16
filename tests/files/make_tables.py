"""Spreadsheets and delimited texts, honest and hostile, made by ourselves."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence

import xlsxwriter  # type: ignore[import-untyped]  # it has no types
from PIL import Image

Cells = Sequence[Sequence[object]]


def csv_bytes(
    rows: Cells, delimiter: str = ",", encoding: str = "utf-8", *, quote_all: bool = False
) -> bytes:
    """Rows as a spreadsheet program would save them."""
    target = io.StringIO(newline="")
    if quote_all:
        csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue().encode(encoding)


def xlsx(sheets: dict[str, Cells]) -> bytes:
    """A workbook with plain cells: texts, numbers, yes or no, dates."""

    def fill(book: xlsxwriter.Workbook) -> None:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, cell, date)
                    elif isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    elif cell is not None:
                        sheet.write(row, column, cell)

    return _workbook(fill)


def odd_xlsx() -> bytes:
    """One of each: dates, times, durations, shares, errors, formulas, merged, hidden, a chart, empty rows."""

    def fill(book: xlsxwriter.Workbook) -> None:
        formats = {
            name: book.add_format({"num_format": code})
            for name, code in (
                ("pct", "0.0%"),
                ("day", "dd/mm/yyyy"),
                ("time", "hh:mm:ss"),
                ("span", "[h]:mm"),
            )
        }
        sheet = book.add_worksheet("Odd")
        sheet.write(0, 0, "Report of the year")
        sheet.write_row(
            2,
            0,
            [
                "text",
                "count",
                "share",
                "day",
                "time",
                "span",
                "ok",
                "error",
                "result",
                "huge",
                "code",
                "noise",
            ],
        )
        sheet.write_row(3, 0, ["x", 7, 0.125])
        sheet.write_number(3, 2, 0.125, formats["pct"])
        sheet.write_datetime(3, 3, dt.date(2026, 2, 1), formats["day"])
        sheet.write_datetime(3, 4, dt.time(13, 5, 1), formats["time"])
        sheet.write_number(3, 5, 1.5, formats["span"])
        sheet.write_boolean(3, 6, True)
        sheet.write_formula(3, 7, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 8, "=SUM(B4:B4)", None, 7)
        sheet.write_number(3, 9, 1.2345678901234567e19)
        sheet.write_string(3, 10, "00123")
        sheet.write_number(3, 11, 0.1 + 0.2)
        sheet.merge_range(5, 0, 5, 3, "merged")
        sheet.write_blank(1_048_575, 0, None, formats["pct"])
        hidden = book.add_worksheet("Hidden")
        hidden.hide()
        hidden.write(2, 2, "out of sight")
        book.add_worksheet("Empty")
        book.add_chartsheet("Chart")

    return _workbook(fill)


def far_corner_xlsx(row: int = 1_048_575, column: int = 16_383) -> bytes:
    """Two cells in opposite corners of a sheet, and a second sheet that is fine."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Far")
        sheet.write(0, 0, "a")
        sheet.write(row, column, 5)
        near = book.add_worksheet("Near")
        near.write_row(0, 0, ["name", "price"])
        near.write_row(1, 0, ["tea", 2.5])

    return _workbook(fill)


def uncounted_xlsx() -> bytes:
    """Formulas without results, as programs without a calculator write them."""
    whole = xlsx({"Sums": [["a", "b"], [1, 2], [3, 4]]})
    return _changed(whole, "xl/worksheets/sheet1.xml", rb"<v>4</v>", b"<f>A3+1</f><v></v>")


def entity_xlsx() -> bytes:
    """A sheet whose XML declares an entity that would grow without end."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return _changed(xlsx({"A": [["x"]]}), "xl/worksheets/sheet1.xml", rb"<\?xml[^>]*>", bomb)


def _workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    fill(book)
    book.close()
    return target.getvalue()


def _changed(package: bytes, part: str, pattern: bytes, replacement: bytes) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            content = old.read(info)
            if info.filename == part:
                content = re.sub(pattern, lambda _: replacement, content)
            new.writestr(info.filename, content)
    return target.getvalue()


def ods(rows: str, parts: Mapping[str, bytes] | None = None) -> bytes:
    """An OpenDocument spreadsheet with one sheet; ``rows`` is its XML, ``parts`` are other ones."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces} office:version="1.2">'
        "<office:body><office:spreadsheet>"
        f'<table:table table:name="Costs">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    named = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{named}"/>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        written = {
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
            **(parts or {}),
        }
        for part, inside in written.items():
            package.writestr(part, inside, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def ods_rows(rows: Cells, tail: str = "") -> str:
    """Rows of texts and numbers as OpenDocument writes them."""
    return (
        "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows) + tail
    )


ODS_EMPTY_END = (
    '<table:table-row table:number-rows-repeated="1048570">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)
"""How every program ends a sheet: with a million empty rows."""

ODS_FULL_END = (
    '<table:table-row table:number-rows-repeated="1048570">'
    '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384">'
    "<text:p>1</text:p></table:table-cell></table:table-row>"
)
"""Seventeen thousand million cells in three lines."""


def _ods_cell(cell: object) -> str:
    kind = f'"float" office:value="{cell}"' if isinstance(cell, int | float) else '"string"'
    return f"<table:table-cell office:value-type={kind}><text:p>{cell}</text:p></table:table-cell>"


def with_sheet(package: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with its first sheet's XML changed."""
    part = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        content = change(archive.read(part))
    return _changed(package, part, rb"(?s).+", content)


def remarked_xlsx() -> bytes:
    """A workbook with comments, boxes and a picture beside its cells."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        costs, plan = book.add_worksheet("Costs"), book.add_worksheet("Plan")
        costs.write_row(0, 0, ["item", "price"])
        costs.write_row(1, 0, ["tea", 3])
        costs.write_comment(1, 1, "Ask Eva\nbefore May", {"author": "Ben"})
        costs.insert_textbox(4, 1, "Prices without tax\nuntil June")
        plan.insert_textbox(1, 1, "Nothing planned yet")
        plan.insert_image(9, 1, "red.png", {"image_data": _red()})
    return content.getvalue()


def _red() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(content, "PNG")
    content.seek(0)
    return content


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """An archive of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()
