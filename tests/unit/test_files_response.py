"""What a worker says is what the bot makes of it, or nothing at all."""

import io
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Column, ColumnKind, Document, Drawing, Page, Table
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.picture import Picture
from core.files.response import Malformed, read_response
from core.files.wire import MOST_LINE, Request, Result, request_from, written

PNG = b"\x89PNG\r\n\x1a\n and pixels"
JPEG = b"\xff\xd8\xff and pixels"
END = b'{"is":"end"}\n'
FULL = Document(
    "Excel",
    (Page("sheet Costs", "| a | b |\nñandú 🦙\n"), Page("sheet Empty", "")),
    (
        Table(
            "Costs",
            (Column("what", ColumnKind.TEXT), Column("how many", ColumnKind.MIXED)),
            (("a\nb", 1), ("ñ", 2.5), (None, True), ("2026-11-23", -(2**63))),
            900,
        ),
        Table("Empty", (), (), 0),
    ),
    (Drawing("page 3", "image/png", PNG, 30, 40),),
    ("One sheet is hidden.",),
)


def said(result: Result) -> bytes:
    return b"".join(written(result))


def understood(content: bytes, limits: FileLimits = DEFAULT_LIMITS) -> Document | Picture:
    return read_response(content, limits)


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records) + END


@pytest.mark.parametrize(
    "result",
    [
        FULL,
        Document("text", ()),
        Picture("image/jpeg", JPEG, 1344, 1, ("It moves.",)),
        Picture("image/png", PNG, 1, 1),
    ],
)
def test_what_was_made_arrives(result: Document | Picture) -> None:
    assert understood(said(result)) == result


def test_a_refusal_arrives() -> None:
    with pytest.raises(FileError) as raised:
        understood(said(FileError("a.pdf is protected.")))
    assert raised.value.told == "a.pdf is protected."


def test_a_request_arrives() -> None:
    limits = FileLimits(max_pages=3, file_seconds=1.5)
    request = Request("ñ.pdf", bytes(range(256)) * 1000, limits)
    assert request_from(io.BytesIO(b"".join(request.written()))) == request
    assert request_from(io.BytesIO(b"")) is None
    assert request_from(io.BytesIO(b"".join(request.written())[:-1])) is None


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=30)
CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), TEXTS)
def test_any_cells_arrive(rows: list[tuple[Any, Any]], text: str) -> None:
    columns = (Column("a", ColumnKind.MIXED), Column("b", ColumnKind.MIXED))
    document = Document("CSV", (Page("table", text),), (Table("t", columns, tuple(rows), len(rows)),))
    assert understood(said(document)) == document


def test_numbers_that_nothing_can_hold_become_texts() -> None:
    columns = tuple(Column(name, ColumnKind.NUMBER) for name in "abcde")
    row = (math.nan, -math.inf, 2**63, 10**400, "\ud800")
    document = Document("CSV", (), (Table("t", columns, (row,), 1),))
    (table,) = getattr(understood(said(document)), "tables")  # noqa: B009 - a document, as the next line shows
    assert table.rows == (("nan", "-inf", str(2**63), "a number too large to show", "?"),)


def test_a_row_longer_than_a_line_is_cut_and_arrives() -> None:
    columns = tuple(Column(str(number), ColumnKind.TEXT) for number in range(50))
    row = ("ñ" * 32_000,) * 50
    found = understood(said(Document("Excel", (), (Table("t", columns, (row,), 1),))))
    assert isinstance(found, Document)
    (cells,) = found.tables[0].rows
    assert all(isinstance(cell, str) and set(cell) == {"ñ"} and len(cell) > 1000 for cell in cells)


@pytest.mark.parametrize("cut", range(0, len(said(FULL)), 7))
def test_a_response_that_breaks_off_is_none(cut: int) -> None:
    with pytest.raises(Malformed):
        understood(said(FULL)[:cut])


DOCUMENT = {"is": "document", "kind": "x"}
TABLE = {"is": "table", "name": "t", "total": 1}
COLUMN = {"is": "column", "name": "c", "kind": "text"}
DRAWING = {"is": "drawing", "label": "p", "mime": "image/png", "width": 1, "height": 1, "bytes": 0}


@pytest.mark.parametrize(
    "content",
    [
        lines(),
        lines([1]),
        lines({"is": "end"}),
        lines({"is": ["document"]}),
        lines({"is": "document"}),
        lines({"is": "document", "kind": 3}),
        lines({"is": "document", "kind": "x" * 1001}),
        lines({"is": "refused"}),
        lines({"is": "refused", "told": "x" * 1001}),
        lines(DOCUMENT, {"is": "nothing"}),
        lines(DOCUMENT, 3),
        lines(DOCUMENT, [1]),
        lines(DOCUMENT, TABLE, [1]),
        lines(DOCUMENT, TABLE, []),
        lines(DOCUMENT, TABLE, COLUMN, []),
        lines(DOCUMENT, TABLE, COLUMN, [1, 2]),
        lines(DOCUMENT, TABLE, COLUMN, [[1]]),
        lines(DOCUMENT, TABLE, COLUMN, [{}]),
        lines(DOCUMENT, TABLE, COLUMN, [2**63]),
        lines(DOCUMENT, TABLE, COLUMN, [math.nan]),
        lines(DOCUMENT, TABLE, COLUMN, [math.inf]),
        lines(DOCUMENT, TABLE, COLUMN).replace(END, b"[1e999]\n" + END),
        lines(DOCUMENT, TABLE, COLUMN).replace(END, b"[" + b"9" * 5000 + b"]\n" + END),
        lines(DOCUMENT, COLUMN),
        lines(DOCUMENT, TABLE, {**COLUMN, "kind": "money"}),
        lines(DOCUMENT, {**TABLE, "total": -1}),
        lines(DOCUMENT, {**TABLE, "total": True}),
        lines(DOCUMENT, {**TABLE, "total": 1.0}),
        lines(DOCUMENT, {"is": "page", "label": "p", "bytes": -1}),
        lines(DOCUMENT, {"is": "page", "label": "p", "bytes": 10**30}),
        lines(DOCUMENT, {"is": "page", "label": None, "bytes": 0}),
        lines(DOCUMENT, {"is": "page", "label": "p", "bytes": 2}).replace(END, b"\xff\xfe" + END),
        lines(DOCUMENT, DRAWING),
        lines(DOCUMENT, *[{"is": "note", "told": "n"}] * 201),
        lines(DOCUMENT, *[{"is": "page", "label": "p", "bytes": 0}] * 2001),
        lines({"is": "picture", "mime": "image/png", "width": 1, "height": 1, "bytes": 0}),
        said(Picture("image/gif", b"GIF89a", 1, 1)),
        said(Picture("image/png", JPEG, 1, 1)),
        said(Picture("image/png", PNG, 0, 1)),
        said(Picture("image/png", PNG, 1345, 1)),
        said(Picture("image/png", PNG + bytes(1_500_000), 1, 1)),
        said(Document("x", (), drawings=(Drawing("p", "image/png", PNG, 1, 1),) * 5)),
        said(Document("x", (Page("p", "long" * 1_000_001),))),
        b"[" * (MOST_LINE - 1) + b"\n" + END,
        b"x" * (MOST_LINE + 9),
    ],
)
def test_what_no_worker_says_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        understood(content)


def test_cells_are_counted_over_all_tables() -> None:
    limits = FileLimits(max_cells=5)
    rows = [TABLE, COLUMN, ["a"], ["b"], ["c"]]
    understood(lines(DOCUMENT, *rows), limits)
    with pytest.raises(Malformed):
        understood(lines(DOCUMENT, *rows, *rows), limits)


def test_what_could_fool_people_is_taken_out() -> None:
    odd = "a\x1b[31m\u202eb\x00"
    document = Document(
        odd,
        (Page(odd, f"{odd}\n{odd}"),),
        (Table(odd, (Column(odd, ColumnKind.TEXT),), ((odd,),), 1),),
        (Drawing(odd, "image/png", PNG, 1, 1),),
        (odd,),
    )
    assert understood(said(document)) == Document(
        "ab",
        (Page("ab", "ab\nab"),),
        (Table("ab", (Column("ab", ColumnKind.TEXT),), (("ab",),), 1),),
        (Drawing("ab", "image/png", PNG, 1, 1),),
        ("ab",),
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_response_with_a_few_wrong_bytes_is_a_document_or_nothing(data: st.DataObject) -> None:
    broken = bytearray(said(FULL))
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = understood(bytes(broken))
    except (Malformed, FileError):
        return
    assert isinstance(found, Document)
    assert len(found.pages) <= 2


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises((Malformed, FileError)):
        understood(content)
