"""Office files that are broken, locked, or made to harm whoever reads them: every function returns one."""

import io
import zipfile

from tests.files.make_office import (
    long_pptx,
    package,
    paragraph,
    raw_docx,
    relations,
    run,
    simple_docx,
    word_part,
)

_DOCUMENT = "word/document.xml"
_BLANKS = b" " * 10_000_000


def unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of a package, to change some of them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bomb_docx(size: int) -> bytes:
    """The text is so many bytes of blanks."""
    head, _, tail = word_part("document", "<w:body>@</w:body>").partition("@")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in unpacked(simple_docx("x")).items():
            if name != _DOCUMENT:
                archive.writestr(name, content)
        with archive.open(_DOCUMENT, "w", force_zip64=True) as part:
            part.write(head.encode())
            for _ in range(size // len(_BLANKS)):
                part.write(_BLANKS)
            part.write(tail.encode())
    return written.getvalue()


def crowded_docx(count: int) -> bytes:
    """So many paragraphs of one letter."""
    return raw_docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>" * count)


def many_members(count: int) -> bytes:
    """So many empty members beside a document."""
    return package(
        {**unpacked(simple_docx("x")), **{f"x/{number}": b"" for number in range(count)}},
        zipfile.ZIP_STORED,
    )


def declaring_docx(declaration: str, text: str, encoding: str = "utf-8") -> bytes:
    """The text's XML begins with a document type declaration; ``text`` is put in as it is."""
    body = word_part("document", f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>")
    body = body.partition("?>")[2]
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}{body}'
    return package({**unpacked(simple_docx("x")), _DOCUMENT: declared.encode(encoding)})


def reading_files_docx(path: str) -> bytes:
    """An entity that stands for a file of the machine (XXE)."""
    return declaring_docx(f'<!DOCTYPE w [<!ENTITY e SYSTEM "file://{path}">]>', "&e;")


def laughing_docx() -> bytes:
    """Entities that stand for ten others each, ten times over (billion laughs)."""
    entities = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    return declaring_docx(f'<!DOCTYPE w [<!ENTITY l0 "lol">{entities}]>', "&l9;")


def deep_docx(depth: int) -> bytes:
    """Tables in tables in tables."""
    opened = "<w:tbl><w:tr><w:tc>" * depth
    return raw_docx(opened + paragraph(run("deep")) + "</w:tc></w:tr></w:tbl>" * depth)


def one_text_docx(size: int) -> bytes:
    """All of it is one text without a space."""
    return raw_docx(paragraph(run("x" * size)))


def outside_docx(address: str) -> bytes:
    """A template and a picture that are somewhere else."""
    return raw_docx(
        paragraph(run("Come in")),
        {
            "word/_rels/document.xml.rels": relations(
                ("attachedTemplate", address), ("image", address), ("styles", address), external=True
            )
        },
    )


def climbing_docx() -> bytes:
    """Members and relations whose names lead out of the archive."""
    return raw_docx(
        paragraph(run("Slip")),
        {
            "../../../../tmp/evil.txt": b"evil",
            "/etc/evil": b"evil",
            "word/_rels/document.xml.rels": relations(("styles", "../../../../etc/passwd")),
        },
    )


def odd_method_docx(method: int) -> bytes:
    """Packed in a way that no office program uses: ``zipfile.ZIP_LZMA``, ``zipfile.ZIP_BZIP2``."""
    return package(unpacked(simple_docx("x")), method)


def locked_members_docx() -> bytes:
    """Members that say they are encrypted."""
    content = bytearray(simple_docx("x"))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(signature, start + 4)
    return bytes(content)


def lying_size_docx() -> bytes:
    """Headers that say a member unpacks to ten bytes."""
    content = bytearray(simple_docx("A text that is longer than ten bytes"))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.find(signature)
        while start >= 0:
            content[start + place : start + place + 4] = (10).to_bytes(4, "little")
            start = content.find(signature, start + 4)
    return bytes(content)


def repeating_pptx(times: int) -> bytes:
    """One slide, shown so often."""
    parts = unpacked(long_pptx(1))
    main = parts["ppt/presentation.xml"].decode()
    start, end = main.index("<p:sldId "), main.index("</p:sldIdLst>")
    parts["ppt/presentation.xml"] = (main[:start] + main[start:end] * times + main[end:]).encode()
    return package(parts)


def damaged_slide_pptx() -> bytes:
    """Three slides, the second of which is not XML."""
    parts = unpacked(long_pptx(3))
    parts["ppt/slides/slide2.xml"] = b"<p:sld><p:cSld>"
    return package(parts)


def pictured_bomb_pptx(size: int) -> bytes:
    """A picture that unpacks to so many bytes, and that nobody needs to read."""
    return package({**unpacked(long_pptx(1)), "ppt/media/image9.png": bytes(size)})


def rest_of(content: bytes, share: float) -> bytes:
    """A download that broke off."""
    return content[: int(len(content) * share)]
