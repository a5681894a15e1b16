"""CSV as people have it: every delimiter, decimal commas, broken quotes."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Cell, ColumnKind, Table
from core.files.limits import DEFAULT_LIMITS
from core.files.readers.delimited import DELIMITERS, found_delimiter, read, split
from tests.files.make_tables import csv_bytes


def table(content: bytes | str, name: str = "data.csv") -> Table:
    raw = content if isinstance(content, bytes) else content.encode()
    return read(raw, name, DEFAULT_LIMITS).tables[0]


def kinds(found: Table) -> list[str]:
    return [column.kind.value for column in found.columns]


def cells(found: Table, place: int) -> list[Cell]:
    return [row[place] for row in found.rows]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("name;price\ntea;1,5\ncup;2,5\n", ";"),
        ("name,price\ntea,1.5\ncup,2.5\n", ","),
        ("id\ttext\n1\tHello, world; again, me\n2\tso, it, goes\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("name;note\nA;a, b, c\nB;d, e, f\n", ";"),
        ("a,b,c\n1,2\n1,2,3,4\n1,2,3\n", ","),
        ('a,b\n"x\ny, z",1\n"q ""r""",2\n', ","),
        ('"a";"b"\n"1,5";"x;y"\n"2,5";"z"\n', ";"),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    assert found_delimiter(text)[0] == delimiter


def test_a_declared_delimiter_is_believed() -> None:
    found = table("sep=|\na|b,c\n1|2,3\n")
    assert [column.name for column in found.columns] == ["a", "b,c"]


def test_decimal_commas() -> None:
    found = table("item;price;total\ntea;1,5;1.234,50\ncup;20,25;12,00\n")
    assert kinds(found) == ["text", "number", "number"]
    assert cells(found, 2) == [1234.5, 12.0]


@pytest.mark.parametrize(
    "values",
    [
        ["01/02/2026", "03/04/2026"],
        ["00123", "00456"],
        ["1,234", "5,678"],
        ["+49 30 1234", "+49 40 5678"],
        ["€ 5", "€ 6"],
        ["12345678901234567890", "22345678901234567890"],
        ["1E5", "2E7"],
        ["yes", "no"],
    ],
)
def test_what_could_mean_two_things_stays_text(values: list[str]) -> None:
    found = table(csv_bytes([["key", "what"], *(["k", value] for value in values)], ";"))
    assert kinds(found)[1] == "text"
    assert cells(found, 1) == values


def test_a_point_is_not_read_where_the_file_has_decimal_commas() -> None:
    found = table("a;b\n1,5;1.234\n2,5;5.678\n")
    assert cells(found, 1) == ["1.234", "5.678"]


@pytest.mark.parametrize(
    ("values", "kind", "read_as"),
    [
        (["2026-11-23", "2026-02-28"], ColumnKind.DATE, ["2026-11-23", "2026-02-28"]),
        (["2026-02-30", "2026-02-28"], ColumnKind.TEXT, ["2026-02-30", "2026-02-28"]),
        (["10:30", "23:59:59"], ColumnKind.TIME, ["10:30", "23:59:59"]),
        (["true", "FALSE"], ColumnKind.YES_NO, [True, False]),
        (["1", "-2"], ColumnKind.INTEGER, [1, -2]),
        (["1", "2.50"], ColumnKind.NUMBER, [1, 2.5]),
        (["1,234.50", "7,000,000"], ColumnKind.NUMBER, [1234.5, 7_000_000]),
        (["", "5"], ColumnKind.INTEGER, [None, 5]),
    ],
)
def test_kinds_of_columns(values: list[str], kind: ColumnKind, read_as: list[Cell]) -> None:
    found = table(csv_bytes([["key", "what"], *(["k", value] for value in values)], "\t"))
    assert (found.columns[1].kind, cells(found, 1)) == (kind, read_as)


def test_a_few_words_among_numbers_are_kept() -> None:
    values = [str(number) for number in range(20)]
    found = table(csv_bytes([["key", "n"], *(["k", value] for value in [*values, "n/a"])]))
    assert found.columns[1].kind is ColumnKind.MIXED
    assert cells(found, 1) == [*range(20), "n/a"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    found = table(csv_bytes([["Straße", "Größe"], ["Müllerstraße", "5"], ["Überweg", "6"]], ";", encoding))
    assert [column.name for column in found.columns] == ["Straße", "Größe"]
    assert cells(found, 0) == ["Müllerstraße", "Überweg"]


def test_without_a_header() -> None:
    found = table("1,2\n3,4\n")
    assert [column.name for column in found.columns] == ["column A", "column B"]
    assert found.total == 2


def test_names_are_made_unique() -> None:
    assert [c.name for c in table("a,A,a,\n1,2,3,4\n").columns][:2] == ["column A", "column B"]
    assert [c.name for c in table("a,b,c,\n1,2,3,4\n").columns] == ["a", "b", "c", "column D"]


def test_ragged_rows_are_filled_up() -> None:
    found = table("name,b,c\nx,2\ny,2,3,4\n")
    assert [column.name for column in found.columns] == ["name", "b", "c", "column D"]
    assert found.rows == (("x", 2, None, None), ("y", 2, 3, 4))


def test_a_quote_that_is_never_closed_costs_no_row() -> None:
    found = table('name,size\n"pipe 5,1\nhose,2\ntube,3\n')
    assert cells(found, 0) == ['"pipe 5', "hose", "tube"]


def test_stray_zero_bytes_are_dropped() -> None:
    assert cells(table(b"name,n\n" + b"tea\x00,5\n" + b"coffee,6\n" * 20), 0)[0] == "tea"


@pytest.mark.parametrize(
    "content",
    [
        b"x" * 3_000_000,
        b"a," * 1_000_000,
        b'a,b\n1,"2' + b"\nx,y" * 300_000,
        b"a,b\n1,2\n" + b'"' * 2_000_000,
        b'"' + b"a" * 3_000_000,
    ],
)
def test_endless_lines_and_quotes_end(content: bytes) -> None:
    assert read(content, "long.csv", DEFAULT_LIMITS).pages


def test_rows_beyond_the_limit_are_counted() -> None:
    content = csv_bytes([["name", "n"], *([f"x{n}", n] for n in range(1000))])
    document = read(content, "n.csv", replace(DEFAULT_LIMITS, max_rows=101))
    assert (len(document.tables[0].rows), document.tables[0].total) == (100, 1000)
    assert document.notes == ("n.csv: only the first 100 of 1,000 rows were read.",)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00" * 100])
def test_nothing_is_told(content: bytes) -> None:
    with pytest.raises(FileError, match=r"n\.csv"):
        read(content, "n.csv", DEFAULT_LIMITS)


_CELL = st.text(st.characters(codec="utf-8", categories=["L", "N"]) | st.sampled_from(' "\n.-'), max_size=12)
_ROWS = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=2, max_size=10)
)


@given(_ROWS, st.sampled_from(DELIMITERS), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_dialect_is_read_back_cell_for_cell(
    rows: list[list[str]], delimiter: str, quote_all: bool
) -> None:
    rows = [[f"{cell}{delimiter if place == 1 else ''}" for place, cell in enumerate(row)] for row in rows]
    text = csv_bytes(rows, delimiter, quote_all=quote_all).decode().replace("\r\n", "\n")
    found, rest = found_delimiter(text)
    assert found == delimiter
    assert list(split(rest, found)) == rows


@given(st.binary(max_size=500))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    try:
        assert read(content, "x.csv", DEFAULT_LIMITS).pages
    except FileError as error:
        assert "x.csv" in error.told  # noqa: PT017 - either end is right


def test_mutated_tables_raise_nothing_else() -> None:
    whole = csv_bytes(
        [["name", "n", "d"], *([f"x{n}", n / 7, f"2026-01-{n % 28 + 1:02d}"] for n in range(200))]
    )
    chance = random.Random(7)
    read_whole = 0
    for _ in range(100):
        mutated = bytearray(whole)
        for _ in range(chance.randrange(1, 30)):
            mutated[chance.randrange(len(mutated))] = chance.choice(b'",;\n\r\x00\xff|\t')
        try:
            read_whole += bool(read(bytes(mutated), "m.csv", DEFAULT_LIMITS).tables)
        except FileError as error:
            assert "m.csv" in error.told  # noqa: PT017 - either end is right
    assert read_whole > 50


@pytest.mark.parametrize("amounts", ["1.234,56 €;5,00 €", "EUR 1.234,56;EUR 5,00", "12,5 %;3,25%", "12;30"])
def test_a_thousand_in_a_file_with_decimal_commas_is_not_one(amounts: str) -> None:
    first, second = amounts.split(";")
    found = table(f"item;price;pieces\ntea;{first};1.000\ncup;{second};12\n")
    assert cells(found, 2) == ["1.000", "12"]


def test_a_point_before_decimals_is_seen_in_whatever_separates_cells() -> None:
    found = table("item;price;weight\ntea;1.50;1.250\ncup;$2.75;0.125\n")
    assert cells(found, 2) == [1.25, 0.125]


def test_between_semicolons_a_point_before_three_digits_tells_nothing() -> None:
    assert cells(table("item;pieces\ntea;1.000\ncup;12\n"), 1) == ["1.000", "12"]
    assert cells(table("item,pieces\ntea,1.000\ncup,12\n"), 1) == [1.0, 12]
    assert cells(table("item;pieces\ntea;1.5\ncup;12\n"), 1) == [1.5, 12]


@pytest.mark.parametrize("name", ["Total", "Summe:", " GESAMT ", "合計"])
def test_a_row_that_is_a_total_is_pointed_out(name: str) -> None:
    text = f"month;sales\nJan;10\nFeb;20\n{name};30\n"
    (page,) = read(text.encode(), "a.csv", DEFAULT_LIMITS).pages
    told = f'1 row seems to be totals of others ("{name.strip()}"): the sums and means above count them, too.'
    assert told in page.text


@pytest.mark.parametrize(
    "text", ["month;sales\nJan;10\nTotally;20\n", "kind;text\na;b\nTotal;c\n", "k;v\nTotal;1\nSum;2\nSum;3\n"]
)
def test_a_row_that_is_none_is_not(text: str) -> None:
    (page,) = read(text.encode(), "a.csv", DEFAULT_LIMITS).pages
    assert "totals of others" not in page.text
