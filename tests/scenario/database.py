"""What the database holds, whatever table it stands in."""

import sqlite3
from contextlib import closing
from pathlib import Path


def tables_with(folder: Path, word: str) -> set[str]:
    """The tables in which some row holds a word, in text or in bytes."""
    with closing(sqlite3.connect(folder / "tampu.db")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name
            for name in names
            for row in connection.execute(f"SELECT * FROM {name}")
            if any(_holds(value, word) for value in row)
        }


def _holds(value: object, word: str) -> bool:
    if isinstance(value, bytes):
        return word.encode() in value
    return isinstance(value, str) and word in value
