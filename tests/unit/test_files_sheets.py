"""Spreadsheets: what a person sees in a cell is what is read."""

import datetime as dt
import io
import random
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Cell, Column, ColumnKind, Document, Table
from core.files.limits import DEFAULT_LIMITS
from core.files.readers.sheets import read
from core.files.sniff import sniff
from tests.files import make_tables


def column(table: Table, name: str) -> tuple[ColumnKind, list[Cell]]:
    place = [head.name for head in table.columns].index(name)
    return table.columns[place].kind, [row[place] for row in table.rows]


@pytest.fixture(scope="module")
def odd() -> Document:
    return read(make_tables.odd_xlsx(), "odd.xlsx", DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("name", "kind", "cell"),
    [
        ("count", ColumnKind.INTEGER, 7),
        ("share", ColumnKind.NUMBER, 0.125),
        ("day", ColumnKind.DATE, "2026-02-01"),
        ("time", ColumnKind.TIME, "13:05:01"),
        ("span", ColumnKind.TIME, "36:00:00"),
        ("ok", ColumnKind.YES_NO, True),
        ("error", ColumnKind.TEXT, "#DIV/0!"),
        ("result", ColumnKind.INTEGER, 7),
        ("huge", ColumnKind.NUMBER, 1.23456789012346e19),
        ("code", ColumnKind.TEXT, "00123"),
        ("noise", ColumnKind.NUMBER, 0.3),
    ],
)
def test_cells_keep_their_kinds(odd: Document, name: str, kind: ColumnKind, cell: Cell) -> None:
    assert column(odd.tables[0], name) == (kind, [cell, None])


def test_rows_that_are_only_formatted_are_no_rows(odd: Document) -> None:
    assert odd.tables[0].total == len(odd.tables[0].rows) == 2


def test_every_sheet_is_a_page_and_what_is_none_is_said(odd: Document) -> None:
    assert [page.label for page in odd.pages] == ["sheet Odd", "sheet Hidden (hidden)", "sheet Empty"]
    assert odd.pages[0].text.startswith("Report of the year\n\nIn the sheet Odd a group of cells is merged")
    assert odd.pages[2].text == "This sheet is empty."
    assert "odd.xlsx: the sheet Chart is a chart, a dialog or a module and was not read." in odd.notes
    assert odd.tables[1].columns == (Column("column C", ColumnKind.TEXT),)


def test_the_preview_has_exact_figures() -> None:
    content = make_tables.xlsx({"Costs": [["item", "price"], ["tea", 0.1], ["cup", 0.2], ["pot", 1100.75]]})
    page = read(content, "costs.xlsx", DEFAULT_LIMITS).pages[0]
    assert "| price | number | 3 | 0.1 | 1100.75 | 1101.05 | 367.016666666667 |" in page.text
    assert "| cup | 0.2 |" in page.text


def test_years_above_numbers_are_names_and_dates_are_kept() -> None:
    rows: list[list[object]] = [["name", "2024", "2025"], ["tea", 1, 2], ["day", 3, dt.date(2026, 11, 23)]]
    table = read(make_tables.xlsx({"A": rows}), "a.xlsx", DEFAULT_LIMITS).tables[0]
    assert [head.name for head in table.columns] == ["name", "2024", "2025"]
    assert column(table, "2025") == (ColumnKind.MIXED, [2, "2026-11-23"])


def test_two_cells_far_apart_cost_one_sheet_and_no_memory() -> None:
    document = read(make_tables.far_corner_xlsx(), "far.xlsx", DEFAULT_LIMITS)
    assert document.notes == (
        "far.xlsx: the sheet Far reaches over 1,048,576 rows by 16,384 columns and was not read.",
    )
    assert [table.name for table in document.tables] == ["Near"]


def test_formulas_without_results_are_said() -> None:
    document = read(make_tables.uncounted_xlsx(), "sums.xlsx", DEFAULT_LIMITS)
    assert "1 formula in the sheet Sums was saved without its result" in document.notes[0]


def test_a_formula_whose_result_is_an_empty_text_has_its_result() -> None:
    content = make_tables.with_sheet(
        make_tables.xlsx({"Sums": [["a", "b"], [1, 2], [3, 4]]}),
        lambda xml: xml.replace(b'<c r="B3"><v>4</v>', b'<c r="B3" t="str"><f>IF(A3&gt;9,1,"")</f><v></v>'),
    )
    document = read(content, "sums.xlsx", DEFAULT_LIMITS)
    assert document.tables[0].rows == ((1, 2), (3, None))
    assert document.notes == ()


def test_more_rows_than_the_limit_are_counted() -> None:
    rows: list[list[object]] = [["n"]]
    rows += [[number] for number in range(500)]
    document = read(make_tables.xlsx({"N": rows}), "n.xlsx", replace(DEFAULT_LIMITS, max_rows=101))
    assert (len(document.tables[0].rows), document.tables[0].total) == (100, 500)
    assert document.notes == ("n.xlsx: Only the first 100 of 500 rows of the sheet N were read.",)
    assert "500 rows, 1 column. Only the first 100 rows were read" in document.pages[0].text


def test_entities_are_refused() -> None:
    with pytest.raises(FileError, match="declarations"):
        read(make_tables.entity_xlsx(), "x.xlsx", DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000), b"text"]
)
def test_what_is_no_workbook_is_told(content: bytes) -> None:
    with pytest.raises(FileError, match=r"x\.xlsx"):
        read(content, "x.xlsx", DEFAULT_LIMITS)


def test_it_is_recognised() -> None:
    assert sniff(make_tables.odd_xlsx()).label == "Excel"


_PLAIN = st.one_of(
    st.integers(-(2**50), 2**50),
    st.floats(-1e9, 1e9).map(lambda number: float(f"{number:.12g}")),
    st.booleans(),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
    st.text(st.characters(categories=["L", "N", "P"], exclude_characters="_"), min_size=1, max_size=20),
)


@given(st.lists(st.lists(_PLAIN, min_size=3, max_size=3), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_random_cells_are_read_back(rows: list[list[object]]) -> None:
    heads = ["first one", "second one", "third one"]
    table = read(make_tables.xlsx({"A": [heads, *rows]}), "a.xlsx", DEFAULT_LIMITS).tables[0]
    expected = [[cell.isoformat() if isinstance(cell, dt.date) else cell for cell in row] for row in rows]
    assert [head.name for head in table.columns] == heads
    assert [list(row) for row in table.rows] == expected


def test_mutated_workbooks_raise_nothing_else() -> None:
    whole = make_tables.odd_xlsx()
    chance = random.Random(6)
    told = 0
    for _ in range(150):
        mutated = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        try:
            read(bytes(mutated[: chance.randrange(100, len(mutated) + 1)]), "m.xlsx", DEFAULT_LIMITS)
        except FileError as error:
            told += "m.xlsx" in error.told
    assert told > 50


def test_mutated_cells_raise_nothing_else() -> None:
    whole = make_tables.odd_xlsx()
    chance = random.Random(11)

    def change(xml: bytes) -> bytes:
        mutated = bytearray(xml)
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(mutated))
            if chr(mutated[at]).isalnum():
                mutated[at] = chance.choice(b"0123456789ABCXYZabxyz")
        return bytes(mutated)

    found = 0
    for _ in range(150):
        try:
            found += bool(read(make_tables.with_sheet(whole, change), "m.xlsx", DEFAULT_LIMITS).pages)
        except FileError as error:
            assert "m.xlsx" in error.told  # noqa: PT017 - either end is right
    assert found > 20


def test_comments_and_boxes_beside_the_cells_are_read_and_pictures_told_of() -> None:
    found = read(make_tables.remarked_xlsx(), "plan.xlsx", DEFAULT_LIMITS)
    costs, plan = (page.text for page in found.pages)
    assert "Comment at B2 by Ben: Ask Eva before May" in costs
    assert "Text box: Prices without tax / until June" in costs
    assert plan == "This sheet is empty.\n\nText box: Nothing planned yet"
    assert found.notes == ("plan.xlsx: I did not look at the picture in it.",)


def test_of_a_conversation_in_a_cell_the_copy_for_old_programs_is_left_out() -> None:
    thread = (
        b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        b'<threadedComment ref="B2" id="{1}"><text>Too much?</text></threadedComment>'
        b'<threadedComment ref="B2" id="{2}"><text>No, it is fine.</text></threadedComment>'
        b"</ThreadedComments>"
    )
    relation = (
        b'<Relationship Id="rId9" Target="../threadedComments/threadedComment1.xml" '
        b'Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"/></Relationships>'
    )
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    with zipfile.ZipFile(io.BytesIO(make_tables.remarked_xlsx())) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts[rels] = parts[rels].replace(b"</Relationships>", relation)
    parts["xl/threadedComments/threadedComment1.xml"] = thread
    text = read(make_tables.zipped(parts), "plan.xlsx", DEFAULT_LIMITS).pages[0].text
    assert "Comment at B2: Too much?\nComment at B2: No, it is fine." in text
    assert "Ask Eva" not in text


def test_what_is_damaged_beside_the_cells_costs_itself_only() -> None:
    with zipfile.ZipFile(io.BytesIO(make_tables.remarked_xlsx())) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/comments1.xml"] = parts["xl/comments1.xml"][:200]
    found = read(make_tables.zipped(parts), "plan.xlsx", DEFAULT_LIMITS)
    assert "| tea | 3 |" in found.pages[0].text
    assert "plan.xlsx: damaged, and not read: the comments of the sheet Costs." in found.notes


def test_hidden_rows_and_columns_are_counted_and_told_of() -> None:
    rows: list[list[object]] = [["item", "price", "tax"], ["tea", 1, 2], ["cup", 3, 4], ["pot", 5, 6]]

    def hide(xml: bytes) -> bytes:
        for row in (b'<row r="2"', b'<row r="4"'):
            xml = xml.replace(row, row + b' hidden="1"')
        columns = b'<cols><col min="2" max="2" hidden="1"/><col min="9" max="16384" hidden="1"/></cols>'
        return xml.replace(b"<sheetData>", columns + b'<sheetData><row r="99" hidden="1"/>')

    document = read(make_tables.with_sheet(make_tables.xlsx({"A": rows}), hide), "a.xlsx", DEFAULT_LIMITS)
    told = "In the sheet A 2 rows and column B are hidden; they were read and counted like the others."
    assert document.notes == (f"a.xlsx: {told}",)
    assert "| price | integer | 3 | 1 | 5 | 9 | 3 |" in document.pages[0].text


def test_names_that_stand_twice_above_figures_are_names() -> None:
    rows: list[list[object]] = [
        ["Balance of 2026"],
        ["assets", "begin", "end", None, "debts", "begin", "end"],
        ["cash", 12.5, 14, None, "loans", 3, 5],
        ["stock", 7, 8.5, None, "tax", 1, 2],
    ]
    (table,) = read(make_tables.xlsx({"A": rows}), "a.xlsx", DEFAULT_LIMITS).tables
    names = ["assets", "begin", "end", "column D", "debts", "begin 2", "end 2"]
    assert [head.name for head in table.columns] == names
    assert column(table, "end 2") == (ColumnKind.INTEGER, [5, 2])


def test_texts_that_stand_twice_above_texts_are_data() -> None:
    rows = [["red", "red", "blue", "blue"], ["green", "tall", "old", "cold"], ["wet", "small", "new", "hot"]]
    (table,) = read(make_tables.xlsx({"A": rows}), "a.xlsx", DEFAULT_LIMITS).tables
    assert table.total == 3
    assert table.columns[0].name == "column A"
