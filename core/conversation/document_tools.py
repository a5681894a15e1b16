"""Tools with which the model reads the documents of a conversation, and asks their tables."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from pydantic import Field

from core.address import Address
from core.asked_pages import asked_pages, fitting, listed
from core.conversation.asked_tables import asked_tables, described, named_tables
from core.conversation.voices import Voice
from core.documents import DocumentStore, KeptDocument
from core.errors import FileError, ToolRetry
from core.files.document import Table
from core.files.queries import Queries
from core.ports import Toolbox as AnyToolbox
from core.tools.permitted import PermittedTools
from core.tools.tool import Tool, tool
from core.tools.toolbox import Toolbox
from core.transcript import ToolCall, ToolResult, ToolSpec

MOST_CHARACTERS: Final = 6_500
MOST_FOUND: Final = 12
MOST_TABLES: Final = 12
QUERY_S: Final = 30.0

Name = Annotated[str, Field(description="The name of the file")]
Pages = Annotated[
    str,
    Field(description='Which pages, such as "3" or "7-9, 12", or their names, such as "sheet Costs"'),
]
Words = Annotated[str, Field(description="A few words that would stand there")]
Sql = Annotated[str, Field(description="One SELECT statement")]


@dataclass(frozen=True, slots=True)
class Beside:
    """Implements ``core.ports.Toolbox``: the tools of one, and beside them those of another."""

    first: AnyToolbox
    second: Toolbox

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them."""
        return (*self.first.specs, *self.second.specs)

    async def run(self, call: ToolCall) -> ToolResult:
        """Run one call."""
        is_ours = any(spec.name == call.name for spec in self.second.specs)
        return await (self.second if is_ours else self.first).run(call)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the documents of a conversation are read and asked."""

    store: DocumentStore
    queries: Queries

    def tools(self, voice: Voice, address: Address, documents: Sequence[KeptDocument]) -> PermittedTools:
        """Put tools for these documents of an address beside those of a voice."""
        if not documents or not voice.info.tools:
            return voice.tools
        shelf = _Shelf(self, address, tuple(documents))
        return replace(voice.tools, toolbox=Beside(voice.tools.toolbox, Toolbox(shelf.tools())))


@dataclass(frozen=True, slots=True)
class _Shelf:
    reach: Reach
    address: Address
    documents: tuple[KeptDocument, ...]

    def tools(self) -> tuple[Tool, ...]:
        found = (tool(idempotent=True)(self.read_pages), tool(idempotent=True)(self.search_documents))
        named = named_tables(self.documents)
        if not named:
            return found
        asked = tool(idempotent=True, timeout_s=QUERY_S)(self.query_tables)
        return (*found, replace(asked, description=f"{asked.description}\n{described(named)}"))

    async def read_pages(self, document: Name, pages: Pages) -> str:
        """Read pages of a document that was sent in this conversation, word for word."""
        kept = self._named(document)
        headings = await self.reach.store.headings(self.address, kept.id)
        numbers = set(asked_pages(pages, headings))
        if not numbers:
            raise ToolRetry(f"{kept.name} has no such pages. It has: {listed(headings) or 'none'}.")
        wanted = [heading for heading in headings if heading.number in numbers]
        taken = fitting(wanted, MOST_CHARACTERS)
        read = tuple(heading.number for heading in wanted[:taken])
        found = await self.reach.store.pages(self.address, kept.id, read)
        text = "\n\n".join(f"## {page.label}\n\n{page.text}" if page.label else page.text for page in found)
        if taken == len(wanted):
            return text
        left = listed(wanted[taken:])
        return f"{text}\n\n[There is no room for more here. Ask by name for what is left: {left}]"

    async def search_documents(self, words: Words) -> str:
        """Find the pages on which words stand, in all documents that were sent in this conversation."""
        found = await self.reach.store.search(self.address, words, MOST_FOUND)
        names = {document.id: document.name for document in self.documents}
        lines = [f"{names[one.document]}: {one.label}" for one in found if one.document in names]
        return "\n".join(lines) or "These words stand on no page."

    async def query_tables(self, sql: Sql) -> str:
        """Ask the tables of this conversation's documents by SQL. Take the numbers of an answer from here."""
        named = named_tables(self.documents)
        tables: dict[str, Table] = {}
        for one in asked_tables(named, sql)[:MOST_TABLES]:
            table = await self.reach.store.table(self.address, one.document.id, one.table.name)
            if table is not None:
                tables[one.name] = replace(table, name=one.name)
        others = [one.empty for one in named[:MOST_TABLES] if one.name not in tables]
        try:
            return await self.reach.queries.ask((*tables.values(), *others), sql)
        except FileError as error:
            raise ToolRetry(error.told) from error

    def _named(self, name: str) -> KeptDocument:
        wanted = name.strip().casefold()
        for document in reversed(self.documents):
            if document.name.casefold() == wanted:
                return document
        known = ", ".join(document.name for document in self.documents)
        raise ToolRetry(f"There is no document of that name here. There are: {known}.")
