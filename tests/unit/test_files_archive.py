"""Archives: listed, read in part, and never a danger."""

import bz2
import gzip
import io
import lzma
import random
import zipfile
from dataclasses import replace
from time import monotonic

import pytest

from core.errors import FileError
from core.files.document import Document, Page
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.readers.archive import read
from tests.files import make_archives, make_tables
from tests.files.make_archives import raw_zip, tar_of, zip_of

PLENTY = {
    "README.md": b"# Read me",
    "a/data.csv": b"name,n\ntea,1\n",
    "b.txt": b"hello",
    "cat.jpg": b"\xff\xd8\xff",
}


def plainly(content: bytes, name: str, limits: FileLimits) -> Document:
    """Reads every member as UTF-8."""
    text = content.decode("utf-8", "replace")[: limits.max_document_characters]
    return Document("text", (Page("", text),), notes=(f"{name} was here.",) if "secret" in name else ())


def pages(content: bytes, limits: FileLimits = DEFAULT_LIMITS) -> dict[str, str]:
    return {page.label: page.text for page in read(content, "x.zip", limits, plainly).pages}


@pytest.mark.parametrize(
    "content",
    [zip_of(PLENTY), tar_of(PLENTY), tar_of(PLENTY, "gz"), tar_of(PLENTY, "bz2"), tar_of(PLENTY, "xz")],
)
def test_the_contents_and_the_members_in_their_order(content: bytes) -> None:
    found = pages(content)
    assert list(found) == ["contents", "README.md", "b.txt", "a/data.csv"]
    assert "| cat.jpg | 3 bytes |" in found["contents"]
    assert found["b.txt"] == "hello"


def test_members_are_read_by_the_table_of_readers() -> None:
    inside = {"costs.xlsx": make_tables.xlsx({"A": [["name", "n"], ["tea", 2]]}), "x.csv": b"name,n\ncup,3\n"}
    document = read(zip_of(inside), "x.zip", DEFAULT_LIMITS)
    assert {page.label for page in document.pages} == {"contents", "costs.xlsx, sheet A", "x.csv, table"}
    assert {table.rows for table in document.tables} == {(("tea", 2),), (("cup", 3),)}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_single_packed_file_is_that_file(pack: object) -> None:
    assert callable(pack)
    document = read(pack(b"a line of a log\n"), "app.log.gz", DEFAULT_LIMITS, plainly)
    assert [page.text for page in document.pages] == ["a line of a log\n"]


def test_names_are_shown_safely_and_go_nowhere() -> None:
    members = {
        "../../etc/passwd": b"slip",
        "/abs.txt": b"abs",
        "C:\\windows\\x.txt": b"drive",
        "in\u202egpj.txt": b"bidi",
        "line\nbreak.txt": b"line",
    }
    found = pages(zip_of(members))
    assert found["contents"].count("its path leads out of the archive") == 3
    assert set(found) == {
        "contents",
        "../../etc/passwd",
        "/abs.txt",
        "C:\\windows\\x.txt",
        "in gpj.txt",
        "line break.txt",
    }


@pytest.mark.parametrize(
    ("names", "encoding", "flags"),
    [
        (("Übersicht größe.txt", "日本語.txt"), "utf-8", 0x800),
        (("Übersicht größe.txt", "日本語.txt"), "utf-8", 0),
        (("Übersicht größe.txt", "Müller & Söhne.txt"), "cp437", 0),
        (("Résumé.txt", "à lire.txt"), "cp850", 0),
        (("Отчёт за март.txt", "Договор.txt"), "cp866", 0),
        (("見積書.txt", "請求書_2026.txt", "テスト.txt"), "cp932", 0),
        (("审计署计算机审计实务.txt", "附件一.txt"), "gbk", 0),
        (("會議記錄.txt", "報告書.txt"), "big5", 0),
        (("보고서.txt", "한국어 파일.txt"), "cp949", 0),
    ],
)
def test_names_are_read_as_their_sender_wrote_them(names: tuple[str, ...], encoding: str, flags: int) -> None:
    content = raw_zip([(name.encode(encoding), b"words", {"flags": flags}) for name in names])
    assert set(pages(content)) == {"contents", *names}


def test_names_that_are_no_words_harm_nobody() -> None:
    content = raw_zip([(bytes(range(128, 256)) + b".txt", b"words", {}), (b"\xff\xfe.txt", b"more", {})])
    assert sorted(pages(content).values())[-2:] == ["more", "words"]


def test_links_and_locked_members_are_named_and_not_read() -> None:
    linked = pages(make_archives.link_zip())
    assert "| link.txt | 11 bytes | a link, not followed |" in linked["contents"]
    assert set(linked) == {"contents", "a.txt"}
    assert "| link | 0 bytes | a link, not followed |" in pages(tar_of(PLENTY))["contents"]
    locked = read(make_archives.encrypted_zip(), "x.zip", DEFAULT_LIMITS, plainly)
    assert "| secret.txt | 40 bytes | protected by a password |" in locked.pages[0].text
    assert locked.notes == ("x.zip: 1 of its 2 files were read; the others are only listed.",)


def test_members_that_lie_are_told_and_the_others_are_read() -> None:
    document = read(make_archives.lying_zip(), "x.zip", DEFAULT_LIMITS, plainly)
    assert [page.label for page in document.pages] == ["contents", "good.txt"]
    assert len(document.notes) == 3


def test_the_same_name_twice_is_told_apart() -> None:
    content = raw_zip([(b"a.txt", b"one", {}), (b"a.txt", b"second", {})])
    assert pages(content) | {"contents": ""} == {"contents": "", "a.txt": "one", "a.txt (2)": "second"}


def test_a_bomb_among_the_members_costs_only_itself() -> None:
    begin = monotonic()
    document = read(make_archives.flat_bomb(), "x.zip", DEFAULT_LIMITS, plainly)
    assert [page.label for page in document.pages] == ["contents", "note.txt"]
    assert document.notes[1].startswith("zeros.txt unpacks to")
    assert monotonic() - begin < 5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (make_archives.overlapping_bomb(), "harmful"),
        (gzip.compress(bytes(40_000_000), mtime=0), "harmful"),
        (bz2.compress(bytes(40_000_000)), "harmful"),
        (lzma.compress(bytes(40_000_000)), "harmful"),
        (make_archives.crowded_zip(1_000_000), "more than my limit of 10,000"),
        (zip_of({}), "nothing in it"),
        (zip_of(PLENTY)[:-30], "damaged"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-20], "damaged"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (b"\x1f\x8b\x08" + bytes(100), "damaged"),
    ],
)
def test_what_is_refused_as_a_whole(content: bytes, told: str) -> None:
    begin = monotonic()
    with pytest.raises(FileError, match=told):
        read(content, "x.zip", DEFAULT_LIMITS, plainly)
    assert monotonic() - begin < 10


def test_an_archive_in_an_archive_is_listed_and_opened_no_further() -> None:
    found = pages(make_archives.nested_zip())
    assert list(found) == ["contents", "beside4.txt", "level4.zip, contents"]
    assert "level3.zip" in found["level4.zip, contents"]
    assert "level2.zip" not in "".join(found.values())


def test_limits_hold_over_all_members_together() -> None:
    members = {f"{number:03d}.txt": b"x" * 1000 for number in range(100)}
    few = read(zip_of(members), "x.zip", replace(DEFAULT_LIMITS, max_read_members=5), plainly)
    assert len(few.pages) == 6
    assert few.notes == ("x.zip: 5 of its 100 files were read; the others are only listed.",)
    short = read(zip_of(members), "x.zip", replace(DEFAULT_LIMITS, max_document_characters=10_500), plainly)
    assert sum(len(page.text) for page in short.pages[1:]) <= 10_500
    small = read(zip_of(members), "x.zip", replace(DEFAULT_LIMITS, max_unpacked_bytes=3_500), plainly)
    assert len(small.pages) == 4


def test_a_long_list_is_cut() -> None:
    contents = pages(zip_of({f"{number}.bin": b"x" for number in range(2_000)}))["contents"]
    assert contents.startswith("2,000 files:")
    assert contents.endswith("… and 1,500 more.")


def test_comments_and_junk_do_not_confuse() -> None:
    inner = zip_of({"fake.txt": b"fake"}, stored=True)
    found = pages(zip_of({"real.txt": b"real"}, comment=inner[:60_000]))
    assert "real.txt" in found or "fake.txt" in found
    assert pages(b"junk" * 10 + zip_of({"real.txt": b"real"}))["real.txt"] == "real"


def test_zip64_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, archive.open("big.txt", "w", force_zip64=True) as member:
        member.write(b"sixty-four")
    assert pages(target.getvalue())["big.txt"] == "sixty-four"


def test_housekeeping_comes_last() -> None:
    members = {"__MACOSX/._a.txt": b"m", ".git/config.txt": b"g", "zzz.txt": b"real one"}
    assert list(pages(zip_of(members)))[1] == "zzz.txt"


@pytest.mark.parametrize(
    "whole", [zip_of(PLENTY), tar_of(PLENTY), tar_of(PLENTY, "gz"), make_archives.nested_zip(2)]
)
def test_mutated_archives_raise_nothing_else(whole: bytes) -> None:
    chance = random.Random(9)
    ends = 0
    for _ in range(120):
        mutated = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            mutated[chance.randrange(4, len(mutated))] = chance.randrange(256)
        try:
            ends += bool(read(bytes(mutated), "m.zip", DEFAULT_LIMITS).pages)
        except FileError as error:
            ends += "m.zip" in error.told or bool(error.told)
    assert ends == 120
