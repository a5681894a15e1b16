"""Documents of threads, found and read."""

import asyncio
import json
from collections.abc import Sequence

import aiosqlite

from core.address import Address
from core.documents import Found, Heading, KeptDocument, KeptPage, KeptTable
from core.events import Asked
from core.files.document import Column, ColumnKind, Document, Table
from core.memory.database import Database, Row, Value, require_fence, run
from core.memory.document_writing import Keeping, written
from core.page_search import Place, Term, expression_of, ranked, terms_of, within
from core.storage import Turn


class DocumentTable:
    """Implements ``core.documents.DocumentStore``."""

    _database: Database

    async def keep_document(
        self, turn: Turn, question: Asked, name: str, sha256: str, document: Document, now: float
    ) -> int | None:
        """Keep a document that a question brought, unless it has other files meanwhile."""
        keeping = Keeping(self._database, turn, question, sha256, now)
        return await keeping.keep(await asyncio.to_thread(written, document, name))

    async def documents_used(self, turn: Turn, documents: tuple[int, ...], now: float) -> None:
        """Note that documents of the turn's thread were read from."""
        used: dict[str, Value] = {
            "thread_key": turn.address.key,
            "documents": json.dumps(documents),
            "now": now,
        }

        async def unit(connection: aiosqlite.Connection) -> None:
            await require_fence(connection, turn.address.key, turn.fence)
            await run(connection, "document_used", used)

        await self._database.write(unit)

    async def documents(self, address: Address) -> tuple[KeptDocument, ...]:
        """List a thread's documents, the one that was brought last at the end."""
        rows = await self._database.rows("known_documents", {"thread_key": address.key})
        newest: dict[int, Row] = {}
        for row in rows:
            number = int(str(row[0]))
            newest.pop(number, None)
            newest[number] = row
        tables = await self._tables(list(newest)) if newest else {}
        return tuple(_kept(row, tuple(tables.get(number, ()))) for number, row in newest.items())

    async def headings(self, address: Address, document: int) -> tuple[Heading, ...]:
        """List a document's pages; none when it is not one of this thread."""
        of: dict[str, Value] = {"thread_key": address.key, "document_id": document}
        rows = await self._database.rows("headings", of)
        return tuple(Heading(int(str(number)), str(label), int(str(size))) for number, label, size in rows)

    async def pages(self, address: Address, document: int, numbers: tuple[int, ...]) -> tuple[KeptPage, ...]:
        """Read pages in their order; those that there are."""
        of: dict[str, Value] = {
            "thread_key": address.key,
            "document_id": document,
            "numbers": json.dumps(numbers),
        }
        rows = await self._database.rows("pages_of_document", of)
        return tuple(KeptPage(int(str(number)), str(label), str(text)) for number, label, text in rows)

    async def search(self, address: Address, query: str, limit: int) -> tuple[Found, ...]:
        """Find pages by any of the words of a question, the best first."""
        terms = terms_of(query)
        kept = await self.documents(address) if terms else ()
        if not kept:
            return ()
        documents = [document.id for document in kept]
        labels: dict[Place, str] = {}
        matches = [await self._matches(term, documents, labels) for term in terms]
        if not labels:
            # A word may stand within another one.
            matches = [await self._matches(term, documents, labels) for term in within(terms)]
        best = ranked(matches, sum(document.parts for document in kept))[:limit]
        return tuple(Found(*one.place, labels[one.place], one.rank, one.share) for one in best)

    async def table(self, address: Address, document: int, name: str) -> Table | None:
        """Read a table with its rows."""
        of: dict[str, Value] = {"thread_key": address.key, "document_id": document, "name": name}
        row = await self._database.row("table_of_document", of)
        if row is None:
            return None
        number, columns, total = row
        portions = await self._database.rows("rows_of_table", {"table_id": number})
        cells = await asyncio.to_thread(_cells, [str(portion) for (portion,) in portions])
        return Table(name, _columns(str(columns)), cells, int(str(total)))

    async def _matches(
        self, term: Term, documents: Sequence[int], labels: dict[Place, str]
    ) -> dict[Place, float]:
        if term.piece:
            piece = {"documents": json.dumps(documents), "piece": term.text}
            return _noted(await self._database.rows("pages_with_piece", piece), labels)
        expression = {"expression": expression_of(term, documents)}
        return _noted(await self._database.rows("pages_with_words", expression), labels)

    async def _tables(self, documents: Sequence[int]) -> dict[int, list[KeptTable]]:
        found: dict[int, list[KeptTable]] = {}
        rows = await self._database.rows("tables_of_documents", {"documents": json.dumps(documents)})
        for number, name, columns, total in rows:
            table = KeptTable(str(name), _columns(str(columns)), int(str(total)))
            found.setdefault(int(str(number)), []).append(table)
        return found


def _noted(rows: Sequence[Row], labels: dict[Place, str]) -> dict[Place, float]:
    """How well pages fit, by their places; what they are called is noted."""
    found: dict[Place, float] = {}
    for document, number, label, fit in rows:
        place = (int(str(document)), int(str(number)))
        labels[place] = str(label)
        found[place] = float(str(fit))
    return found


def _kept(row: Row, tables: tuple[KeptTable, ...]) -> KeptDocument:
    number, name, kind, pages, parts, characters, notes, by, at = row
    return KeptDocument(
        id=int(str(number)),
        name=str(name),
        kind=str(kind),
        pages=int(str(pages)),
        parts=int(str(parts)),
        characters=int(str(characters)),
        tables=tables,
        notes=tuple(map(str, json.loads(str(notes)))),
        by=str(by),
        at=float(str(at)),
    )


def _columns(text: str) -> tuple[Column, ...]:
    return tuple(Column(str(one["name"]), ColumnKind(one["kind"])) for one in json.loads(text))


def _cells(portions: Sequence[str]) -> tuple[tuple[str | int | float | bool | None, ...], ...]:
    return tuple(tuple(row) for portion in portions for row in json.loads(portion))
