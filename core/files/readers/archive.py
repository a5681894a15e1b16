"""Archives: listed, and the members that a person would open first are read.

An archive in an archive is listed and not opened any further.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from core.errors import FileError
from core.files import notes
from core.files.document import Document, Drawing, Page, Table
from core.files.limits import FileLimits
from core.files.readers.members import Member, is_tar, tar_members, unpacked, zip_members
from core.files.readers.preview import escaped
from core.files.sniff import Family, sniff

ReadMember = Callable[[bytes, str, FileLimits], Document]
"""Reads one member by the table of readers. Raises ``FileError``."""

_MAX_LISTED = 500
_MAX_TOLD = 30
_FEWEST_CHARACTERS = 1_000
_PACKED = {"gzip": (".gz", ".tgz"), "bzip2": (".bz2", ".tbz2"), "xz": (".xz", ".txz")}
_FIRST = ("readme", "index", "contents", "changelog", "license")
_TEXTS = frozenset(
    (
        *(
            "txt",
            "md",
            "rst",
            "log",
            "csv",
            "tsv",
            "json",
            "jsonl",
            "xml",
            "yaml",
            "yml",
            "toml",
            "ini",
            "cfg",
        ),
        *("html", "htm", "pdf", "docx", "pptx", "xlsx", "xlsm", "xls", "ods", "ipynb", "sql", "tex"),
        *(
            "py",
            "js",
            "ts",
            "tsx",
            "jsx",
            "java",
            "c",
            "h",
            "cpp",
            "hpp",
            "cs",
            "go",
            "rs",
            "rb",
            "php",
            "sh",
        ),
        *(
            "kt",
            "swift",
            "scala",
            "r",
            "pl",
            "lua",
            "css",
            "scss",
            "vue",
            "gradle",
            "properties",
            "diff",
            "patch",
        ),
    )
)
_NOT_READ = frozenset(
    (
        *("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "heic", "avif", "ico", "psd", "svg"),
        *(
            "mp3",
            "wav",
            "ogg",
            "flac",
            "m4a",
            "mp4",
            "mov",
            "avi",
            "mkv",
            "webm",
            "exe",
            "dll",
            "so",
            "class",
        ),
        *("o", "a", "pyc", "jar", "woff", "woff2", "ttf", "otf", "db", "sqlite", "bin", "dat", "iso"),
    )
)
_HOUSEKEEPING = frozenset(("__MACOSX", ".git", "node_modules", ".DS_Store", "Thumbs.db", "__pycache__"))


def read(content: bytes, name: str, limits: FileLimits, read_member: ReadMember | None = None) -> Document:
    """A page ``"contents"``, then the chosen members' pages under their paths. Raises ``FileError``.

    Chosen are kinds that can be read, those like a README first, then the smallest.
    """
    kind = sniff(content)
    if kind.label in _PACKED:
        content = unpacked(content, kind.label, name, limits)
        if not is_tar(content):
            inner = _without_packing(name, kind.label)
            return (read_member or _by_table)(content, inner, limits)
        kind = replace(kind, label=f"TAR, {kind.label}")
    members = _members(content, name, limits)
    if not members:
        raise FileError(f"{name} is an archive with nothing in it.")
    reading = _Reading(name, limits, read_member or _by_table)
    reading.read_all(members)
    contents = Page("contents", _contents(members, reading.paths))
    return Document(
        kind.label,
        (contents, *reading.pages)[: limits.max_pages],
        tuple(reading.tables),
        tuple(reading.drawings),
        tuple(reading.told(len(members))),
    )


def chosen(members: Sequence[Member]) -> list[int]:
    """The places of the members worth reading, the best first."""
    worth = [place for place, member in enumerate(members) if not member.obstacle and member.size]
    return sorted(
        (place for place in worth if _ending(members[place].path) not in _NOT_READ),
        key=lambda place: _rank(members[place]),
    )


@dataclass(slots=True)
class _Reading:
    name: str
    limits: FileLimits
    read_member: ReadMember
    paths: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: int = 0
    characters: int = 0
    cells: int = 0
    unpacked: int = 0

    def read_all(self, members: Sequence[Member]) -> None:
        self.paths = list(_shown_paths(members))
        for place in chosen(members)[: self.limits.max_read_members]:
            if self._left().max_document_characters < _FEWEST_CHARACTERS:
                break
            try:
                self._read(members[place], self.paths[place])
            except FileError as error:
                self.notes.append(error.told)

    def told(self, total: int) -> Iterator[str]:
        """What is to be said of all, then of single members."""
        if self.read < total:
            yield f"{self.name}: {self.read:,} of its {total:,} files were read; the others are only listed."
        yield from self.notes[:_MAX_TOLD]

    def _read(self, member: Member, path: str) -> None:
        left = self._left()
        content = member.unpack(min(left.max_unpacked_bytes, left.max_bytes))
        self.unpacked += len(content)
        kind = sniff(content)
        if kind.family in (Family.PICTURE, Family.SOUND, Family.VIDEO, Family.PROGRAM):
            return
        if kind.family is Family.ARCHIVE:
            document = _listed(content, path, left)
        else:
            document = self.read_member(content, path, left)
        self.read += kind.family is not Family.ARCHIVE
        self._take(document, path)

    def _take(self, document: Document, path: str) -> None:
        for page in document.pages:
            self.pages.append(Page(f"{path}, {page.label}" if page.label else path, page.text))
            self.characters += len(page.text)
        self.tables += document.tables
        self.cells += sum(len(table.rows) * len(table.columns) for table in document.tables)
        self.drawings += [replace(drawing, label=f"{path}, {drawing.label}") for drawing in document.drawings]
        self.notes += document.notes

    def _left(self) -> FileLimits:
        """What is left of the limits for the next member."""
        limits = self.limits
        return replace(
            limits,
            max_document_characters=max(0, limits.max_document_characters - self.characters),
            max_pages=max(1, limits.max_pages - len(self.pages) - 1),
            max_drawn=max(0, limits.max_drawn - len(self.drawings)),
            max_cells=max(0, limits.max_cells - self.cells),
            max_unpacked_bytes=max(0, limits.max_unpacked_bytes - self.unpacked),
        )


def _by_table(content: bytes, name: str, limits: FileLimits) -> Document:
    """A member read as the worker reads a file."""
    worker = importlib.import_module("core.files.worker")
    request = importlib.import_module("core.files.wire").Request(name, content, limits)
    found = worker.result(request)
    if isinstance(found, FileError):
        raise found
    return found if isinstance(found, Document) else Document("picture", ())


def _members(content: bytes, name: str, limits: FileLimits) -> tuple[Member, ...]:
    return tar_members(content, name, limits) if is_tar(content) else zip_members(content, name, limits)


def _listed(content: bytes, path: str, limits: FileLimits) -> Document:
    """An archive in an archive: its members' names."""
    kind = sniff(content)
    if kind.label in _PACKED:
        content = unpacked(content, kind.label, path, limits)
    if kind.label not in {*_PACKED, "ZIP", "TAR"} or (kind.label in _PACKED and not is_tar(content)):
        raise FileError(f"{path} is packed once more ({kind.label}) and was not opened.")
    members = _members(content, path, limits)
    return Document(kind.label, (Page("contents", _contents(members, list(_shown_paths(members)))),))


def _contents(members: Sequence[Member], paths: Sequence[str]) -> str:
    lines = [
        f"{len(members):,} {'file' if len(members) == 1 else 'files'}:",
        "",
        "| file | size | |",
        "|---|---|---|",
    ]
    for member, path in zip(members[:_MAX_LISTED], paths, strict=False):
        remark = member.obstacle or ("its path leads out of the archive" if _leads_out(member.path) else "")
        lines.append(f"| {escaped(path)} | {notes.shown_size(member.size)} | {remark} |")
    if len(members) > _MAX_LISTED:
        lines.append(f"\n… and {len(members) - _MAX_LISTED:,} more.")
    return "\n".join(lines)


def _shown_paths(members: Sequence[Member]) -> Iterator[str]:
    """One safe line for each, told apart where they are the same."""
    seen: dict[str, int] = {}
    for member in members:
        path = notes.shown_name(member.path)
        seen[path] = seen.get(path, 0) + 1
        yield path if seen[path] == 1 else f"{path} ({seen[path]})"


def _rank(member: Member) -> tuple[bool, bool, bool, int]:
    path = PurePosixPath(member.path.replace("\\", "/"))
    is_housekeeping = not _HOUSEKEEPING.isdisjoint(path.parts)
    is_first = path.name.lower().startswith(_FIRST)
    return is_housekeeping, not is_first, _ending(member.path) not in _TEXTS, member.size


def _ending(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def _leads_out(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or parts[0].endswith(":")


def _without_packing(name: str, label: str) -> str:
    for ending in _PACKED[label]:
        if name.lower().endswith(ending):
            return name[: -len(ending)] or "file"
    return name
