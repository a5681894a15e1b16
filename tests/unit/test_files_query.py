"""SQL over tables: exact, and able to do nothing but read."""

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Cell, Column, ColumnKind, Table
from core.files.limits import DEFAULT_LIMITS
from core.files.tables import description, query, table_names

COSTS = Table(
    "Costs 2026",
    (
        Column("Item", ColumnKind.TEXT),
        Column("Price (EUR)", ColumnKind.NUMBER),
        Column("paid", ColumnKind.YES_NO),
        Column("day", ColumnKind.DATE),
    ),
    (
        ("tea", 0.1, True, "2026-01-05"),
        ("cup", 0.2, False, "2026-02-05"),
        ("pot", 1.1, None, "2026-02-06"),
        ("Äpfel", "n/a", True, None),
    ),
    4,
)
SHORT = replace(DEFAULT_LIMITS, query_seconds=0.3)


def one(sql: str, *tables: Table) -> Cell:
    ((cell,),) = query(tables or (COSTS,), sql, DEFAULT_LIMITS).rows
    return cell


def numbers(*cells: Cell) -> Table:
    return Table("n", (Column("x", ColumnKind.NUMBER),), tuple((cell,) for cell in cells), len(cells))


@pytest.mark.parametrize(
    ("sql", "cell"),
    [
        ("SELECT sum(x) FROM n", 0.3),
        ("SELECT sum(x * 3) FROM n", 0.9),
        ("SELECT sum(x) FROM n WHERE x > 5", None),
        ("SELECT avg(x) FROM n", 0.15),
        ("SELECT median(x) FROM n", 0.15),
        ("SELECT 0.1 + 0.2", 0.3),
        ("SELECT round(2.675, 2)", 2.68),
        ("SELECT round(-2.5)", -3),
        ("SELECT amount('€ 1,234.50') + amount('12,50 EUR')", 1247),
        ("SELECT amount('about 5')", None),
        ("SELECT lower('ÄÖ')", "äö"),
        ("SELECT count(*) FROM n", 2),
    ],
)
def test_sums_are_those_of_school(sql: str, cell: Cell) -> None:
    assert one(sql, numbers(0.1, 0.2)) == cell


def test_ten_thousand_cents_are_a_hundred() -> None:
    assert one("SELECT sum(x) FROM n", numbers(*[0.01] * 10_000)) == 100


def test_whole_numbers_stay_whole_and_long_sums_keep_their_digits() -> None:
    assert one("SELECT sum(x) FROM n", numbers(9_007_199_254_740_993, 2)) == 9_007_199_254_740_995
    assert one("SELECT sum(x) FROM n", numbers(9_223_372_036_854_775_807, 1)) == "9223372036854775808"
    assert one("SELECT sum(x) FROM n", numbers(123_456_789_012_345, 0.25)) == "123456789012345.25"


def test_names_quoted_or_not_and_in_any_case() -> None:
    assert one('SELECT sum("Price (EUR)") FROM costs_2026 WHERE paid') == 0.1
    assert one('SELECT "item" FROM "COSTS_2026" ORDER BY "Price (EUR)" LIMIT 1') == "tea"
    assert query((COSTS,), 'SELECT Item AS "My ""name""" FROM costs_2026', DEFAULT_LIMITS).columns == (
        'My "name"',
    )


def test_values_that_are_no_numbers_are_counted() -> None:
    answer = query((COSTS,), 'SELECT sum("Price (EUR)") FROM costs_2026', DEFAULT_LIMITS)
    assert answer.rows == ((1.4,),)
    assert answer.notes == ("1 values that are not numbers were left out of the calculation.",)


def test_windows_and_groups() -> None:
    sql = "SELECT x, sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM n"
    assert query((numbers(0.1, 0.2, 0.4),), sql, DEFAULT_LIMITS).rows == ((0.1, 0.1), (0.2, 0.3), (0.4, 0.6))
    by_month = 'SELECT substr(day, 1, 7), sum("Price (EUR)") FROM costs_2026 WHERE day > 0 GROUP BY 1'
    assert query((COSTS,), by_month, DEFAULT_LIMITS).rows == (("2026-01", 0.1), ("2026-02", 1.3))


def test_a_misspelt_column_is_an_error_that_helps() -> None:
    with pytest.raises(FileError) as caught:
        query((COSTS,), 'SELECT sum("Price") FROM costs_2026', DEFAULT_LIMITS)
    assert caught.value.told == (
        "The query does not work: no such column: Price. "
        'Table "costs_2026" has the columns "Item", "Price (EUR)", "paid", "day".'
    )


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE costs_2026",
        "DELETE FROM costs_2026",
        "INSERT INTO costs_2026 VALUES (1, 2, 3, 4)",
        "WITH a AS (SELECT 1) DELETE FROM costs_2026",
        "CREATE TABLE t (a)",
        "ATTACH 'stolen.db' AS s",
        "PRAGMA table_info(costs_2026)",
        "SELECT * FROM pragma_table_info('costs_2026')",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM sqlite_master",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('x', 'y')",
        "SELECT hex(randomblob(9))",
        "SELECT zeroblob(1000000000)",
        "SELECT sqlite_version()",
        "SELECT fts5(1)",
        "VACUUM INTO 'x'",
        "EXPLAIN SELECT 1",
        "SELECT 1; DROP TABLE costs_2026",
        "BEGIN",
        "",
        "-- nothing",
        "\x00",
        "SELECT '\ud800'",
        'SELECT "a',
        "SELECT " + "(" * 3000,
        "SELECT 1" + " " * 20_000,
        "SELECT abs(-9223372036854775808)",
    ],
)
def test_nothing_but_reading(sql: str) -> None:
    with pytest.raises(FileError) as caught:
        query((COSTS,), sql, DEFAULT_LIMITS)
    assert caught.value.told.endswith(".")


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
        "SELECT count(*) FROM n a, n b, n c, n d",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION SELECT x + 1 FROM c) SELECT x FROM c ORDER BY x",
    ],
)
def test_an_endless_query_is_stopped(sql: str) -> None:
    table = numbers(*range(3000))
    begin = monotonic()
    with pytest.raises(FileError, match="took longer"):
        query((table,), sql, SHORT)
    assert monotonic() - begin < 3


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE c(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM c LIMIT 40) SELECT max(x) FROM c",
        "SELECT printf('%2000000000d', 1)",
        "SELECT replace(printf('%100000d', 1), ' ', printf('%100000d', 1))",
    ],
)
def test_a_huge_value_is_refused_or_nothing(sql: str) -> None:
    try:
        assert one(sql) is None
    except FileError as error:
        assert "memory" in error.told  # noqa: PT017 - either end is right


def test_rows_and_characters_are_bounded() -> None:
    table = numbers(*range(5000))
    answer = query((table,), "SELECT x FROM n", DEFAULT_LIMITS)
    assert len(answer.rows) == DEFAULT_LIMITS.max_answer_rows
    assert answer.notes == ("There are more rows: only the first 200 are here.",)
    texts = Table("t", (Column("x", ColumnKind.TEXT),), (("y" * 100_000,),) * 50, 50)
    long = query((texts,), "SELECT x FROM t", DEFAULT_LIMITS)
    assert sum(len(str(row[0])) for row in long.rows) <= DEFAULT_LIMITS.max_answer_characters


def test_tables_with_the_same_or_odd_names_have_names_of_their_own() -> None:
    tables = [replace(numbers(1), name=name) for name in ("A b", "a-B", "2026", "", "sqlite_x", "Übersicht")]
    told = description(tables)
    assert re.findall(r'Table "(.+?)"', told) == [
        "a_b",
        "a_b_2",
        "t_2026",
        "table",
        "t_sqlite_x",
        "übersicht",
    ]
    assert one("SELECT x FROM übersicht", *tables) == 1


def test_the_description_says_what_is_there() -> None:
    told = description((replace(COSTS, total=900),))
    assert told.startswith(
        'Table "costs_2026" (4 rows, of 900 in the file): '
        '"Item" (text), "Price (EUR)" (number), "paid" (yes or no), "day" (date)\n'
    )


_MONEY = st.decimals(-10_000_000, 10_000_000, places=2)


@given(st.lists(_MONEY, min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_sums_of_money_agree_with_decimals(amounts: list[Decimal]) -> None:
    table = numbers(*map(float, amounts))
    sql = "SELECT sum(x), min(x), max(x), count(x), round(avg(x), 2) FROM n"
    (row,) = query((table,), sql, DEFAULT_LIMITS).rows
    total = sum(amounts, Decimal(0))
    mean = (total / len(amounts)).quantize(Decimal("1e-9"))
    assert [Decimal(str(cell)) for cell in row[:4]] == [total, min(amounts), max(amounts), len(amounts)]
    assert abs(Decimal(str(row[4])) - mean.quantize(Decimal("0.01"), ROUND_HALF_UP)) <= Decimal("0.01")


@given(st.lists(st.tuples(st.sampled_from("abc"), _MONEY, st.integers(-1000, 1000)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_groups_agree_with_decimals(rows: list[tuple[str, Decimal, int]]) -> None:
    heads = (Column("k", ColumnKind.TEXT), Column("p", ColumnKind.NUMBER), Column("q", ColumnKind.INTEGER))
    table = Table("t", heads, tuple((key, float(price), count) for key, price, count in rows), len(rows))
    found = query((table,), "SELECT k, sum(p * q) FROM t GROUP BY k ORDER BY k", DEFAULT_LIMITS).rows
    expected = {key: sum((p * q for k, p, q in rows if k == key), Decimal(0)) for key, _, _ in rows}
    assert {key: Decimal(str(total)) for key, total in found} == expected


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_an_answer_or_a_sentence(sql: str) -> None:
    for statement in (sql, f"SELECT {sql} FROM costs_2026"):
        try:
            assert query((COSTS,), statement, SHORT).columns
        except FileError as error:
            assert error.told.endswith(".")  # noqa: PT017 - either end is right


def test_a_table_of_which_not_all_was_read_is_said_to_be_so() -> None:
    part = replace(COSTS, total=900)
    answer = query((part, numbers(1)), 'SELECT count(*) FROM "Costs_2026"', DEFAULT_LIMITS)
    assert answer.notes == ("Of costs_2026 only the first 4 of 900 rows were read: the result is of those.",)
    assert query((part, numbers(1)), "SELECT sum(x) FROM n", DEFAULT_LIMITS).notes == ()


@given(
    st.lists(
        st.text(max_size=70) | st.sampled_from(["a" * 90, "2026 " * 20, "Sheet1", "sqlite_x"]), max_size=12
    )
)
def test_names_in_sql_are_different_and_stay_what_they_are(called: list[str]) -> None:
    tables = [replace(COSTS, name=name) for name in called]
    names = list(table_names(tables))
    assert len(names) == len(called)
    assert [list(table_names([replace(COSTS, name=name)])) for name in names] == [[name] for name in names]


def test_of_a_wide_table_as_many_columns_are_described_as_there_is_room_for() -> None:
    columns = tuple(Column(f"question {at}", ColumnKind.INTEGER) for at in range(1, 301))
    wide = Table("survey", columns, (), 10)
    assert '"question 240" (integer) and 60 more' in description((wide,))
    assert '"question 24" (integer) and 276 more' in description((wide,) * 10)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(99.90)", -99.9),
        ("($1,234.50)", -1234.5),
        ("$(99.90)", -99.9),
        ("1.234,50-", -1234.5),
        ("\u22122,5 €", -2.5),
        ("-€ 3,25", -3.25),
        ("- 3,0", -3),
        ("1.234.567", 1_234_567),
        ("0.125", 0.125),
        ("1.234 €", None),
        ("$1,234", None),
        ("(-5)", None),
        ("()", None),
        ("-", None),
        ("5-7", None),
        ("12%", None),
    ],
)
def test_an_amount_is_read_only_where_it_can_mean_one_number(text: str, number: float | None) -> None:
    answer = query((numbers(text),), "SELECT amount(x) FROM n", DEFAULT_LIMITS)
    assert answer.rows == ((number,),)
    assert answer.notes == (
        ()
        if number is not None
        else (f'amount() is NULL for "{text}": no number, or one that could be read in two ways.',)
    )


def test_what_has_no_amount_is_named_with_the_sum() -> None:
    cells = ("$1.50", *(f"about {at}" for at in range(8)), None, "  ", 2)
    answer = query((numbers(*cells),), "SELECT sum(amount(x)) FROM n", DEFAULT_LIMITS)
    assert answer.rows == ((3.5,),)
    (note,) = answer.notes
    assert note.startswith('amount() is NULL for "about 0", "about 1", ')
    assert '"about 4" and 3 others: ' in note


def test_a_text_that_may_be_a_thousand_is_in_no_sum() -> None:
    answer = query((numbers("12", "1.000", "2.5"),), "SELECT sum(x) FROM n", DEFAULT_LIMITS)
    assert answer.rows == ((14.5,),)
    assert answer.notes == ("1 values that are not numbers were left out of the calculation.",)
