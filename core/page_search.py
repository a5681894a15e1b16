"""Which words of a question pages are searched for, and which of the pages with them fit best. Pure."""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from core.stop_words import OF_DOCUMENTS, STOP_WORDS

MOST_READ: Final = 4_000  # characters of a question
MOST_TERMS: Final = 24
LONGEST: Final = 48
# Words of so many letters are searched without the last, or the last two: they end otherwise elsewhere.
_LONG: Final = 5
_LONGER: Final = 8
# Scripts in which a word is not told from the next: kana, Chinese characters, Hangul (whose words end in
# particles), Thai, Lao, Burmese, Khmer.
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1100, 0x11FF),
    (0x1780, 0x17FF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_HIRAGANA: Final = (0x3040, 0x309F)
_FEW: Final = 3

Place = tuple[int, int]
"""A document's number, and a page's in it."""


@dataclass(frozen=True, slots=True)
class Term:
    """What is searched for: letters, digits and marks only.

    A ``piece`` stands anywhere in a text; other terms are words, or with ``begins`` how words begin.
    """

    text: str
    begins: bool = False
    piece: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page, its rank, and how much of what was asked for it has, from 0 to 1."""

    place: Place
    rank: float
    share: float


def within(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Look for the same within other words; not for numbers, which are others then."""
    return tuple(
        Term(term.text, piece=True) for term in terms if not any(letter.isdigit() for letter in term.text)
    )


def terms_of(question: str) -> tuple[Term, ...]:
    """Take the words of a question that say what it is about; none when there are none."""
    text = unicodedata.normalize("NFC", question[:MOST_READ].encode("utf-8", "ignore").decode("utf-8"))
    runs = list(_runs(text))
    empty = _empty_words({folded(run) for _, run in runs})
    found: dict[Term, None] = {}
    for is_unspaced, run in runs:
        if folded(run) not in empty:
            for term in _pieces(run) if is_unspaced else _word(run):
                found.setdefault(term)
    return tuple(found)[:MOST_TERMS]


def expression_of(term: Term, documents: Sequence[int]) -> str:
    """Write what SQLite's full-text search looks for: a word, quoted, on the pages of some documents."""
    places = " OR ".join(f'"d{number}"' for number in documents)
    quoted = term.text.replace('"', '""')
    return f'place : ({places}) AND {{label text}} : ("{quoted}"{" *" if term.begins else ""})'


def ranked(matches: Iterable[Mapping[Place, float]], pages: int) -> list[Ranked]:
    """Rank pages, the best first, by how much each of the terms that they have says.

    ``matches`` has, term by term, the pages with it, and how well they fit as any positive number;
    ``pages`` is how many were searched. A term says the more the fewer pages have it. That is counted
    within the thread: what stands in others has no influence.
    """
    ranks: dict[Place, float] = {}
    weights: dict[Place, float] = {}
    asked = 0.0
    for found in matches:
        rarity = math.log(1 + (pages - len(found) + 0.5) / (len(found) + 0.5))
        asked += rarity
        best = max(found.values(), default=0.0)
        for place, fit in found.items():
            well = fit / best if best > 0 else 1.0
            ranks[place] = ranks.get(place, 0.0) + rarity * (1 + well) / 2
            weights[place] = weights.get(place, 0.0) + rarity
    order = sorted(ranks.items(), key=lambda one: (-one[1], one[0]))
    return [Ranked(place, rank, weights[place] / asked) for place, rank in order]


def folded(word: str) -> str:
    """Write a word as stop words are written: small, without accents."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """Cut a text into words and runs of a script without spaces."""
    for kind, letters in groupby(text, _kind):
        if kind:
            yield kind == "unspaced", "".join(letters)


def _kind(letter: str) -> str:
    if unicodedata.category(letter)[0] not in "LNM":
        return ""
    return "unspaced" if _is_in(letter, *_UNSPACED) else "spaced"


def _is_in(letter: str, *ranges: tuple[int, int]) -> bool:
    return any(first <= ord(letter) <= last for first, last in ranges)


def _empty_words(words: set[str]) -> frozenset[str]:
    """Words that say nothing, of the language of which there are most: others mean something in it."""
    shares = [len(words & language) for language in STOP_WORDS]
    most = max(shares)
    of_languages = (language for language, share in zip(STOP_WORDS, shares, strict=True) if 0 < share == most)
    return OF_DOCUMENTS.union(*of_languages)


def _word(run: str) -> Iterator[Term]:
    word = run[:LONGEST]
    if not any(letter.isalnum() for letter in word):
        return
    if not word.isalpha() or len(word) < _FEW + 1:
        if len(word) > 1 or word.isdecimal():
            yield Term(word)
        return
    cut = (len(word) >= _LONG) + (len(word) >= _LONGER)
    yield Term(word[: len(word) - cut], begins=True)


def _pieces(run: str) -> Iterator[Term]:
    """Pairs of letters, without those that are grammar only."""
    if len(run) == 1:
        yield Term(run, piece=True)
    for first, second in pairwise(run):
        if not (_is_in(first, _HIRAGANA) and _is_in(second, _HIRAGANA)):
            yield Term(first + second, piece=True)
