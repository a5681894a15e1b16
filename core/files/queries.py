"""Exact answers from the tables of documents, found in a process of their own."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import FileError
from core.files.document import Column, ColumnKind, Document, Table
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.reader import Reader
from core.files.workshop import Workshop

NAME: Final = "the query"
WORKER: Final = "core.files.query_worker"


@dataclass(frozen=True, slots=True)
class Queries:
    """Asks tables by SQL; ``asked`` is a workshop whose workers answer instead of reading files."""

    asked: Reader
    limits: FileLimits = DEFAULT_LIMITS

    async def ask(self, tables: Sequence[Table], sql: str) -> str:
        """What the query finds, in Markdown, below what has to be said of it: a long answer may be cut.

        Raises ``FileError`` with a sentence for who wrote the query.
        """
        question = await asyncio.to_thread(written_question, tables, sql)
        found = await self.asked.read(question, NAME, self.limits)
        if not isinstance(found, Document):
            raise FileError(f"{NAME} has no answer in words.")
        return "\n\n".join((*found.notes, *(page.text for page in found.pages)))


def queries() -> Queries:
    """Queries in processes that are started when there is one."""
    return Queries(Workshop(worker=WORKER))


def written_question(tables: Sequence[Table], sql: str) -> bytes:
    """A query and what it is about, as they go to the worker."""
    return json.dumps(
        {
            "sql": sql,
            "tables": [
                {
                    "name": table.name,
                    "columns": [[column.name, column.kind] for column in table.columns],
                    "rows": table.rows,
                    "total": table.total,
                }
                for table in tables
            ],
        }
    ).encode()


def read_question(content: bytes) -> tuple[list[Table], str]:
    """The same, as the worker reads it."""
    found = json.loads(content)
    return [_table(one) for one in found["tables"]], found["sql"]


def _table(found: dict[str, list[list[str]]]) -> Table:
    columns = tuple(Column(name, ColumnKind(kind)) for name, kind in found["columns"])
    rows = tuple(map(tuple, found["rows"]))
    return Table(str(found["name"]), columns, rows, int(str(found["total"])))
