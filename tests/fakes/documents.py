"""The store in memory: documents of threads."""

import re
from dataclasses import dataclass, replace

from core.address import Address
from core.documents import (
    MOST_CHARACTERS,
    MOST_DOCUMENTS,
    UNUSED_S,
    Found,
    Heading,
    KeptDocument,
    KeptPage,
    KeptTable,
    parts_of,
    storable,
    storable_cell,
    unnamed,
)
from core.events import Asked
from core.files.document import Document, Table
from core.page_search import Place, Term, folded, ranked, terms_of, within
from core.storage import Turn, TurnState
from tests.fakes.tables import BroughtRow, DocumentRow, EventRow, Tables, occurrence

REFUSED = ("moderated", "not_allowed")


@dataclass
class MemoryDocuments(Tables):
    """Implements core.documents.DocumentStore."""

    async def keep_document(
        self, turn: Turn, question: Asked, name: str, sha256: str, document: Document, now: float
    ) -> int | None:
        self.require_fence(turn)
        key = occurrence(question.address, question.key)
        event = self.events.get(key)
        if event is None or event.is_withdrawn or not event.has_files_of(question):
            return None
        thread = turn.address.key
        same = (row for row in self.kept.values() if (row.thread, row.sha256) == (thread, sha256))
        row = next(same, None)
        if row is None:
            self.documents_made += 1
            kept = replace(document, notes=unnamed(document.notes, name))
            row = DocumentRow(self.documents_made, thread, sha256, kept, parts_of(kept))
            self.kept[row.number] = row
        row.sources[key] = BroughtRow(storable(name), now)
        row.used_at = max(row.used_at, now)
        self._make_room(row)
        return row.number

    async def documents_used(self, turn: Turn, documents: tuple[int, ...], now: float) -> None:
        self.require_fence(turn)
        for number in documents:
            row = self.kept.get(number)
            if row is not None and row.thread == turn.address.key:
                row.used_at = max(row.used_at, now)

    async def documents(self, address: Address) -> tuple[KeptDocument, ...]:
        found = [(self._brought_last(row), row) for row in self.kept.values() if row.thread == address.key]
        known = [(brought, _described(row, brought[1], brought[2])) for brought, row in found if brought]
        known.sort(key=lambda one: (one[1].at, one[0][0]))
        return tuple(document for _, document in known)

    async def headings(self, address: Address, document: int) -> tuple[Heading, ...]:
        pages = self._parts(address, document)
        return tuple(Heading(page.number, page.label, _size(page)) for page in pages)

    async def pages(self, address: Address, document: int, numbers: tuple[int, ...]) -> tuple[KeptPage, ...]:
        return tuple(page for page in self._parts(address, document) if page.number in numbers)

    async def search(self, address: Address, query: str, limit: int) -> tuple[Found, ...]:
        documents = [document.id for document in await self.documents(address)]
        pages = {(number, page.number): page for number in documents for page in self._parts(address, number)}
        terms = terms_of(query)
        matches = [_matches(term, pages) for term in terms]
        if not any(matches):
            matches = [_matches(term, pages) for term in within(terms)]
        best = ranked(matches, len(pages))[:limit]
        return tuple(Found(*one.place, pages[one.place].label, one.rank, one.share) for one in best)

    async def table(self, address: Address, document: int, name: str) -> Table | None:
        row = self._known(address, document)
        tables = row.document.tables if row else ()
        found = next((table for table in tables if storable(table.name) == name), None)
        if found is None:
            return None
        rows = tuple(tuple(storable_cell(cell) for cell in row) for row in found.rows)
        return replace(found, name=storable(found.name), rows=rows)

    def _parts(self, address: Address, document: int) -> tuple[KeptPage, ...]:
        row = self._known(address, document)
        return row.parts if row else ()

    def _known(self, address: Address, document: int) -> DocumentRow | None:
        row = self.kept.get(document)
        is_here = row is not None and row.thread == address.key and self._brought_last(row) is not None
        return row if is_here else None

    def _brought_last(self, row: DocumentRow) -> tuple[int, BroughtRow, str] | None:
        """By which of the questions that are still known: its place, what it said, and who asked."""
        known = []
        for key, brought in row.sources.items():
            at = self._position(self.events[key], row.thread)
            if at is not None:
                known.append((brought.at, at, brought, self.events[key].event.author.name))
        return max(known, key=lambda one: one[:2])[1:] if known else None

    def _position(self, event: EventRow, thread: str) -> int | None:
        message = next((row for row in self.rows if row.source is event and row.parts), None)
        if message is None:
            return None
        turn = self.turn_rows[event.turn_id]
        if turn.state is TurnState.RUNNING:
            return message.number
        is_past = message.number <= self.threads[thread].reset_after
        return None if is_past or (not turn.model and turn.error in REFUSED) else message.number

    def _make_room(self, newest: DocumentRow) -> None:
        """Let go of what was not used for the longest time."""
        here = [row for row in self.kept.values() if row.thread == newest.thread]
        here.sort(key=lambda row: (row is newest, row.used_at, row.number), reverse=True)
        for place, row in enumerate(here, start=1):
            upto = sum(one.characters for one in here[:place])
            if row is not newest and (place > MOST_DOCUMENTS or upto > MOST_CHARACTERS):
                del self.kept[row.number]


def prune_documents(tables: Tables, now: float) -> None:
    """Let go of what nobody used for long."""
    tables.kept = {number: row for number, row in tables.kept.items() if row.used_at >= now - UNUSED_S}


def _described(row: DocumentRow, brought: BroughtRow, by: str) -> KeptDocument:
    document = row.document
    tables = tuple(KeptTable(storable(one.name), one.columns, one.total) for one in document.tables)
    return KeptDocument(
        row.number,
        brought.name,
        document.kind,
        len(document.pages),
        len(row.parts),
        row.characters,
        tables,
        tuple(map(storable, document.notes)),
        by,
        brought.at,
    )


def _matches(term: Term, pages: dict[Place, KeptPage]) -> dict[Place, float]:
    """The pages with a term, and how often they have it for their length."""
    lengths = {place: len(_words(page.text)) for place, page in pages.items()}
    average = sum(lengths.values()) / len(lengths) if lengths else 0.0
    found = {}
    for place, page in pages.items():
        often = 2 * _often(term, page.label) + _often(term, page.text)
        if often and term.piece:
            found[place] = 1.0
        elif often:
            length = lengths[place] / average if average else 1.0
            found[place] = often * 2.2 / (often + 1.2 * (0.25 + 0.75 * length))
    return found


def _often(term: Term, text: str) -> int:
    wanted = folded(term.text)
    if term.piece:
        return folded(text).count(wanted)
    return sum(word.startswith(wanted) if term.begins else word == wanted for word in _words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text))


def _size(page: KeptPage) -> int:
    return len(page.label) + len(page.text)
