"""What a file is, by its first bytes. The sender's name and type are claims and are not asked."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.files.compound import compound_names
from core.files.containers import first_member, zip_member, zip_names
from core.files.durations import duration
from core.files.recordings import is_film, is_mpeg_audio, is_sound, is_transport_stream

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# ECMA-376 part 2, 6.2.2.2: names of parts are equal whatever their case is.
_TYPES = "[content_types].xml"
_MARKUP_SEARCHED = 4096
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
_WORD = Kind(Family.DOCUMENT, "Word")
_EXCEL = Kind(Family.DOCUMENT, "Excel")
_POWERPOINT = Kind(Family.DOCUMENT, "PowerPoint")
_PDF = Kind(Family.DOCUMENT, "PDF")
_ZIP = Kind(Family.ARCHIVE, "ZIP")
_WINDOWS = Kind(Family.PROGRAM, "Windows program")
_OLD_OFFICE = Kind(Family.DOCUMENT, "old Microsoft Office")

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
    (b"%PDF-", _PDF),
    (b"\x09\x00\x04\x00", _OLD_OFFICE),
    (b"\x09\x02\x06\x00", _OLD_OFFICE),
    (b"\x09\x04\x06\x00", _OLD_OFFICE),
    (b"{\\rtf", Kind(Family.DOCUMENT, "RTF")),
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
    (b"\xff\xf9", Kind(Family.SOUND, "AAC")),
    (b"fLaC\x00", Kind(Family.SOUND, "FLAC")),
    (b"OggS\x00", Kind(Family.SOUND, "OGG")),
    (b"MThd\x00\x00\x00\x06", Kind(Family.SOUND, "MIDI")),
    (b"#!AMR", Kind(Family.SOUND, "AMR")),
    (b"caff\x00\x01", Kind(Family.SOUND, "CAF")),
    (b".snd\x00\x00", Kind(Family.SOUND, "AU")),
    (b".RMF\x00\x00", Kind(Family.VIDEO, "RealMedia")),
    (b"0&\xb2u\x8ef\xcf\x11", Kind(Family.VIDEO, "Windows Media")),
    (b"FLV\x01", Kind(Family.VIDEO, "Flash video")),
    (b"\x00\x00\x01\xba", Kind(Family.VIDEO, "MPEG")),
    (b"\x00\x00\x01\xb3", Kind(Family.VIDEO, "MPEG")),
    (b"\x1aE\xdf\xa3", Kind(Family.VIDEO, "WebM or Matroska")),
    (b"\x7fELF", Kind(Family.PROGRAM, "ELF")),
    (b"\xcf\xfa\xed\xfe", Kind(Family.PROGRAM, "macOS program")),
    (b"\xca\xfe\xba\xbe", Kind(Family.PROGRAM, "Java class or macOS program")),
    (b"PAR1\x15", Kind(Family.PROGRAM, "Parquet")),
    (b"wOFF\x00\x01\x00\x00", Kind(Family.PROGRAM, "web font")),
    (b"wOF2\x00\x01\x00\x00", Kind(Family.PROGRAM, "web font")),
    (b"\x00asm", Kind(Family.PROGRAM, "WebAssembly")),
    (b"SQLite format 3\x00", Kind(Family.PROGRAM, "SQLite")),
)

_RIFF_FORMS = {
    b"WEBP": Kind(Family.PICTURE, "WEBP"),
    b"WAVE": Kind(Family.SOUND, "WAV"),
    b"AVI ": Kind(Family.VIDEO, "AVI"),
}
_AIFF_FORMS = dict.fromkeys((b"AIFF", b"AIFC"), Kind(Family.SOUND, "AIFF"))
# QuickTime's files from before "ftyp" begin with one of these.
_OLD_BOXES = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))

# ISO/IEC 14496-12 "ftyp" brands; any other is a film.
_BRANDS = {
    b"heic": Kind(Family.PICTURE, "HEIC"),
    b"heix": Kind(Family.PICTURE, "HEIC"),
    b"hevc": Kind(Family.PICTURE, "HEIC"),
    b"mif1": Kind(Family.PICTURE, "HEIC"),
    b"msf1": Kind(Family.PICTURE, "HEIC"),
    b"avif": Kind(Family.PICTURE, "AVIF"),
    b"avis": Kind(Family.PICTURE, "AVIF"),
    b"crx ": Kind(Family.OTHER_PICTURE, "CR3"),
    b"M4A ": Kind(Family.SOUND, "M4A"),
    b"M4B ": Kind(Family.SOUND, "M4A"),
    b"qt  ": Kind(Family.VIDEO, "QuickTime"),
}

# ECMA-376 part 1: the main part of an Office file has one of these types in [Content_Types].xml.
_OFFICE_TYPES = (
    (re.compile(rb"wordprocessingml\.(?:document|template)\.main|ms-word\.\w+\.macroEnabled"), _WORD),
    (
        re.compile(rb"spreadsheetml\.(?:sheet|template)\.main|ms-excel\.\w+\.(?:binary\.)?macroEnabled"),
        _EXCEL,
    ),
    (re.compile(rb"presentationml\.\w+\.main|ms-powerpoint\.\w+\.macroEnabled"), _POWERPOINT),
)
_OFFICE_PARTS = (
    ("word/document.xml", _WORD),
    ("xl/workbook.xml", _EXCEL),
    ("ppt/presentation.xml", _POWERPOINT),
)
# OpenDocument 1.2 part 3 and EPUB 3: the first member is called "mimetype" and is not packed.
_MIMETYPES = (
    (b"application/vnd.oasis.opendocument.spreadsheet", Kind(Family.DOCUMENT, "OpenDocument spreadsheet")),
    (b"application/vnd.oasis.opendocument", Kind(Family.DOCUMENT, "OpenDocument")),
    (b"application/epub+zip", Kind(Family.DOCUMENT, "EPUB")),
)
_HTML_TYPE = re.compile(rb"<!doctype\s+html\b", re.IGNORECASE)
# XML 1.0, 2.8: a document type may hold declarations of its own.
_SUBSET = re.compile(rb"<![^>\[]*\[")
# A drawing's elements may have a prefix, which names their namespace.
_ELEMENT = re.compile(rb"<(?:[a-zA-Z_][\w.-]*:(?=svg\b))?([a-zA-Z]+)(?![\w:.-])")
_MARKUPS = {"SVG": Kind(Family.OTHER_PICTURE, "SVG"), "HTML": Kind(Family.DOCUMENT, "HTML")}
# Viewers take up to 1,024 bytes in front, such as a byte order mark or a print job's ticket (PDF Reference
# 1.7, appendix H, note 13). A text may quote the first line in one of its own, but ends in another way.
_PDF_START = re.compile(rb"(?<![!-~])%PDF-[12]\.\d")
_PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
_PDF_SEARCHED = 1024
_TIMED = frozenset({Family.SOUND, Family.VIDEO})


def sniff(content: bytes) -> Kind:
    """The kind of file that these bytes are, or :data:`UNKNOWN`. A sound's or a film's label has its length.

    Of a file that is two at once, as its end says something else, the first bytes decide.
    """
    kind = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    kind = _told_apart(content, kind or _container(content) or _by_structure(content))
    if kind.family in _TIMED and (length := duration(content, kind.label)):
        return Kind(kind.family, f"{kind.label}, {length}")
    return kind


def _told_apart(content: bytes, kind: Kind) -> Kind:
    """Sound or film, where a container may hold either."""
    if kind.family is Family.VIDEO and is_sound(content, kind.label):
        return Kind(Family.SOUND, kind.label)
    if kind.family is Family.SOUND and is_film(content, kind.label):
        return Kind(Family.VIDEO, kind.label)
    return kind


def _container(content: bytes) -> Kind | None:
    """A format that holds others, by what it says it holds."""
    if content.startswith((b"RIFF", b"FORM")):
        return (_RIFF_FORMS if content.startswith(b"RIFF") else _AIFF_FORMS).get(content[8:12])
    if content[4:8] == b"ftyp":
        return _BRANDS.get(_brand(content), Kind(Family.VIDEO, "MP4"))
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(content)
    if content.startswith(_COMPOUND):
        return _inside_compound(content)
    if content[257:262] == b"ustar":
        return Kind(Family.ARCHIVE, "TAR")
    return _WINDOWS if _is_windows_program(content) else None


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
    if (recorded := _recorded(content)) is not None:
        return recorded
    if content.startswith(b"BZh") and content[4:10] == b"1AY&SY":
        return Kind(Family.ARCHIVE, "bzip2")
    if markup := _markup(content):
        return _MARKUPS[markup]
    return _PDF if _is_late_pdf(content) else UNKNOWN


def _is_late_pdf(content: bytes) -> bool:
    """Whether it is nothing else, and a PDF behind some bytes of its sender's."""
    head, tail = content[: _PDF_SEARCHED + len(b"%PDF-1.0")], content[-_PDF_SEARCHED:]
    return bool(_PDF_START.search(head) and _PDF_END.search(tail))


def _recorded(content: bytes) -> Kind | None:
    """A sound or a film that says what it is only by how it goes on."""
    if is_mpeg_audio(content):
        return Kind(Family.SOUND, "MP3")
    if is_transport_stream(content):
        return Kind(Family.VIDEO, "MPEG")
    if content.startswith(b"\x00") and content[4:8] in _OLD_BOXES:
        return Kind(Family.VIDEO, "QuickTime")
    return None


def _inside_zip(content: bytes) -> Kind:
    """A ZIP archive, or the document that is stored as one: by its directory, never by a search."""
    name, stored = first_member(content)
    if name == "mimetype":
        return next((kind for mime, kind in _MIMETYPES if stored.startswith(mime)), _ZIP)
    names = zip_names(content)
    listed = next((name for name in names if name.lower() == _TYPES), None)
    if listed is None:
        return _ZIP
    types = zip_member(content, listed)
    by_type = (kind for pattern, kind in _OFFICE_TYPES if pattern.search(types))
    by_part = (kind for part, kind in _OFFICE_PARTS if part in names)
    return next(by_type, None) or next(by_part, _ZIP)


def _inside_compound(content: bytes) -> Kind:
    """Of the old programs' files a workbook can be read, unless it is a new one behind a password."""
    names = compound_names(content)
    is_workbook = bool(names & {"workbook", "book"}) and "encryptedpackage" not in names
    return _EXCEL if is_workbook else _OLD_OFFICE


def _is_windows_program(content: bytes) -> bool:
    """Two letters are too few to tell: behind them a number says where the real header is."""
    start = int.from_bytes(content[60:64], "little")
    return content.startswith(b"MZ") and content[start : start + 4] == b"PE\x00\x00"


def _is_bmp(content: bytes) -> bool:
    """Two letters are too few to tell: a text may begin with "BM" too."""
    header_size = int.from_bytes(content[14:18], "little")
    return content.startswith(b"BM") and header_size in _BMP_HEADER_SIZES


def _markup(content: bytes) -> str:
    """The format of a text whose first element, behind declarations and comments, tells it."""
    head = content[:_MARKUP_SEARCHED].removeprefix(b"\xef\xbb\xbf").lstrip()
    while head.startswith((b"<?", b"<!")):
        if _HTML_TYPE.match(head):
            return "HTML"
        head = head.partition(_ending(head))[2].lstrip()
    element = _ELEMENT.match(head)
    return {b"svg": "SVG", b"html": "HTML"}.get(element[1].lower(), "") if element else ""


def _ending(declaration: bytes) -> bytes:
    if declaration.startswith(b"<!--"):
        return b"-->"
    return b"]>" if _SUBSET.match(declaration) else b">"
