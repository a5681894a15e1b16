"""Documents on their way in and out: in steps, so that nobody else waits for a large one."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count

import aiosqlite

from core.documents import (
    MOST_CHARACTERS,
    MOST_DOCUMENTS,
    KeptPage,
    parts_of,
    storable,
    storable_cell,
    unnamed,
)
from core.events import Asked
from core.files.document import Document, Table
from core.memory.database import Database, Value, every, one, require_fence, run
from core.memory.queries import SQL
from core.memory.questions import StoredQuestion, stored_question
from core.storage import Turn

# Characters in one transaction: 10 to 20 ms.
STEP = 30_000
PAGES_A_STEP = 25


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table as JSON, of the table's ``number`` of a document."""

    table: int
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A document as its rows are written. ``tables`` are names, columns and totals."""

    name: str
    kind: str
    pages: int
    notes: str
    parts: tuple[KeptPage, ...]
    tables: tuple[tuple[str, str, int], ...]
    rows: tuple[Rows, ...]

    @property
    def characters(self) -> int:
        """All that is kept, in characters."""
        return sum(_size(portion) for portion in self._portions)

    @property
    def _portions(self) -> tuple["KeptPage | Rows", ...]:
        return *self.parts, *self.rows

    @property
    def steps(self) -> Iterator[list[KeptPage | Rows]]:
        """Pages and rows in portions of about ``STEP`` characters."""
        portion: list[KeptPage | Rows] = []
        size = 0
        for part in self._portions:
            portion.append(part)
            size += _size(part)
            if size >= STEP:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion


def written(document: Document, name: str) -> Written:
    """Write a document down. It takes a processor for a moment when it is large."""
    return Written(
        name=storable(name),
        kind=storable(document.kind),
        pages=len(document.pages),
        notes=json.dumps([storable(note) for note in unnamed(document.notes, name)], ensure_ascii=False),
        parts=parts_of(document),
        tables=tuple(
            (
                storable(table.name),
                storable(json.dumps([asdict(column) for column in table.columns], ensure_ascii=False)),
                table.total,
            )
            for table in document.tables
        ),
        rows=tuple(rows for at, table in enumerate(document.tables) for rows in _rows(at, table)),
    )


@dataclass(frozen=True, slots=True)
class Keeping:
    """A turn keeps a document that a question brought. Each step is a transaction."""

    database: Database
    turn: Turn
    question: Asked
    sha256: str
    now: float

    async def keep(self, document: Written) -> int | None:
        """Write it; its number, or ``None`` when it is no longer wanted. Raises ``LeaseLost``."""
        number, is_whole = await self.database.write(partial(self._begin, document=document))
        if number is None or is_whole:
            return number
        tables: dict[int, int] = {}
        for step in document.steps:
            go_on = partial(self._go_on, number=number, document=document, tables=tables, step=step)
            if not await self.database.write(go_on):
                return None
        surplus = await self.database.write(partial(self._end, number=number))
        if surplus is None:
            return None
        await let_go_of(self.database, surplus)
        return number

    async def _begin(self, connection: aiosqlite.Connection, document: Written) -> tuple[int | None, bool]:
        """Make its row, or find it in the thread, whole."""
        question = await self._wanted(connection)
        if question is None:
            return None, False
        whose: dict[str, Value] = {"thread_key": self.turn.address.key, "sha256": self.sha256}
        row = await one(connection, "document_by_hash", whose)
        if row is not None and not row[1]:
            await run(connection, "delete_document", {"document_id": row[0]})
        is_whole = row is not None and bool(row[1])
        if row is None or not is_whole:
            row = await one(connection, "insert_document", {**whose, **self._described(document)})
        assert row is not None
        number = int(str(row[0]))
        source: dict[str, Value] = {"document_id": number, "inbox_id": question.id, "name": document.name}
        await run(connection, "insert_source", {**source, "now": self.now})
        if is_whole:
            used: dict[str, Value] = {**whose, "documents": json.dumps([number]), "now": self.now}
            await run(connection, "document_used", used)
        return number, is_whole

    def _described(self, document: Written) -> dict[str, Value]:
        return {
            "format": document.kind,
            "pages": document.pages,
            "parts": len(document.parts),
            "characters": document.characters,
            "notes": document.notes,
            "now": self.now,
        }

    async def _wanted(self, connection: aiosqlite.Connection) -> StoredQuestion | None:
        """Read the question that brings it, unless it has other files meanwhile."""
        place = self.question.address
        await require_fence(connection, self.turn.address.key, self.turn.fence)
        stored = await stored_question(connection, place.platform, place.account, self.question.key)
        if stored is None or stored.is_withdrawn or not stored.has_files_of(self.question):
            return None
        return stored

    async def _go_on(
        self,
        connection: aiosqlite.Connection,
        number: int,
        document: Written,
        tables: dict[int, int],
        step: Sequence[KeptPage | Rows],
    ) -> bool:
        """Write some more; false when it was let go of in between."""
        await require_fence(connection, self.turn.address.key, self.turn.fence)
        if await one(connection, "is_wanted", {"document_id": number}) is None:
            return False
        pages = [_page(number, part) for part in step if isinstance(part, KeptPage)]
        await connection.executemany(SQL["insert_page"], pages)
        for part in step:
            if isinstance(part, Rows):
                table = tables.get(part.table) or await _table(connection, number, document, part.table)
                tables[part.table] = table
                rows: dict[str, Value] = {"table_id": table, "number": part.number, "rows": part.text}
                await run(connection, "insert_rows", rows)
        return True

    async def _end(self, connection: aiosqlite.Connection, number: int) -> list[int] | None:
        """Let it be found; which others the thread has no room for any more."""
        await require_fence(connection, self.turn.address.key, self.turn.fence)
        if await one(connection, "is_wanted", {"document_id": number}) is None:
            return None
        await run(connection, "document_is_whole", {"document_id": number})
        limits: dict[str, Value] = {
            "thread_key": self.turn.address.key,
            "document_id": number,
            "most": MOST_DOCUMENTS,
            "characters": MOST_CHARACTERS,
        }
        surplus = [int(str(row[0])) for row in await every(connection, "documents_over_limits", limits)]
        await hide(connection, surplus)
        return surplus


async def hide(connection: aiosqlite.Connection, documents: Sequence[int]) -> None:
    """Let nobody find what goes next."""
    if documents:
        await run(connection, "hide_documents", {"documents": json.dumps(documents)})


async def take_from(connection: aiosqlite.Connection, statement: str, whose: Mapping[str, Value]) -> None:
    """Take some questions' documents from them, and hide those that no other question brings."""
    taken = [row[0] for row in await every(connection, statement, whose)]
    if taken:
        await run(connection, "hide_unwanted", {"documents": json.dumps(taken)})
        await run(connection, "mark_erasure", {})


async def let_go_of(database: Database, documents: Iterable[int]) -> None:
    """Delete what is hidden, in steps. What a crash leaves goes at the next start."""
    for document in documents:
        while await database.write(partial(_some_less, document=document)):
            pass


async def let_go_of_unwanted(database: Database) -> None:
    """Delete what no question brings any more."""
    rows = await database.rows("unwanted_documents", {})
    await let_go_of(database, [int(str(row[0])) for row in rows])


async def _some_less(connection: aiosqlite.Connection, document: int) -> bool:
    some = {"document_id": document, "most": PAGES_A_STEP}
    if await every(connection, "delete_some_pages", some):
        return True
    await run(connection, "delete_document", {"document_id": document})
    await run(connection, "mark_erasure", {})
    return False


async def _table(connection: aiosqlite.Connection, number: int, document: Written, at: int) -> int:
    name, columns, total = document.tables[at]
    values: dict[str, Value] = {"document_id": number, "name": name, "columns": columns, "total": total}
    row = await one(connection, "insert_table", values)
    assert row is not None
    return int(str(row[0]))


def _page(document: int, page: KeptPage) -> dict[str, Value]:
    return {
        "document_id": document,
        "number": page.number,
        "label": page.label,
        "text": page.text,
        "characters": _size(page),
    }


def _rows(at: int, table: Table) -> Iterator[Rows]:
    """A table's rows in portions; one without rows has an empty one."""
    numbers = count()
    portion: list[str] = []
    size = 0
    for row in table.rows:
        portion.append(json.dumps([storable_cell(cell) for cell in row], ensure_ascii=False))
        size += len(portion[-1])
        if size >= STEP:
            yield Rows(at, next(numbers), f"[{','.join(portion)}]")
            portion, size = [], 0
    if portion or not table.rows:
        yield Rows(at, next(numbers), f"[{','.join(portion)}]")


def _size(part: KeptPage | Rows) -> int:
    return len(part.label) + len(part.text) if isinstance(part, KeptPage) else len(part.text)
