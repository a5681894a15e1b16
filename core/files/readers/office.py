"""Office files are ZIP archives of XML parts: this is how they are opened without harm.

What a member's header claims is not believed: bytes are counted while they are unpacked. Parts are
found by name or by relation, never by a path on this machine, and nothing outside of the file is
ever asked for. XML with a document type declaration is refused: that is where entities come from.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from posixpath import dirname, join, normpath
from typing import Final, TypedDict, cast
from xml.parsers import expat

from lxml import etree

from core.errors import FileError
from core.files.containers import part_name
from core.files.limits import FileLimits
from core.files.notes import damaged
from core.files.readers import faults

_ENTRY = b"PK\x01\x02"  # ZIP APPNOTE 4.3.12: how each entry of the central directory begins
_ENCRYPTED = 0x1
# LZMA and bzip2 unpack too slowly, or into too much memory; office programs write neither.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_CHUNK = 1 << 16
# Runs of equal cells reach 100; deflate ends at 1032.
_MAX_RATIO = 300
_SMALL = 5_000_000
_MAX_TREE_BYTES = 32_000_000


class _Options(TypedDict):
    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool


_UNSAFE_NAME = re.compile(r"^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)|[\x00-\x1f\\]")

# libxml2 itself ends at 256 levels and at texts of 10 MB unless ``huge_tree`` is set.
_SAFE: Final = _Options(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part points to: ``kind`` is the last word of its type, ``"image"`` or ``"hyperlink"``.

    ``target`` is the name of another part, or, if ``is_external``, an address to show and not to ask.
    """

    id: str
    kind: str
    target: str
    is_external: bool


class Package:
    """The parts of one Office file; see :func:`open_package`. All that is unpacked counts."""

    def __init__(self, archive: zipfile.ZipFile, name: str, limits: FileLimits) -> None:
        self.name = name
        self._archive = archive
        self._limits = limits
        self._unpacked = 0
        named = ((part_name(info.filename), info) for info in archive.infolist() if not info.is_dir())
        self._members = {part: info for part, info in named if not _UNSAFE_NAME.search(part)}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts, in the file's order, such as ``"word/document.xml"``."""
        return tuple(self._members)

    def __contains__(self, part: str) -> bool:
        return part in self._members

    def size(self, part: str) -> int:
        """How large the part says that it is, in bytes: to be shown, not to be believed."""
        return self._members[part].file_size

    def read(self, part: str) -> bytes:
        """The part's bytes. Raises ``FileError``, also when the file has no such part."""
        return b"".join(self.chunks(part))

    def chunks(self, part: str) -> Iterator[bytes]:
        """The part's bytes, piece by piece. Raises ``FileError`` as soon as they are too many."""
        with faults.as_file_errors(self.name):
            info = self._members[part]
            if info.flag_bits & _ENCRYPTED:
                raise FileError(faults.locked(self.name))
            if info.compress_type not in _METHODS:
                raise FileError(damaged(self.name))
            unpacked = 0
            with self._archive.open(info) as member:
                while chunk := member.read(_CHUNK):
                    unpacked += len(chunk)
                    self._count(len(chunk), unpacked, info.compress_size)
                    yield chunk

    def tree(self, part: str) -> etree._Element:
        """The root of an XML part. Raises ``FileError``."""
        return parse_xml(self.read(part), self.name)

    def elements(self, part: str, *names: str) -> Iterator[etree._Element]:
        """The outermost elements of these plain names, each as soon as it is complete, then let go.

        What stands around them is there to be asked for, what stood before them is not. Raises ``FileError``.
        """
        parser = etree.XMLPullParser(("end",), tag=[f"{{*}}{name}" for name in names], **_SAFE)
        with faults.as_file_errors(self.name):
            for piece in _undeclared(self.chunks(part), self.name):
                parser.feed(piece)
                yield from _let_go(parser, names)
            parser.close()
            yield from _let_go(parser, names)

    def main(self) -> str:
        """The part that the document begins with, as the file says; empty where it does not."""
        starts = (one.target for one in self.relations().values() if one.kind == "officeDocument")
        return next(starts, "")

    def relations(self, part: str = "") -> dict[str, Relation]:
        """What the part points to, by id; without a part, what the whole file points to."""
        path = join(dirname(part), "_rels", f"{part.rpartition('/')[2]}.rels")
        if path not in self:
            return {}
        found = (_relation(element, dirname(part)) for element in self.tree(path))
        return {relation.id: relation for relation in found}

    def repacked(
        self,
        keep: Callable[[str], bool],
        change: Callable[[str, bytes], bytes] = lambda _, content: content,
        more: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """The file anew for a library that unpacks by itself: the parts that ``keep`` wants, checked.

        Each is as ``change`` makes it of its name and bytes; ``more`` are put beside them. They are stored
        without packing, so a library cannot unpack more than was counted here. Raises ``FileError``.
        """
        kept = ((part, change(part, self.read(part))) for part in filter(keep, self._members))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for part, content in chain(kept, (more or {}).items()):
                if part.lower().endswith((".xml", ".rels", ".vml")):
                    refuse_declarations(content, self.name)
                archive.writestr(part, content)
        return packed.getvalue()

    def _count(self, chunk: int, unpacked: int, packed: int) -> None:
        self._unpacked += chunk
        if self._unpacked > self._limits.max_unpacked_bytes:
            raise FileError(faults.unpacks_too_far(self.name, self._limits.max_unpacked_bytes))
        if unpacked > _SMALL and unpacked > _MAX_RATIO * packed:
            raise FileError(faults.bomb(self.name))


def open_package(content: bytes, name: str, limits: FileLimits) -> Package:
    """The Office file in ``content``; nothing is unpacked yet.

    ``name`` is the file's, as ``notes.shown_name`` gives it. Raises ``FileError`` when it is no ZIP
    archive or has more than ``limits.max_members`` members.
    """
    if content.count(_ENTRY) > limits.max_members:
        raise FileError(faults.too_many_members(name, limits.max_members))
    with faults.as_file_errors(name):
        return Package(zipfile.ZipFile(io.BytesIO(content)), name, limits)


def parse_xml(content: bytes, name: str) -> etree._Element:
    """The root element, without comments and instructions; at most 256 deep, by libxml2's own limit.

    Raises ``FileError`` when it is not well-formed, very large, or declares a document type.
    """
    if len(content) > _MAX_TREE_BYTES:
        raise FileError(faults.unpacks_too_far(name, _MAX_TREE_BYTES))
    refuse_declarations(content, name)
    with faults.as_file_errors(name):
        return etree.fromstring(content, etree.XMLParser(**_SAFE))


def refuse_declarations(content: bytes, name: str) -> None:
    """Look at what stands before the first element; a document type there is refused.

    Raises ``FileError``, also when there is no element.
    """
    pieces = (content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK))
    for _ in _undeclared(pieces, name):
        pass


def _undeclared(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The same pieces of XML, checked up to the first element.

    It is parsed, not searched: in UTF-16 a declaration has other bytes.
    """
    is_begun = False

    def begin(_tag: str, _attributes: dict[str, str]) -> None:
        nonlocal is_begun
        is_begun = True

    def refuse(*_declared: object) -> None:
        raise FileError(faults.forbidden_xml(name))

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    for piece in pieces:
        if not is_begun:
            with faults.as_file_errors(name):
                parser.Parse(piece, False)  # noqa: FBT003 - positional only
        yield piece
    if not is_begun:
        raise FileError(damaged(name))


def _let_go(parser: "etree.XMLPullParser", names: Sequence[str]) -> Iterator[etree._Element]:
    outer = [f"{{*}}{name}" for name in names]
    for _, ended in parser.read_events():
        element = cast("etree._Element", ended)  # noqa: SLF001 - lxml has no other name for it
        if next(element.iterancestors(*outer), None) is not None:
            continue
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _relation(element: etree._Element, folder: str) -> Relation:
    target = element.get("Target", "")
    is_external = element.get("TargetMode") == "External"
    if not is_external:
        target = normpath(join("/", folder, target)).lstrip("/")
    return Relation(element.get("Id", ""), element.get("Type", "").rpartition("/")[2], target, is_external)
