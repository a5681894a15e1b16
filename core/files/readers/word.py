"""Word documents (DOCX, DOTX, DOCM). There are no pages in the file: it is read in parts.

The XML is read as it streams out of the archive, block by block, so that a long document needs no more
memory than a short one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from lxml import etree

from core.errors import FileError
from core.files.document import Document, Page
from core.files.limits import FileLimits
from core.files.readers import faults, office_notes, word_chunks
from core.files.readers.office import Package, Relation, open_package
from core.files.readers.office_graphics import Graphics
from core.files.readers.office_xml import attribute, kind_of
from core.files.readers.word_parts import Parts
from core.files.readers.word_styles import Lists, Style, styles_of
from core.files.readers.word_text import Writer

_MAIN = "word/document.xml"
_GONE = ("{*}Fallback", "{*}del", "{*}moveFrom")
_SEPARATORS = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_NOTES = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}

_MAX_CHUNKS = 50
_NO_STYLES: dict[str, Style] = {}

_Read = TypeVar("_Read")


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The text as Markdown in parts of about 3,000 characters: ``"part 3: Results"``.

    Footnotes, endnotes and comments stand at the end of the part that has their marks; headers and
    footers once, at the end; behind them what was changed and not accepted yet. Raises ``FileError``
    when it cannot be read.
    """
    return _read(content, name, limits, _Chunks(_MAX_CHUNKS, []))


@dataclass(slots=True)
class _Chunks:
    """How many of the files that a document shows as its own may still be read; which were not."""

    left: int
    unread: list[str]


def _read(content: bytes, name: str, limits: FileLimits, chunks: _Chunks) -> Document:
    package = open_package(content, name, limits)
    with faults.as_file_errors(name):
        return _Word(package, limits, chunks).document()


class _Word:
    """One document while it is read."""

    def __init__(self, package: Package, limits: FileLimits, chunks: _Chunks) -> None:
        self._package = package
        self._chunks = chunks
        self._limits = limits
        self._main = package.main() or _MAIN
        self._relations = package.relations(self._main)
        self._styles = self._beside("styles", styles_of, _NO_STYLES)
        self._lists = self._beside("numbering", Lists.of, Lists())
        self._notes: Mapping[tuple[str, str], str] | None = None

    def document(self) -> Document:
        parts, writer = Parts(), self._writer(self._relations)
        whole = self._fill(parts, writer)
        del parts.pages[self._limits.max_pages :]
        told = [] if whole else [office_notes.cut_short(self._package.name, len(parts.pages), "parts")]
        margins = "\n\n".join(self._margins())
        if margins:
            parts.pages.append(Page("headers and footers", margins))
        if writer.changes:
            parts.pages.append(Page("tracked changes", "\n".join(writer.changes)))
            told.append(office_notes.tracked(self._package.name))
        if not parts.pages:
            told.append(office_notes.blank(self._package.name))
        if self._chunks.unread:
            told.append(office_notes.unopened(self._package.name, self._chunks.unread))
        if writer.pictures:
            told.append(office_notes.pictures(self._package.name, writer.pictures))
        return Document("Word", tuple(parts.pages), notes=(*told, *office_notes.package_notes(self._package)))

    def _fill(self, parts: Parts, writer: Writer) -> bool:
        """Whether all of the text was read."""
        end = monotonic() + self._limits.read_seconds
        cited: list[tuple[str, str]] = []
        for element in self._package.elements(self._main, "p", "tbl", "altChunk"):
            for level, text in self._shown(element, writer):
                if parts.add(level, text[: self._limits.max_document_characters - parts.characters]):
                    self._cite(cited, parts)
                cited += writer.cited
                writer.cited.clear()
                if self._is_enough(parts) or monotonic() > end:
                    parts.end()
                    return False
        parts.end()
        self._cite(cited, parts)
        return True

    def _shown(self, element: etree._Element, writer: Writer) -> Iterator[tuple[int, str]]:
        if next(element.iterancestors(*_GONE), None) is not None:
            return
        blocks = self._chunk(element) if kind_of(element) == "altChunk" else writer.blocks([element])
        yield from ((level, text) for level, text in blocks if text)

    def _chunk(self, element: etree._Element) -> Iterator[tuple[int, str]]:
        relation = self._relations.get(attribute(element, "id"))
        if relation is None or relation.target not in self._package:
            return
        self._chunks.left -= 1
        try:
            if self._chunks.left >= 0:
                yield from word_chunks.blocks(self._package, relation.target, self._limits, self._read_inner)
                return
        except FileError:
            pass
        self._chunks.unread.append(relation.target.rpartition("/")[2])

    def _read_inner(self, content: bytes) -> Document:
        return _read(content, self._package.name, self._limits, _Chunks(0, self._chunks.unread))

    def _is_enough(self, parts: Parts) -> bool:
        return (
            len(parts.pages) >= self._limits.max_pages
            or parts.characters >= self._limits.max_document_characters
        )

    def _cite(self, cited: list[tuple[str, str]], parts: Parts) -> None:
        if cited and self._notes is None:
            self._notes = dict(self._all_notes())
        known = self._notes or {}
        lines = [
            f"[{kind} {number}]: {known[kind, number]}"
            for kind, number in dict.fromkeys(cited)
            if (kind, number) in known
        ]
        if lines:
            parts.append("\n".join(lines))
        cited.clear()

    def _all_notes(self) -> Iterator[tuple[tuple[str, str], str]]:
        for relation in self._relations.values():
            kind = _NOTES.get(relation.kind)
            if kind is None or relation.target not in self._package:
                continue
            writer = self._writer(self._package.relations(relation.target))
            for note in self._package.tree(relation.target):
                if attribute(note, "type") not in _SEPARATORS:
                    author = attribute(note, "author") if kind == "comment" else ""
                    said = " ".join(writer.plain(note).split())
                    yield (kind, attribute(note, "id")), f"{author}: {said}" if author else said

    def _margins(self) -> Iterator[str]:
        """Each header and footer that says something, once."""
        said = set()
        for relation in self._relations.values():
            if relation.kind in {"header", "footer"} and relation.target in self._package:
                writer = self._writer(self._package.relations(relation.target))
                text = writer.plain(self._package.tree(relation.target))
                if any(map(str.isalpha, text)) and text not in said:
                    said.add(text)
                    yield text

    def _beside(self, kind: str, read_part: Callable[[etree._Element], _Read], missing: _Read) -> _Read:
        """What another part defines. Without it the text is still the text."""
        for relation in self._relations.values():
            if relation.kind == kind and relation.target in self._package:
                try:
                    return read_part(self._package.tree(relation.target))
                except (FileError, ValueError):
                    return missing
        return missing

    def _writer(self, relations: Mapping[str, Relation]) -> Writer:
        return Writer(self._styles, self._lists, Graphics(self._package, relations), relations)
