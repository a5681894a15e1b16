"""PowerPoint presentations (PPTX, PPTM, PPSX, POTX): one slide after the other, in the order of the talk."""

from collections.abc import Iterator
from time import monotonic

from lxml import etree

from core.errors import FileError
from core.files.document import Document, Page
from core.files.limits import FileLimits
from core.files.notes import damaged
from core.files.readers import faults, office_notes
from core.files.readers.office import Package, Relation, open_package
from core.files.readers.office_graphics import Graphics
from core.files.readers.office_xml import attribute, child, each, kind_of, paragraphs
from core.files.readers.slides_text import SlideText
from core.files.text import clean

_MAIN = "ppt/presentation.xml"
_MAX_TITLE = 60


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """Each slide as ``"slide 2: Title"``, with its speaker's notes and comments; hidden ones say so.

    Raises ``FileError`` when it cannot be read.
    """
    package = open_package(content, name, limits)
    with faults.as_file_errors(name):
        return _Talk(package, limits).document()


class _Talk:
    """One presentation while it is read."""

    def __init__(self, package: Package, limits: FileLimits) -> None:
        self._package = package
        self._limits = limits
        self._main = package.main() or _MAIN
        self._pictures = 0
        self._damaged: list[str] = []

    def document(self) -> Document:
        slides = self._order()
        pages: list[Page] = []
        characters, reached = 0, 0
        end = monotonic() + self._limits.read_seconds
        for number, slide in enumerate(slides[: self._limits.max_pages], 1):
            if characters >= self._limits.max_document_characters or monotonic() > end:
                break
            reached = number
            try:
                page = self._slide(slide, number)
            except FileError:
                self._damaged.append(f"slide {number}")
                continue
            text = page.text[: self._limits.max_document_characters - characters]
            pages.append(Page(page.label, text))
            characters += len(text)
        if slides and not pages:
            raise FileError(damaged(self._package.name))
        return Document(
            "PowerPoint", tuple(pages), notes=tuple(self._notes(reached, len(slides), characters))
        )

    def _order(self) -> list[str]:
        relations = self._package.relations(self._main)
        entries = each(self._package.tree(self._main), "sldId")
        found = (relations.get(_relation_id(entry)) for entry in entries)
        return [relation.target for relation in found if relation and relation.kind == "slide"]

    def _slide(self, part: str, number: int) -> Page:
        root = self._package.tree(part)
        relations = self._package.relations(part)
        text = SlideText(Graphics(self._package, relations), relations)
        tree = child(root, "cSld", "spTree")
        said = text.shapes(tree if tree is not None else [])
        self._pictures += text.pictures
        hidden = "(hidden slide)" if attribute(root, "show", "1") in {"0", "false"} else ""
        heading = f"# {text.title}" if text.title else ""
        notes = [f"Notes: {note}" for note in self._beside(relations, "notesSlide")]
        comments = list(self._comments(relations))
        body = "\n\n".join(part for part in (heading, hidden, said, *notes, *comments) if part)
        title = text.title if len(text.title) <= _MAX_TITLE else f"{text.title[: _MAX_TITLE - 1]}…"
        return Page(f"slide {number}" + (f": {title}" if title else ""), body)

    def _beside(self, relations: dict[str, Relation], kind: str) -> Iterator[str]:
        """What the speaker's notes of a slide say."""
        for relation in relations.values():
            if relation.kind == kind and relation.target in self._package:
                tree = child(self._package.tree(relation.target), "cSld", "spTree")
                bodies = [shape for shape in tree if _is_body(shape)] if tree is not None else []
                said = SlideText(Graphics(self._package, {}), {}, has_bullets=False).shapes(bodies)
                if said:
                    yield said

    def _comments(self, relations: dict[str, Relation]) -> Iterator[str]:
        for relation in relations.values():
            if relation.kind == "comments" and relation.target in self._package:
                for comment in each(self._package.tree(relation.target), "cm"):
                    yield from _remarks(comment)

    def _notes(self, reached: int, total: int, characters: int) -> Iterator[str]:
        name = self._package.name
        if reached < total:
            yield office_notes.left_out(name, reached, total, "slides")
        if self._damaged:
            yield office_notes.unread(name, self._damaged)
        if not characters:
            yield office_notes.blank(name)
        if self._pictures:
            yield office_notes.pictures(name, self._pictures)
        yield from office_notes.package_notes(self._package)


def _remarks(comment: etree._Element) -> Iterator[str]:
    """A comment, and the replies to it, which stand before it in those of today."""
    own = [inner for inner in comment if kind_of(inner) in {"text", "txBody"}]
    replies = [body for reply in each(comment, "reply") for body in each(reply, "txBody")]
    for kind, said in (*(("Comment", one) for one in own), *(("Reply", one) for one in replies)):
        words = " ".join(clean(" ".join((said.text or "", *paragraphs(said)))).split())
        if words:
            yield f"{kind}: {words}"


def _relation_id(entry: etree._Element) -> str:
    """``r:id``, which stands beside an ``id`` of its own."""
    return next((str(found) for key, found in entry.attrib.items() if str(key).endswith("}id")), "")


def _is_body(shape: etree._Element) -> bool:
    if kind_of(shape) != "sp":
        return False
    return attribute(child(shape, "nvSpPr", "nvPr", "ph"), "type") == "body"
