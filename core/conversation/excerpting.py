"""The documents of a thread, as much of them as a question needs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.address import Address
from core.choosing_pages import chosen_documents, wanted_pages
from core.documents import DocumentStore, Found, Heading, KeptDocument
from core.excerpts import Excerpt, Reading, excerpts
from core.page_search import terms_of
from core.window import ROUGH, Counter

MOST_FOUND: Final = 60
# Texts have no fewer tokens than one for so many characters.
LONGEST_TOKEN: Final = 6


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, the documents that came with it, and how many tokens what is read of them may have."""

    question: str
    budget: int
    brought: frozenset[int] = frozenset()
    counter: Counter = ROUGH


async def excerpts_for(
    store: DocumentStore, address: Address, documents: Sequence[KeptDocument], asking: Asking
) -> tuple[Excerpt, ...]:
    """Read what a question is about from the thread's documents.

    Empty when it is about none. Raises ``StoreError``.
    """
    question, budget = asking.question, asking.budget
    found = await store.search(address, question, MOST_FOUND)
    chosen = chosen_documents(question, documents, found, asking.brought)
    readings = [await _read(store, address, question, one, found, budget) for one in chosen]
    return await asyncio.to_thread(excerpts, readings, budget, asking.counter)


async def _read(
    store: DocumentStore,
    address: Address,
    question: str,
    document: KeptDocument,
    found: Sequence[Found],
    budget: int,
) -> Reading:
    headings = await store.headings(address, document.id)
    mine = [one for one in found if one.document == document.id]
    wanted = wanted_pages(question, headings, mine)
    if document.characters <= budget * LONGEST_TOKEN:
        wanted = tuple(dict.fromkeys((*wanted, *(heading.number for heading in headings))))
    else:
        wanted = _first_of(wanted, headings, budget * LONGEST_TOKEN)
    pages = {page.number: page for page in await store.pages(address, document.id, wanted)}
    words = sorted((term.text for term in terms_of(question)), key=len, reverse=True)
    there = tuple(pages[number] for number in wanted if number in pages)
    return Reading(document, headings, there, tuple(words))


def _first_of(wanted: Sequence[int], headings: Sequence[Heading], characters: int) -> tuple[int, ...]:
    """As many as could fit, and one more."""
    sizes = {heading.number: heading.characters for heading in headings}
    taken: list[int] = []
    for number in wanted:
        taken.append(number)
        characters -= sizes[number]
        if characters < 0:
            break
    return tuple(taken)
