"""Workbooks as many programs write them: parts in odd places, OpenDocument, Excel before 2007."""

import io
import random
import zipfile

import pytest

from core.errors import FileError
from core.files.document import ColumnKind
from core.files.limits import DEFAULT_LIMITS
from core.files.readers.sheet_record_remarks import old_remarks
from core.files.readers.sheet_records import is_locked, old_sheet_parts, workbook_stream
from core.files.readers.sheets import read
from core.files.sniff import sniff
from tests.files import make_tables
from tests.files.make_binary_excel import xlsb
from tests.files.make_old_office import comment, drawn, hidden_columns, hidden_row, xls
from tests.files.make_tables import zipped

MACROS = b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
SHEET = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def two_sheets() -> dict[str, bytes]:
    content = make_tables.xlsx({"Costs": [["item", "price"], ["tea", 2.5]], "Plan": [["day"], ["Monday"]]})
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def replaced(parts: dict[str, bytes], part: str, old: bytes, new: bytes) -> dict[str, bytes]:
    assert old in parts[part]
    return {**parts, part: parts[part].replace(old, new, 1)}


def test_a_workbook_whose_parts_are_named_with_backslashes() -> None:
    parts = {name.replace("/", "\\"): part for name, part in two_sheets().items()}
    parts["[content_types].xml"] = parts.pop("[Content_Types].xml")
    content = zipped(parts)
    assert sniff(content).label == "Excel"
    tables = read(content, "a.xlsx", DEFAULT_LIMITS).tables
    assert [table.rows for table in tables] == [(("tea", 2.5),), (("Monday",),)]


def test_a_macro_sheet_does_not_cost_the_workbook() -> None:
    parts = replaced(two_sheets(), "xl/_rels/workbook.xml.rels", SHEET, MACROS)
    document = read(zipped(parts), "a.xlsm", DEFAULT_LIMITS)
    assert [table.rows for table in document.tables] == [(("tea", 2.5),), (("Monday",),)]


def test_a_sheet_that_is_nowhere_does_not_cost_the_workbook() -> None:
    parts = replaced(two_sheets(), "xl/workbook.xml", b'r:id="rId1"', b'r:id=""')
    document = read(zipped(parts), "a.xlsx", DEFAULT_LIMITS)
    assert [table.rows for table in document.tables] == [(("Monday",),)]
    assert document.notes == ("a.xlsx: the sheet Costs is a chart, a dialog or a module and was not read.",)


def test_main_parts_under_other_names_are_found() -> None:
    parts = replaced(two_sheets(), "_rels/.rels", b"xl/workbook.xml", b"book/main.xml")
    relations = parts.pop("xl/_rels/workbook.xml.rels").replace(b'Target="', b'Target="/xl/')
    parts["book/main.xml"] = parts.pop("xl/workbook.xml")
    parts["book/_rels/main.xml.rels"] = relations.replace(b"sharedStrings.xml", b"texts.xml")
    parts["xl/texts.xml"] = parts.pop("xl/sharedStrings.xml")
    document = read(zipped(parts), "a.xlsx", DEFAULT_LIMITS)
    assert [table.rows for table in document.tables] == [(("tea", 2.5),), (("Monday",),)]


def test_a_damaged_sheet_costs_itself_only() -> None:
    parts = two_sheets()
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:-150]
    document = read(zipped(parts), "a.xlsx", DEFAULT_LIMITS)
    assert [page.label for page in document.pages] == ["sheet Costs", "sheet Plan"]
    assert [table.rows for table in document.tables] == [(("Monday",),)]
    assert document.notes == ("a.xlsx: the sheet Costs is damaged and was not read.",)


def test_a_workbook_of_damaged_sheets_is_refused() -> None:
    parts = two_sheets()
    for sheet in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
        parts[sheet] = parts[sheet][:-150]
    with pytest.raises(FileError, match="damaged"):
        read(zipped(parts), "a.xlsx", DEFAULT_LIMITS)


def test_what_opendocument_programs_write_beside_the_cells_is_no_fault() -> None:
    declared = b'<?xml version="1.0"?><!DOCTYPE %s PUBLIC "-//OpenOffice.org//DTD 1.0//EN" "x.dtd"><%s/>'
    parts = {
        "Configurations2/accelerator/current.xml": b"",
        "Basic/Standard/script-lb.xml": declared % (b"library", b"library"),
        "META-INF/manifest.xml": declared % (b"manifest", b"manifest"),
    }
    content = make_tables.ods(make_tables.ods_rows([["name", "price"], ["tea", 2.5]]), parts)
    assert read(content, "costs.ods", DEFAULT_LIMITS).tables[0].rows == (("tea", 2.5),)


def test_cells_of_opendocument_are_read_as_they_are_seen() -> None:
    cells = (
        'office:value-type="string"><text:p>one</text:p>',
        'office:value-type="string" office:string-value=""><text:p>#DIV/0!</text:p>',
        'office:value-type="string"><text:p>two<text:line-break/>lines</text:p>',
        'office:value-type="time" office:time-value="PT36H05M09S"><text:p>36:05:09</text:p>',
        'office:value-type="time" office:time-value="-PT00H30M00S"><text:p>-0:30</text:p>',
        'office:value-type="percentage" office:value="0.125"><text:p>13 %</text:p>',
    )
    row = "".join(f"<table:table-cell {cell}</table:table-cell>" for cell in cells)
    (table,) = read(
        make_tables.ods(f"<table:table-row>{row}</table:table-row>"), "a.ods", DEFAULT_LIMITS
    ).tables
    assert table.rows == (("one", "#DIV/0!", "two\nlines", "36:05:09", "-00:30:00", 0.125),)


def test_comments_and_boxes_on_opendocument_sheets_are_read_and_pictures_told_of() -> None:
    note = "<office:annotation><text:p>Ask Eva</text:p><text:p>before May</text:p></office:annotation>"
    rows = (
        '<table:shapes xmlns:draw="d"><draw:text-box><text:p>Without tax</text:p></draw:text-box>'
        '<draw:image href="Pictures/1.png"/></table:shapes>'
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        f"<table:table-row><table:covered-table-cell/><table:table-cell>{note}</table:table-cell>"
        '<table:table-cell office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell>'
        "</table:table-row>"
    )
    document = read(make_tables.ods(rows), "a.ods", DEFAULT_LIMITS)
    assert document.tables[0].rows == ((7,),)
    assert document.pages[0].text.endswith("Comment at B4: Ask Eva / before May\nText box: Without tax")
    assert document.notes == ("a.ods: I did not look at the picture in it.",)


def test_an_opendocument_sheet_behind_a_password_is_called_so() -> None:
    named = b"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    content = make_tables.ods("", {"META-INF/manifest.xml": named, "content.xml": b"\x07\x9f\x00"})
    with pytest.raises(FileError, match="protected by a password"):
        read(content, "a.ods", DEFAULT_LIMITS)


def test_errors_of_an_old_workbook_are_no_empty_cells() -> None:
    rows: list[list[object]] = [
        ["item", "price"],
        ["tea", 2.5],
        ["cup", "#N/A"],
        ["pot", ("#DIV/0!",)],
        ["can", None],
    ]
    document = read(xls({"Costs": rows, "None": [["#REF!"]]}), "a.xls", DEFAULT_LIMITS)
    costs, none = document.tables
    assert costs.columns[1].kind is ColumnKind.MIXED
    assert [row[1] for row in costs.rows] == [2.5, "#N/A", "#DIV/0!", None]
    assert none.rows == (("#REF!",),)


@pytest.mark.parametrize("stream", ["Workbook", "WORKBOOK"])
@pytest.mark.parametrize("count", [2, 900])
def test_an_old_workbook_short_and_long(stream: str, count: int) -> None:
    rows: list[list[object]] = [
        ["item", "number"],
        *([f"item {at}", at] for at in range(count)),
        ["x", "#N/A"],
    ]
    content = xls({"Costs": rows}, stream=stream)
    assert sniff(content).label == "Excel"
    (table,) = read(content, "a.xls", DEFAULT_LIMITS).tables
    assert [row[1] for row in table.rows] == [*range(count), "#N/A"]


def test_an_old_workbook_behind_a_password_is_called_so() -> None:
    content = xls({"Costs": [["item"]]}, lock=bytes(6))
    with pytest.raises(FileError, match="protected by a password"):
        read(content, "a.xls", DEFAULT_LIMITS)


def test_errors_of_a_binary_workbook_are_no_empty_cells() -> None:
    rows: list[list[object]] = [["item", "price"], ["tea", 2.5], ["cup", "#N/A"], ["pot", ("#DIV/0!",)]]
    content = xlsb({"Costs": rows, "None": [["#REF!"]]})
    assert sniff(content).label == "Excel"
    costs, none = read(content, "a.xlsb", DEFAULT_LIMITS).tables
    assert [row[1] for row in costs.rows] == [2.5, "#N/A", "#DIV/0!"]
    assert none.rows == (("#REF!",),)


def test_a_binary_workbook_with_far_corners_costs_one_sheet() -> None:
    far: list[list[object]] = [["a"], *[[]] * 9_998, [*[None] * 999, 5]]
    document = read(xlsb({"Far": far, "Near": [["item"], ["tea"]]}), "a.xlsb", DEFAULT_LIMITS)
    assert document.notes == (
        "a.xlsb: the sheet Far reaches over 10,000 rows by 1,000 columns and was not read.",
    )
    assert [table.name for table in document.tables] == ["Near"]


def test_comments_boxes_pictures_and_macros_of_an_old_workbook_are_told_of() -> None:
    beside = (
        drawn(0x19, 1, "Ask Eva\nbef", "ore Máy")
        + drawn(0x06, 2, "Prices without tax")
        + drawn(0x07, 3, "Print")
        + drawn(0x08, 4)
        + comment(1, 27, 1, "Bén")
    )
    content = xls({"Costs": [["item"], ["tea"]]}, beside=beside, more={"_VBA_PROJECT_CUR": {"dir": bytes(9)}})
    document = read(content, "a.xls", DEFAULT_LIMITS)
    told = "Comment at AB2 by Bén: Ask Eva before Máy\nText box: Prices without tax"
    assert document.pages[0].text.endswith(f"| tea |\n\n{told}")
    assert document.notes == (
        "a.xls: I did not look at the picture in it.",
        "a.xls holds macros; they were not run.",
    )


def test_hidden_rows_and_columns_of_an_old_workbook_are_told_of() -> None:
    content = xls({"A": [["item", "price"], ["tea", 1]]}, beside=hidden_row(1) + hidden_columns(0, 300))
    told = "In the sheet A 1 row and columns A, B are hidden; they were read and counted like the others."
    assert read(content, "a.xls", DEFAULT_LIMITS).notes == (f"a.xls: {told}",)


def test_an_old_workbook_that_fills_the_memory_is_too_large_and_not_damaged() -> None:
    far: list[list[object]] = [["a"], *[[]] * 65_534, [*[None] * 255, 5]]
    with pytest.raises(FileError, match=r"a\.xls: I gave up, it is too large inside"):
        read(xls({"Far": far, "Near": [["item"], ["tea"]]}), "a.xls", DEFAULT_LIMITS)


def test_any_mutation_of_an_old_workbook_is_looked_through() -> None:
    beside = drawn(0x19, 1, "Ask Eva") + comment(1, 1, 1, "Ben")
    costs: list[list[object]] = [["item", "price"], ["tea", 2.5], ["cup", "#N/A"]]
    whole = xls({"Costs": costs, "None": [["#REF!"]]}, beside=beside)
    chance = random.Random(5)
    found = set()
    for _ in range(1_000):
        content = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.1 else whole)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        records = workbook_stream(bytes(content))
        found |= {is_locked(records), *old_sheet_parts(records), *old_remarks(records)}
    assert {"Costs", "None", False} <= found


def test_opendocument_sheets_end_where_their_cells_do() -> None:
    rows = make_tables.ods_rows([["name", "price"], ["tea", 2.5], ["cup", 3]], make_tables.ODS_EMPTY_END)
    content = make_tables.ods(rows)
    assert sniff(content).label == "OpenDocument spreadsheet"
    (table,) = read(content, "costs.ods", DEFAULT_LIMITS).tables
    assert table.rows == (("tea", 2.5), ("cup", 3))
    assert table.total == 2


def test_an_opendocument_sheet_that_fills_the_memory_is_refused() -> None:
    with pytest.raises(FileError, match=r"costs\.ods"):
        read(
            make_tables.ods(make_tables.ods_rows([["x"]], make_tables.ODS_FULL_END)),
            "costs.ods",
            DEFAULT_LIMITS,
        )
