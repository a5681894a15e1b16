"""The tables of a conversation's documents as SQL knows them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.documents import KeptDocument, KeptTable
from core.files.document import Table
from core.files.tables import description, table_names

MOST_DESCRIBED: Final = 12
MOST_LISTED: Final = 60

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A document's table under its name in SQL, which no other one of the conversation has."""

    name: str
    document: KeptDocument
    table: KeptTable

    @property
    def empty(self) -> Table:
        """The table without its rows."""
        return Table(self.name, self.table.columns, (), self.table.total)


def named_tables(documents: Sequence[KeptDocument]) -> tuple[NamedTable, ...]:
    """Name all tables, those of the document that was brought last first.

    A name stays the same when more documents come.
    """
    pairs = [
        (document, table)
        for document in sorted(documents, key=lambda one: one.id)
        for table in document.tables
        if table.columns
    ]
    names = table_names([Table(table.name, table.columns, (), table.total) for _, table in pairs])
    named = [NamedTable(name, *pair) for name, pair in zip(names, pairs, strict=True)]
    age = {document.id: at for at, document in enumerate(reversed(documents))}
    return tuple(sorted(named, key=lambda one: age[one.document.id]))


def described(tables: Sequence[NamedTable]) -> str:
    """What a model has to know to ask them: of the first ones all, of others that they are there."""
    files = {one.name: one.document.name for one in tables}
    told = description([one.empty for one in tables[:MOST_DESCRIBED]], files)
    others = [f'"{one.name}" of {one.document.name}' for one in tables[MOST_DESCRIBED:][:MOST_LISTED]]
    return f"{told}\nThere are also the tables {', '.join(others)}." if others else told


def asked_tables(tables: Sequence[NamedTable], sql: str) -> tuple[NamedTable, ...]:
    """List the tables that a query may be about: those whose names stand in it."""
    words = set(_WORD.findall(sql.casefold()))
    return tuple(one for one in tables if one.name in words)
