"""What stands on the sheets of an XLSX file beside its cells: comments, and texts in boxes and shapes."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from core.errors import FileError
from core.files.readers.office import Package, Relation
from core.files.readers.office_xml import attribute, each, kind_of
from core.files.text import clean

_MOST = 500
LONGEST = 2_000
"""Characters of a remark's words, at the most."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """Of one sheet: a ``text``, empty where there is none, how many pictures it has, and what is unread."""

    text: str = ""
    pictures: int = 0
    unread: tuple[str, ...] = ()


def remarks(told: Iterable[str], pictures: int, unread: Iterable[str] = ()) -> Remarks:
    """The first 500 lines of what is told, empty ones left out."""
    return Remarks("\n".join(islice(filter(None, told), _MOST)), pictures, tuple(unread))


def comment_at(cell: str, author: str, words: str) -> str:
    """A comment's line; who wrote it may be empty."""
    return f"Comment at {cell}{f' by {clean(author)}' if author.strip() else ''}: {words}"


def text_box(words: str) -> str:
    """The line of a text in a box or a shape."""
    return f"Text box: {words}"


def beside_cells(package: Package, part: str, sheet: str) -> Remarks:
    """Read what stands beside the cells of a sheet's part; what is damaged of it is named."""
    told: list[str] = []
    unread: list[str] = []
    pictures = 0
    threads: set[str] = set()
    # Conversations come first: of each a copy for old programs is among the comments.
    for relation in sorted(_relations(package, part), key=lambda one: one.kind != "threadedComment"):
        try:
            tree = package.tree(relation.target)
        except FileError:
            what = "shapes" if relation.kind == "drawing" else "comments"
            unread.append(f"the {what} of the sheet {sheet}")
            continue
        if relation.kind == "drawing":
            told += _shapes(tree)
            pictures += sum(1 for _ in each(tree, "pic"))
        else:
            told += _comments(tree, threads)
    return remarks(told, pictures, unread)


def _relations(package: Package, part: str) -> Iterator[Relation]:
    with suppress(FileError):
        for relation in package.relations(part).values():
            is_told = relation.kind in {"comments", "threadedComment", "drawing"}
            if is_told and not relation.is_external and relation.target in package:
                yield relation


def _comments(tree: etree._Element, threads: set[str]) -> Iterator[str]:
    """Each with its cell and, where that is told, who wrote it; ``threads`` are cells done already."""
    authors = [author.text or "" for author in each(tree, "author")]
    is_thread = kind_of(tree) == "ThreadedComments"
    before = frozenset(threads)
    for comment in islice(each(tree, "threadedComment", "comment"), _MOST):
        cell, words = attribute(comment, "ref"), _words(comment, "t", "text")
        if is_thread:
            threads.add(cell)
        if not words or (not is_thread and cell in before):
            continue
        number = attribute(comment, "authorId")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        yield comment_at(cell, author, words)


def _shapes(tree: etree._Element) -> Iterator[str]:
    for shape in islice(each(tree, "sp"), _MOST):
        lines = (_words(line, "t") for line in each(shape, "p"))
        words = " / ".join(line for line in lines if line)
        if words:
            yield text_box(words[:LONGEST])


def _words(element: etree._Element, *names: str) -> str:
    pieces = [piece.text or "" for piece in each(element, *names)]
    return " ".join(clean("".join(pieces)).split())[:LONGEST]
