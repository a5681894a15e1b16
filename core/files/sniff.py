"""What a file is, by its first bytes. The sender's name and type are claims and are not asked."""

from dataclasses import dataclass
from enum import StrEnum

_SVG_SEARCHED = 4096
_BRANDS_SEARCHED = 128
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})


class Family(StrEnum):
    """What can be done with a file. ``UNKNOWN`` may be text."""

    PICTURE = "picture"
    OTHER_PICTURE = "other_picture"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    SOUND = "sound"
    VIDEO = "video"
    PROGRAM = "program"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Kind:
    """A family and the format's usual name, e.g. ``PICTURE`` and ``"JPEG"``."""

    family: Family
    label: str


UNKNOWN = Kind(Family.UNKNOWN, "")

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind(Family.PICTURE, "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Kind(Family.PICTURE, "PNG")),
    (b"GIF87a", Kind(Family.PICTURE, "GIF")),
    (b"GIF89a", Kind(Family.PICTURE, "GIF")),
    (b"II*\x00", Kind(Family.PICTURE, "TIFF")),
    (b"MM\x00*", Kind(Family.PICTURE, "TIFF")),
    (b"8BPS\x00", Kind(Family.OTHER_PICTURE, "PSD")),
    (b"\x00\x00\x01\x00", Kind(Family.PICTURE, "ICO")),
    (b"\xff\x0a", Kind(Family.OTHER_PICTURE, "JPEG XL")),
    (b"\x00\x00\x00\x0cJXL ", Kind(Family.OTHER_PICTURE, "JPEG XL")),
    (b"\x00\x00\x00\x0cjP  ", Kind(Family.OTHER_PICTURE, "JPEG 2000")),
    (b"%PDF-", Kind(Family.DOCUMENT, "PDF")),
    (b"{\\rtf", Kind(Family.DOCUMENT, "RTF")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind(Family.DOCUMENT, "old Microsoft Office")),
    (b"Rar!\x1a\x07", Kind(Family.ARCHIVE, "RAR")),
    (b"7z\xbc\xaf\x27\x1c", Kind(Family.ARCHIVE, "7z")),
    (b"\x1f\x8b\x08", Kind(Family.ARCHIVE, "gzip")),
    (b"\xfd7zXZ\x00", Kind(Family.ARCHIVE, "xz")),
    (b"\x28\xb5\x2f\xfd", Kind(Family.ARCHIVE, "zstd")),
    (b"ID3\x02", Kind(Family.SOUND, "MP3")),
    (b"ID3\x03", Kind(Family.SOUND, "MP3")),
    (b"ID3\x04", Kind(Family.SOUND, "MP3")),
    (b"\xff\xfb", Kind(Family.SOUND, "MP3")),
    (b"\xff\xf3", Kind(Family.SOUND, "MP3")),
    (b"\xff\xf1", Kind(Family.SOUND, "AAC")),
    (b"fLaC\x00", Kind(Family.SOUND, "FLAC")),
    (b"OggS\x00", Kind(Family.SOUND, "OGG")),
    (b"\x1aE\xdf\xa3", Kind(Family.VIDEO, "WebM or Matroska")),
    (b"\x7fELF", Kind(Family.PROGRAM, "ELF")),
    (b"\x00asm", Kind(Family.PROGRAM, "WebAssembly")),
    (b"SQLite format 3\x00", Kind(Family.PROGRAM, "SQLite")),
)

_RIFF_FORMS = {
    b"WEBP": Kind(Family.PICTURE, "WEBP"),
    b"WAVE": Kind(Family.SOUND, "WAV"),
    b"AVI ": Kind(Family.VIDEO, "AVI"),
}

# ISO/IEC 14496-12 "ftyp" brands; any other is a film.
_BRANDS = {
    b"heic": Kind(Family.PICTURE, "HEIC"),
    b"heix": Kind(Family.PICTURE, "HEIC"),
    b"hevc": Kind(Family.PICTURE, "HEIC"),
    b"mif1": Kind(Family.PICTURE, "HEIC"),
    b"msf1": Kind(Family.PICTURE, "HEIC"),
    b"avif": Kind(Family.PICTURE, "AVIF"),
    b"avis": Kind(Family.PICTURE, "AVIF"),
    b"M4A ": Kind(Family.SOUND, "M4A"),
    b"qt  ": Kind(Family.VIDEO, "QuickTime"),
}

_ZIP_MEMBERS = (
    (b"word/document.xml", Kind(Family.DOCUMENT, "Word")),
    (b"xl/workbook.xml", Kind(Family.DOCUMENT, "Excel")),
    (b"ppt/presentation.xml", Kind(Family.DOCUMENT, "PowerPoint")),
    (b"mimetypeapplication/vnd.oasis.opendocument", Kind(Family.DOCUMENT, "OpenDocument")),
    (b"mimetypeapplication/epub+zip", Kind(Family.DOCUMENT, "EPUB")),
)


def sniff(content: bytes) -> Kind:
    """The kind of file that these bytes are, or :data:`UNKNOWN`."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    return _container(content) or _by_structure(content)


def _container(content: bytes) -> Kind | None:
    """A format that holds others, by what it says it holds."""
    if content.startswith(b"RIFF"):
        return _RIFF_FORMS.get(content[8:12])
    if content[4:8] == b"ftyp":
        return _BRANDS.get(_brand(content), Kind(Family.VIDEO, "MP4"))
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(content)
    return None


def _brand(content: bytes) -> bytes:
    """The first of its brands, or where that is any picture's, the coding's among the others."""
    brand, others = content[8:12], content[16 : min(int.from_bytes(content[:4], "big"), _BRANDS_SEARCHED)]
    if brand in {b"mif1", b"msf1"} and (b"avif" in others or b"avis" in others):
        return b"avif"
    return brand


def _by_structure(content: bytes) -> Kind:
    """Formats whose first bytes could as well begin a text."""
    if _is_bmp(content):
        return Kind(Family.PICTURE, "BMP")
    if content.startswith(b"BZh") and content[4:10] == b"1AY&SY":
        return Kind(Family.ARCHIVE, "bzip2")
    if _is_svg(content):
        return Kind(Family.OTHER_PICTURE, "SVG")
    return UNKNOWN


def _inside_zip(content: bytes) -> Kind:
    """A ZIP archive, or the document that is stored as one. Member names are not compressed."""
    for member, kind in _ZIP_MEMBERS:
        if member in content:
            return kind
    return Kind(Family.ARCHIVE, "ZIP")


def _is_bmp(content: bytes) -> bool:
    """Two letters are too few to tell: a text may begin with "BM" too."""
    header_size = int.from_bytes(content[14:18], "little")
    return content.startswith(b"BM") and header_size in _BMP_HEADER_SIZES


def _is_svg(content: bytes) -> bool:
    """Whether the first element, behind declarations and comments, is ``<svg``."""
    head = content[:_SVG_SEARCHED].removeprefix(b"\xef\xbb\xbf").lstrip()
    while head.startswith((b"<?", b"<!")):
        ending = b"-->" if head.startswith(b"<!--") else b">"
        head = head.partition(ending)[2].lstrip()
    return head.startswith(b"<svg") and not head[4:5].isalnum()
