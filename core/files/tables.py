"""Exact answers from tables: SQL over an in-memory SQLite that can do nothing but read them.

It runs in a worker process beside the reader that made the tables. Sums, means, medians and roundings
are made in decimals; whole numbers beyond 64 bits and sums beyond 15 digits come as texts.
"""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from core.errors import FileError
from core.files import exact
from core.files.aggregates import Skipped, register
from core.files.document import Cell, Table
from core.files.limits import FileLimits

_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE})
_FUNCTIONS = frozenset(
    (
        *("sum", "avg", "median", "count", "min", "max", "group_concat", "round", "abs", "amount"),
        *(
            "coalesce",
            "ifnull",
            "nullif",
            "iif",
            "typeof",
            "length",
            "lower",
            "upper",
            "trim",
            "ltrim",
            "rtrim",
        ),
        *("substr", "substring", "instr", "replace", "like", "printf", "format"),
        *("date", "time", "datetime", "julianday", "strftime"),
        *("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"),
        *("first_value", "last_value", "nth_value"),
    )
)
_STEPS = 5_000
_MAX_SQL = 10_000
_MAX_VALUE_BYTES = 4_000_000
_MAX_CELL = 2_000
_MAX_HEAP = 512 << 20
_MAX_NAMED = 40
# Columns in a description, of all tables together, and of each at the least.
_MOST_COLUMNS, _LEAST_COLUMNS = 240, 20
_MAX_NAME = 60
_MOST_SHOWN = 5
_WORD = re.compile(r"\W+")
_SIXTY_FOUR_BITS = 1 << 63
# What opens something that runs to its end: texts, names in three kinds of quotes, comments.
_TOKEN = re.compile(
    r"'(?:[^']|'')*'?|\"((?:[^\"]|\"\")*)\"|`[^`]*`?|\[[^\]]*\]?|--[^\n]*|/\*.*?(?:\*/|$)", re.DOTALL
)
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 4 * _MAX_SQL),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)
_STATEMENT = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(?:SELECT|WITH|VALUES)\b", re.IGNORECASE | re.DOTALL
)
_DIALECT = """SQLite dialect, one SELECT or WITH statement; names with spaces in double quotes.
Dates are ISO 8601 texts; yes or no is 1 or 0; empty cells are NULL. 7 / 2 is 3: write 7 * 1.0 / 2 for 3.5.
sum(), avg(), median() and round() are exact in decimals. amount(text) is the number in a text such as \
'€ 1,234.50', or NULL; where it could be two, as in '1,234' and '1.234', replace() the separators first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of an answer under their columns' names. ``notes`` are sentences on what is not in it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


def query(tables: Sequence[Table], sql: str, limits: FileLimits) -> Answer:
    """What the one ``SELECT`` (or ``WITH``) statement finds in the tables.

    Raises ``FileError`` with a sentence for who wrote the statement: what is wrong in it, and which
    tables and columns there are.
    """
    if len(sql) > _MAX_SQL:
        raise FileError(f"The query is longer than {_MAX_SQL:,} characters.")
    if not _STATEMENT.match(sql):
        raise FileError(f"Only one SELECT statement is possible. {_there_is(tables)}")
    named = table_names(tables)
    skipped = Skipped()
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for name, table in named.items():
            _fill(connection, name, table)
        _confine(connection, skipped, limits)
        found = _answer(connection, sql, skipped, limits)
    except (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError, UnicodeError, ValueError) as error:
        raise FileError(_told(error, tables, limits)) from error
    finally:
        connection.set_authorizer(None)
        connection.execute("PRAGMA hard_heap_limit=0")
        connection.close()
    return replace(found, notes=(*found.notes, *_not_whole(named, sql)))


def description(tables: Sequence[Table], files: Mapping[str, str] | None = None) -> str:
    """What a model has to know to write the SQL: tables, columns, kinds, and how values are kept.

    A table may come without its rows. ``files`` says by name in SQL from which file a table is.
    """
    lines = []
    most = max(_LEAST_COLUMNS, _MOST_COLUMNS // max(1, len(tables)))
    for name, table in table_names(tables).items():
        many = len(table.rows) or table.total
        part = f", of {table.total:,} in the file" if table.total > many else ""
        columns = _listed((f'"{_quoted(one.name)}" ({one.kind.value})' for one in table.columns), most)
        file = f" of {files[name]}" if files and name in files else ""
        lines.append(f'Table "{name}"{file} ({many:,} rows{part}): {columns}')
    return "\n".join((*lines, _DIALECT))


def table_names(tables: Sequence[Table]) -> dict[str, Table]:
    """The tables by their names in SQL: ``"Costs 2026"`` is ``costs_2026``. None without columns.

    A table that is called by its name in SQL has that name.
    """
    named: dict[str, Table] = {}
    for table in tables:
        if not table.columns:
            continue
        name = _WORD.sub("_", table.name.casefold()).strip("_") or "table"
        name = f"t_{name}" if name[0].isdigit() or name.startswith("sqlite_") else name
        name = name[:_MAX_NAME].rstrip("_")
        unique, number = name, 2
        while unique in named:
            unique, number = f"{name[: _MAX_NAME - 5].rstrip('_')}_{number}", number + 1
        named[unique] = table
    return named


def _not_whole(named: Mapping[str, Table], sql: str) -> Iterator[str]:
    """What has to be said of tables of which not all rows were read."""
    for name, table in named.items():
        if 0 < len(table.rows) < table.total and name in sql.casefold():
            counts = f"{len(table.rows):,} of {table.total:,}"
            yield f"Of {name} only the first {counts} rows were read: the result is of those."


def _fill(connection: sqlite3.Connection, name: str, table: Table) -> None:
    """Columns have no type, so that every value is kept as it is."""
    columns = ", ".join(f'"{_quoted(column.name)}"' for column in table.columns)
    places = ", ".join("?" * len(table.columns))
    connection.execute(f'CREATE TABLE "{name}" ({columns})')
    connection.execute("BEGIN")
    statement = f'INSERT INTO "{name}" VALUES ({places})'  # noqa: S608 - the name is made of word characters
    connection.executemany(statement, (tuple(map(_stored, row)) for row in table.rows))
    connection.execute("COMMIT")


def _stored(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode()
    if isinstance(cell, int) and not -_SIXTY_FOUR_BITS <= cell < _SIXTY_FOUR_BITS:
        return str(cell)
    return cell


def _confine(connection: sqlite3.Connection, skipped: Skipped, limits: FileLimits) -> None:
    """From here on the connection can only read these tables, and not for long."""
    register(connection, skipped)
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA hard_heap_limit={_MAX_HEAP}")
    for category, most in _LIMITS:
        connection.setlimit(category, most)
    connection.set_authorizer(_decide)
    end = time.monotonic() + limits.query_seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)


def _decide(action: int, first: str | None, second: str | None, _schema: str | None, _by: str | None) -> int:
    """SQLite's question before it compiles a step: may this be in a statement?"""
    is_allowed = (
        action in _ACTIONS
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS)
        or (action == sqlite3.SQLITE_READ and not (first or "").lower().startswith(("sqlite_", "pragma_")))
    )
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def _answer(connection: sqlite3.Connection, sql: str, skipped: Skipped, limits: FileLimits) -> Answer:
    cursor = connection.execute(_with_plain_names(sql))
    columns = tuple(str(column[0]).replace("`", '"') for column in cursor.description)
    rows: list[tuple[Cell, ...]] = []
    notes = []
    left = limits.max_answer_characters
    for found in islice(cursor, limits.max_answer_rows + 1):
        row = tuple(map(_clean, found))
        left -= sum(len(exact.shown(cell)) + 3 for cell in row)
        if left < 0 or len(rows) == limits.max_answer_rows:
            notes.append(f"There are more rows: only the first {len(rows):,} are here.")
            break
        rows.append(row)
    if skipped.count:
        notes.append(f"{skipped.count:,} values that are not numbers were left out of the calculation.")
    if skipped.texts:
        notes.append(_no_amounts(list(skipped.texts)))
    return Answer(columns, tuple(rows), tuple(notes))


def _no_amounts(texts: Sequence[str]) -> str:
    shown = ", ".join(f'"{text}"' for text in texts[:_MOST_SHOWN])
    more = f" and {len(texts) - _MOST_SHOWN:,} others" if len(texts) > _MOST_SHOWN else ""
    return f"amount() is NULL for {shown}{more}: no number, or one that could be read in two ways."


def _clean(value: object) -> Cell:
    """A value of the answer; floats without the noise of their binary form."""
    if isinstance(value, float):
        number = exact.decimal_of(value)
        return float(number) if number is not None else str(value)
    if isinstance(value, bytes):
        return f"({len(value):,} bytes)"
    if isinstance(value, str):
        return value if len(value) <= _MAX_CELL else value[: _MAX_CELL - 1] + "…"
    return value if isinstance(value, int) else None


def _with_plain_names(sql: str) -> str:
    """Names in double quotes put into backticks: a misspelt one would else be read as a text."""
    return _TOKEN.sub(lambda found: _backticked(found) if found[0].startswith('"') else found[0], sql)


def _backticked(found: re.Match[str]) -> str:
    return "`" + found[1].replace('""', '"').replace("`", "``") + "`"


def _told(error: BaseException, tables: Sequence[Table], limits: FileLimits) -> str:
    """What SQLite says, as a sentence that helps."""
    words = str(error)
    if "interrupted" in words:
        return f"The query took longer than {limits.query_seconds:.0f} seconds: ask for less at once."
    if isinstance(error, MemoryError) or "out of memory" in words or "too big" in words:
        return "The query needs too much memory: ask for less at once."
    if "not authorized" in words or "prohibited" in words or "no such function" in words:
        return (
            f"Only reading is possible, by one SELECT with these functions: {', '.join(sorted(_FUNCTIONS))}."
        )
    if "one statement" in words:
        return "Only one statement at a time is possible."
    return f"The query does not work: {words}. {_there_is(tables)}"


def _there_is(tables: Sequence[Table]) -> str:
    parts = []
    for name, table in table_names(tables).items():
        columns = _listed(f'"{_quoted(column.name)}"' for column in table.columns)
        parts.append(f'Table "{name}" has the columns {columns}.')
    return " ".join(parts[:_MAX_NAMED])


def _listed(names: Iterable[str], most: int = _MAX_NAMED) -> str:
    listed = list(names)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more:,} more" if more > 0 else "")


def _quoted(name: str) -> str:
    return name.replace('"', '""')
