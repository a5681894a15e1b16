"""A file is what its first bytes say, whatever it is called."""

import gzip
import io
import random
import struct
import wave
import zipfile
from time import monotonic

import pytest

from core.errors import FileError
from core.files.limits import DEFAULT_LIMITS
from core.files.readers import office_old
from core.files.sniff import UNKNOWN, Family, sniff
from tests.files import make_archives, make_pdf, make_tables
from tests.files.make_old_office import Tree, compound


def _zip(*members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, "content " * 20)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "family", "label"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", Family.PICTURE, "JPEG"),
        (b"\x89PNG\r\n\x1a\n", Family.PICTURE, "PNG"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", Family.PICTURE, "WEBP"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", Family.SOUND, "WAV"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", Family.PICTURE, "HEIC"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", Family.PICTURE, "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", Family.PICTURE, "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf", Family.PICTURE, "HEIC"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", Family.VIDEO, "MP4"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", Family.SOUND, "M4A"),
        (b"\x00\x00\x00\x18ftypM4B \x00\x00\x00\x00", Family.SOUND, "M4A"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01", Family.OTHER_PICTURE, "CR3"),
        (b"II*\x00\x08\x00\x00\x00", Family.PICTURE, "TIFF"),
        (b"%PDF-1.7\n", Family.DOCUMENT, "PDF"),
        (b"OggS\x00\x02", Family.SOUND, "OGG"),
        (gzip.compress(b"x", mtime=0), Family.ARCHIVE, "gzip"),
        (_zip("a.txt"), Family.ARCHIVE, "ZIP"),
        (_zip("[Content_Types].xml", "word/document.xml"), Family.DOCUMENT, "Word"),
        (_zip("[Content_Types].xml", "xl/workbook.xml"), Family.DOCUMENT, "Excel"),
        (b"\x7fELF\x02\x01\x01", Family.PROGRAM, "ELF"),
    ],
)
def test_known_kinds(content: bytes, family: Family, label: str) -> None:
    assert (sniff(content).family, sniff(content).label) == (family, label)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a > b --><!DOCTYPE svg>\n<svg\n/>",
        b"<?xml version='1.0'?><svg:svg xmlns:svg='http://www.w3.org/2000/svg'/>",
        b"<ns0:svg xmlns:ns0='http://www.w3.org/2000/svg'/>",
    ],
)
def test_svg_behind_declarations(content: bytes) -> None:
    assert sniff(content).label == "SVG"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"BMW is a make of cars, and this is a text about one.",
        b"MZ is how some programs begin",
        b"GIF is a format",
        b"RIFF-raff of the harbour, a text",
        b"ID3 tags explained",
        b"MZ" + b"x" * 100,
        b"wordy <html> in a sentence",
        b"<svgology>not a picture</svgology>",
        b"<svg:g>a part of one</svg:g>",
        b"PK is short for primary key",
        b"\xff\xfeh\x00i\x00",
    ],
)
def test_texts_that_begin_like_something_else(content: bytes) -> None:
    assert sniff(content) == UNKNOWN


def test_a_page_of_open_comments_is_answered_at_once() -> None:
    assert sniff(b"<!---->" * 100_000) == UNKNOWN
    assert sniff(b"<!--" * 100_000) == UNKNOWN


BYTES = bytes(64)


@pytest.mark.parametrize(
    ("tree", "label"),
    [
        ({"Workbook": BYTES}, "Excel"),
        ({**dict.fromkeys("abcdefgh", BYTES), "Workbook": BYTES}, "Excel"),
        ({"Book": BYTES}, "Excel"),
        ({"WORKBOOK": BYTES}, "Excel"),
        ({"WordDocument": BYTES}, "old Microsoft Office"),
        ({"ObjectPool": {"_1": {"Workbook": BYTES}}, "WordDocument": BYTES}, "old Microsoft Office"),
        ({"_1": {"WordDocument": BYTES}, "Workbook": BYTES}, "Excel"),
        ({"EncryptedPackage": BYTES, "Workbook": BYTES}, "old Microsoft Office"),
        ({}, "old Microsoft Office"),
    ],
)
def test_compound_files_by_what_stands_at_the_top(tree: Tree, label: str) -> None:
    assert sniff(compound(tree)).label == label


def test_a_workbook_that_is_only_mentioned_is_none() -> None:
    content = compound({"WordDocument": BYTES}) + "Workbook".encode("utf-16-le")
    assert sniff(content).label == "old Microsoft Office"


@pytest.mark.parametrize("version", [b"\x00\x04", b"\x02\x06", b"\x04\x06"])
def test_the_first_versions_of_excel_are_known(version: bytes) -> None:
    content = b"\x09" + version + bytes(40)
    assert sniff(content).label == "old Microsoft Office"
    with pytest.raises(FileError, match=r"in the old format of Excel, .* save it as \.xlsx"):
        office_old.read(content, "a.xls", DEFAULT_LIMITS)


def test_a_directory_that_goes_round_ends() -> None:
    content = bytearray(compound({"a": bytes(5000), "b": BYTES}))
    table = len(content) - 512
    content[table : table + 512] = struct.pack("<128I", *[0] * 128)
    for place in range(0, len(content), 128):
        content[place + 68 : place + 80] = struct.pack("<3I", 1, 2, 1)
    assert sniff(bytes(content)).label == "old Microsoft Office"


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (make_archives.zip_of({"a.txt": b"word/document.xml [Content_Types].xml"}, stored=True), "ZIP"),
        (make_archives.zip_of({"copy/word/document.xml": b"x", "copy/[Content_Types].xml": b"x"}), "ZIP"),
        (make_archives.zip_of({"a.txt": b"x"}, comment=b"xl/workbook.xml"), "ZIP"),
        (
            make_archives.zip_of(
                {"inner.docx": _zip("[Content_Types].xml", "word/document.xml")}, stored=True
            ),
            "ZIP",
        ),
        (
            make_archives.zip_of(
                {
                    "[Content_Types].xml": b"application/vnd.x.presentationml.presentation.main+xml",
                    "word/document.xml": b"x",
                    "ppt/presentation.xml": b"x",
                }
            ),
            "PowerPoint",
        ),
        (make_archives.zip_of({"mimetype": b"application/epub+zip"}, stored=True), "EPUB"),
        (
            make_archives.zip_of(
                {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, stored=True
            ),
            "OpenDocument spreadsheet",
        ),
        (
            make_archives.zip_of({"mimetype": b"application/vnd.oasis.opendocument.text"}, stored=True),
            "OpenDocument",
        ),
        (make_tables.odd_xlsx(), "Excel"),
        (make_archives.tar_of({"a": b"b"}), "TAR"),
        (make_archives.zip_of({"a": b"b"})[:40], "ZIP"),
    ],
)
def test_archives_by_their_directory(content: bytes, label: str) -> None:
    assert sniff(content).label == label


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (b"GIF89a" + make_archives.zip_of({"a": b"b"}), "GIF"),
        (b"%PDF-1.7\n" + make_archives.zip_of({"a": b"b"}), "PDF"),
        (make_archives.zip_of({"a": b"b"}) + b"%PDF-1.7", "ZIP"),
        (b"\xff\xd8\xff<html><script>", "JPEG"),
    ],
)
def test_of_a_file_that_is_two_the_first_bytes_decide(content: bytes, label: str) -> None:
    assert sniff(content).label == label


@pytest.mark.parametrize(
    "front", [b"\xef\xbb\xbf", b"\r\n\r\n", b"%%JOB: A4\r\n" * 80, b"\x00\x05\x16\x00" * 44]
)
def test_a_pdf_behind_some_bytes_of_its_sender(front: bytes) -> None:
    content = make_pdf.text_pdf("Hello")
    assert sniff(front + content).label == "PDF"
    assert sniff(front + content.rstrip()).label == "PDF"
    assert sniff(front * 400 + content) == UNKNOWN


@pytest.mark.parametrize(
    ("front", "behind", "label"),
    [
        (b"How a PDF begins:\n\n", b"\n\nAnd so it ends.\n", ""),
        (b"```\n", b"```\n", ""),
        (b'data = b"""', b"", ""),
        (b"<!doctype html>\n<pre>\n", b"", "HTML"),
        (b"GIF89a\n", b"", "GIF"),
        (make_archives.zip_of({"a": b"b"}) + b"\n", b"", "ZIP"),
        (b"MZ".ljust(60) + b"\x40\0\0\0PE\0\0\n", b"", "Windows program"),
    ],
)
def test_what_only_holds_a_pdf_is_none(front: bytes, behind: bytes, label: str) -> None:
    assert sniff(front + make_pdf.text_pdf("Hello") + behind).label == label


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _film(seconds: int) -> bytes:
    header = _box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    return _box(b"ftyp", b"isom" + bytes(4)) + _box(b"free", b"x" * 50) + _box(b"moov", header)


def _sound(seconds: int) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(1000)
        sound.writeframes(bytes(1000 * seconds))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (_sound(75), "WAV, 1:15"),
        (_film(3_723), "MP4, 1:02:03"),
        (_film(0), "MP4"),
        (_film(4_000_000), "MP4"),
        (
            b"fLaC\x00\x00\x00\x22" + bytes(10) + struct.pack(">Q", (1000 << 44) | 65_000) + bytes(16),
            "FLAC, 1:05",
        ),
        (b"fLaC\x00" + bytes(40), "FLAC"),
    ],
)
def test_sounds_and_films_tell_how_long_they_are(content: bytes, label: str) -> None:
    assert sniff(content).label == label


def test_a_windows_program() -> None:
    content = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\x00\x00"
    assert sniff(content).family is Family.PROGRAM


def test_any_mutation_of_any_kind_is_answered_at_once() -> None:
    wholes = [
        make_tables.odd_xlsx(),
        compound({"Workbook": BYTES}),
        _film(60),
        _sound(2),
        make_archives.crowded_zip(50_000),
    ]
    chance = random.Random(10)
    begin = monotonic()
    labels = set()
    for _ in range(400):
        mutated = bytearray(chance.choice(wholes))
        for _ in range(chance.randrange(1, 20)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        labels.add(sniff(bytes(mutated[: chance.randrange(len(mutated))])).label)
    assert len(labels) > 3
    assert monotonic() - begin < 20
