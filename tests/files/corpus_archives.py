"""Archives, honest and hostile."""

import bz2
import gzip
import lzma
from functools import partial

from tests.files import make_archives
from tests.files.corpus_case import Case, Wanted, hostile, refused, taken
from tests.files.make_archives import tar_of, zip_of
from tests.files.make_office import simple_docx
from tests.files.make_pdf import text_pdf
from tests.files.make_tables import csv_bytes

_PLENTY = {"readme.md": b"# Read me first", "src/main.py": b"print(42)", "notes/tea.txt": b"green tea"}
_HARMFUL = refused("as only harmful files do")
_SLIP = {
    "../../etc/passwd": b"slip",
    "/abs.txt": b"abs",
    "C:\\windows\\x.txt": b"drive",
    "in\u202egpj.exe": b"bidi",
    "line\nbreak.txt": b"line",
}


def _read(kind: str, *words: str, told: str = "", tables: int | None = None) -> Wanted:
    return Wanted(kind, (told,), words, ("root:", "canary", "\u202e"), tables=tables)


def _documents() -> bytes:
    return zip_of(
        {
            "letter.docx": simple_docx("The letter's words"),
            "paper.pdf": text_pdf("The paper's words"),
            "teas.csv": csv_bytes([["tea", "price"], ["Assam", 2.5], ["Oolong", 3]]),
        }
    )


def _matryoshka(depth: int) -> bytes:
    """Bombs in bombs: ten archives in each archive."""
    content = zip_of({"zeros": bytes(10_000_000)})
    for _ in range(depth):
        content = zip_of({f"{number}.zip": content for number in range(10)})
    return content


_HONEST = (
    taken(
        "ZIP of texts",
        "project.zip",
        partial(zip_of, _PLENTY),
        _read("ZIP", "3 files", "# Read me first", "print(42)", "green tea"),
    ),
    taken(
        "ZIP of documents",
        "papers.zip",
        _documents,
        _read("ZIP", "The letter's words", "The paper's words", "Oolong", tables=1),
    ),
    taken("TAR", "project.tar", partial(tar_of, _PLENTY), _read("TAR", "print(42)", "a link, not followed")),
    *(
        taken(
            f"TAR in {packing}",
            f"project.tar.{packing}",
            partial(tar_of, _PLENTY, packing),
            _read(label, "print(42)"),
        )
        for packing, label in (("gz", "TAR, gzip"), ("bz2", "TAR, bzip2"), ("xz", "TAR, xz"))
    ),
    taken(
        "one text in gzip",
        "app.log.gz",
        lambda: gzip.compress(b"a line of a log\n"),
        _read("text", "a line of a log"),
    ),
    taken(
        "ZIP in ZIP in ZIP",
        "nested.zip",
        make_archives.nested_zip,
        _read("ZIP", "beside", "level3.zip"),
    ),
)

_HOSTILE = (
    hostile(
        "ZIP bomb: 1 GB of zeros",
        "flat.zip",
        partial(make_archives.flat_bomb, 1_000),
        _read("ZIP", "hello", told="zeros.txt unpacks to"),
        small=partial(make_archives.flat_bomb, 60),
    ),
    hostile("ZIP bomb: 500 members share their bytes", "share.zip", make_archives.overlapping_bomb, _HARMFUL),
    hostile(
        "ZIP bomb in ZIP bombs, 100,000 of them",
        "dolls.zip",
        partial(_matryoshka, 5),
        _read("ZIP", "10 files"),
        small=partial(_matryoshka, 3),
    ),
    hostile(
        "ZIP bomb: 400,000 members",
        "crowd.zip",
        partial(make_archives.crowded_zip, 400_000),
        refused("more than my limit of 10,000 parts"),
    ),
    hostile(
        "gzip bomb: 2 GB",
        "bomb.gz",
        lambda: gzip.compress(bytes(2_000_000_000), 6),
        refused("bomb.gz unpacks to"),
        small=lambda: gzip.compress(bytes(100_000_000)),
    ),
    hostile(
        "bzip2 bomb: 300 MB",
        "bomb.bz2",
        lambda: bz2.compress(bytes(300_000_000)),
        _HARMFUL,
        small=lambda: bz2.compress(bytes(30_000_000)),
    ),
    hostile(
        "xz bomb: 300 MB",
        "bomb.xz",
        lambda: lzma.compress(bytes(300_000_000)),
        _HARMFUL,
        small=lambda: lzma.compress(bytes(30_000_000)),
    ),
    hostile(
        "ZIP with names that climb and turn (zip slip)",
        "slip.zip",
        partial(zip_of, _SLIP),
        _read("ZIP", "its path leads out of the archive", "in gpj.exe", "line break.txt"),
    ),
    hostile(
        "ZIP with a link to a file of the machine",
        "link.zip",
        make_archives.link_zip,
        _read("ZIP", "honest", "a link, not followed"),
    ),
    hostile(
        "ZIP with a locked member",
        "half-locked.zip",
        make_archives.encrypted_zip,
        _read("ZIP", "for all to read", "protected by a password"),
    ),
    hostile(
        "ZIP whose sizes and sums lie",
        "lie.zip",
        make_archives.lying_zip,
        _read("ZIP", "this one is fine", told="lies.txt"),
    ),
    hostile("ZIP that broke off", "half.zip", lambda: zip_of(_PLENTY)[:-30], refused("is damaged")),
    hostile("ZIP of nothing", "none.zip", lambda: zip_of({}), refused("nothing in it")),
    hostile(
        "ZIP in the comment of a ZIP, and read, as by others",
        "talk.zip",
        lambda: zip_of(_PLENTY, comment=zip_of({"other.txt": b"in the comment"})),
        Wanted("ZIP", words=("in the comment",), absent=("green tea",)),
    ),
    hostile("RAR", "a.rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(60), refused("archives (RAR)")),
    hostile("7z", "a.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(60), refused("archives (7z)")),
    hostile("zstd", "a.zst", lambda: b"\x28\xb5\x2f\xfd" + bytes(60), refused("archives (zstd)")),
)

CASES: tuple[Case, ...] = (*_HONEST, *_HOSTILE)
