"""Which documents of a thread a question is about, and which of their pages answer it first. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.documents import Found, Heading, KeptDocument
from core.page_search import MOST_READ, folded
from core.stop_words import OF_DOCUMENTS

MOST_AT_ONCE: Final = 8
# So much of what a question asks for has to stand on a page that it is taken to be about its document.
RELEVANT: Final = 0.3
# The rank of a page with a word that more than two thirds of all have is less.
TELLING: Final = 0.4
# What has less than this share of the best page's rank comes after all that stands around better ones.
WORTH: Final = 0.4
MOST_SPREAD: Final = 64
_MOST_NAMED: Final = 40
# A shorter name of a file is a word as any other.
_LEAST_NAME: Final = 4

_TO: Final = r"\s*(?:-|\u2013|to|bis|a|al|ate|tot|till|til|do)\s*"
_AND: Final = r"\s*(?:,|&|and|und|et|y|e|en|og|och|i)\s*"
_NUMBERED: Final = re.compile(
    r"\b(?:(?:pages?|seiten?|paginas?|pagine|sid[ae]r?|sidor|stron[ay]|stran[ay]|sivut?|bladzijden?"
    r"|slides?|folien?|diapositiv[ae]s?|sheets?|blatt|hojas?|feuilles?|foglio|parts?|teile?)|(?:pp?|s|pag)\.)"
    rf"\s*(\d{{1,6}}(?:(?:{_TO}|{_AND})\d{{1,6}}){{0,9}})"
)
_RANGE: Final = re.compile(rf"(\d+)(?:{_TO}(\d+))?")
_PART: Final = re.compile(r"(?:, )?part \d+ of \d+$")
# The number of a page, also of one with a title: "slide 12: Costs".
_NUMBER: Final = re.compile(r"^[^\W\d_]+ (\d+)(?=:|$)")
# What a browser or we ourselves put behind a name that there is already.
_COPY: Final = re.compile(r" ?\(\d+\)$")


def chosen_documents(
    question: str, documents: Sequence[KeptDocument], found: Sequence[Found], brought: frozenset[int]
) -> tuple[KeptDocument, ...]:
    """Choose what a question is about: what it brought, what it names, what has its words.

    One that speaks of a document without saying of which is about the last one; one that speaks of
    something else is about none. ``documents`` has the last one at the end, ``found`` the best first.
    """
    shares: dict[int, float] = {}
    for one in found:
        shares[one.document] = max(one.share, shares.get(one.document, 0.0))
    words = folded(question[:MOST_READ])

    def weight(document: KeptDocument) -> float:
        certain = document.id in brought or _is_named(document.name, words)
        return 1 + shares.get(document.id, 0.0) if certain else shares.get(document.id, 0.0)

    about = [document for document in reversed(documents) if weight(document) >= RELEVANT]
    if not about and documents and not OF_DOCUMENTS.isdisjoint(re.findall(r"\w+", words)):
        about = [documents[-1]]
    return tuple(sorted(about, key=weight, reverse=True)[:MOST_AT_ONCE])


def wanted_pages(question: str, headings: Sequence[Heading], found: Sequence[Found]) -> tuple[int, ...]:
    """List a document's pages by number, the most wanted first.

    Those that the question names, the first page, those with its words, the best first, and what stands
    around these. Where it names none and has no words of the document: pages from all over it.
    ``found`` are this document's.
    """
    there = {heading.number for heading in headings}
    named = _named_pages(question, headings)
    # Words that stand everywhere choose nothing.
    telling = [one for one in found if one.rank >= TELLING]
    best = max((one.rank for one in telling), default=0.0)
    hits = [one.number for one in telling if one.rank >= best * WORTH]
    wanted = [*named, *_around(named), *_first(headings), *hits, *_around(hits)]
    if not named and not hits:
        wanted += _spread(sorted(there))
    wanted += [one.number for one in telling]
    return tuple(number for number in dict.fromkeys(wanted) if number in there)


def page_of(label: str) -> str:
    """Name the page that a part belongs to; a part of a text without pages is one by itself."""
    whole = _PART.sub("", label)
    return whole or label.split(" of ", 1)[0]


def _is_named(name: str, words: str) -> bool:
    stem = folded(name).rsplit(".", 1)[0]
    stems = {stem, _COPY.sub("", stem)}
    return any(
        len(one) >= _LEAST_NAME and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", words) for one in stems
    )


def _first(headings: Sequence[Heading]) -> list[int]:
    return [heading.number for heading in headings[:1]]


def _named_pages(question: str, headings: Sequence[Heading]) -> list[int]:
    """Pages that a question names by their number."""
    named: list[int] = []
    for listed in _NUMBERED.findall(folded(question[:MOST_READ])):
        for first, last in _RANGE.findall(listed):
            is_range = last and int(first) < int(last) < int(first) + _MOST_NAMED
            named += range(int(first), int(last) + 1) if is_range else (int(first),)
    if not named:
        return []
    by_number: dict[int, list[int]] = {}
    for heading in headings:
        number = _NUMBER.match(page_of(heading.label))
        if number is not None:
            by_number.setdefault(int(number[1]), []).append(heading.number)
    return [page for number in named[:_MOST_NAMED] for page in by_number.get(number, ())]


def _around(numbers: Sequence[int]) -> Iterator[int]:
    for number in numbers:
        yield number + 1
        yield number - 1


def _spread(numbers: Sequence[int]) -> list[int]:
    """The last, the middle, the middles of what is left, and so on."""
    if not numbers:
        return []
    wanted = [numbers[-1]]
    gaps = [(0, len(numbers) - 1)]
    while gaps and len(wanted) < MOST_SPREAD:
        begin, end = gaps.pop(0)
        if end - begin > 1:
            middle = (begin + end) // 2
            wanted.append(numbers[middle])
            gaps += [(begin, middle), (middle, end)]
    return wanted
