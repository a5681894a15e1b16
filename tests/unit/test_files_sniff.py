"""A file is what its first bytes say, whatever it is called."""

import gzip
import io
import zipfile

import pytest

from core.files.sniff import UNKNOWN, Family, sniff


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
        b"PK is short for primary key",
        b"\xff\xfeh\x00i\x00",
    ],
)
def test_texts_that_begin_like_something_else(content: bytes) -> None:
    assert sniff(content) == UNKNOWN


def test_a_page_of_open_comments_is_answered_at_once() -> None:
    assert sniff(b"<!---->" * 100_000) == UNKNOWN
    assert sniff(b"<!--" * 100_000) == UNKNOWN
