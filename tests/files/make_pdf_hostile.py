"""PDF files that are broken, locked, or made to harm whoever reads them: every function returns one."""

import hashlib
import struct
import zlib

from tests.files.make_pdf import PdfPage, assemble, pdf, stream, text_pdf, written

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_IMAGE = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent %d"
_SHOWN = b"612 0 0 792 0 0 cm /Im1 Do"
_ON_PAGE = b"/XObject<</Im1 7 0 R>>"
_BLOCK = bytes(10_000_000)


def locked(text: str, password: str = "") -> bytes:
    """Encrypted by RC4 with 40 bits (ISO 32000-1, 7.6.3); an empty password opens by itself."""
    identity = bytes(range(16))
    padded = (password.encode("latin-1") + _PADDING)[:32]
    owner = _rc4(_md5(padded)[:5], padded)
    key = _md5(padded + owner + struct.pack("<i", -4) + identity)[:5]
    plain = written(text)
    content = _rc4(_md5(key + struct.pack("<I", 4)[:3] + b"\0\0")[:10], plain)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>"
        % (owner.hex().encode(), _rc4(key, _PADDING).hex().encode()),
    ]
    return assemble(objects, b"/Encrypt 6 0 R/ID[<%b><%b>]" % ((identity.hex().encode(),) * 2))


def broken_table(text: str) -> bytes:
    """The cross references point to the wrong places."""
    return text_pdf(text).replace(b"startxref\n", b"startxref\n9")


def cut_off(text: str, share: float = 0.7) -> bytes:
    """A download that broke off."""
    whole = text_pdf(*[text] * 20)
    return whole[: int(len(whole) * share)]


def many_pages(count: int) -> bytes:
    """So many pages, each the same one."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, b"3 0 R " * count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        stream(written("A page like all the others.")),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    return assemble(objects)


def lying_count(count: int) -> bytes:
    """One page, where ``count`` are said to be."""
    return text_pdf("The only page.").replace(b"/Count 1/", b"/Count %d/" % count)


def looping_tree() -> bytes:
    """The page tree is its own child."""
    return assemble(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Parent 2 0 R/Count 9/Kids[2 0 R 2 0 R]>>"]
    )


def no_pages() -> bytes:
    """A page tree without a page."""
    return assemble([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"])


def nested(depth: int) -> bytes:
    """An array in an array in an array."""
    return pdf([PdfPage(written("Deep"), extra=b"/Deep " + b"[" * depth + b"]" * depth)])


def nested_content(depth: int) -> bytes:
    """A content stream that opens dictionaries and arrays and never uses them."""
    return pdf([PdfPage(b"[<<" * depth + written("Deep"))])


def nested_forms(depth: int) -> bytes:
    """Forms that each draw the next one ten times over: ten to the power of ``depth`` drawings."""
    forms = [
        stream(
            b"/Fm Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</Fm %d 0 R>>>>" % (8 + level),
        )
        for level in range(depth)
    ]
    last = stream(written("x"), b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F1 3 0 R>>>>")
    page = PdfPage(b"/Fm Do", resources=b"/XObject<</Fm 7 0 R>>")
    return pdf([page], extra=[*forms, last])


def looping_form() -> bytes:
    """A form that draws itself."""
    form = stream(b"/Fm Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</Fm 7 0 R>>>>")
    return pdf([PdfPage(b"/Fm Do", resources=b"/XObject<</Fm 7 0 R>>")], extra=[form])


def bomb(unpacked: int) -> bytes:
    """A page's content is so many bytes of blanks, packed twice."""
    packer = zlib.compressobj(9)
    blanks = b" " * 10_000_000
    first, again = (packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    # Behind a full flush nothing is remembered: the second piece can stand there any number of times.
    pieces = unpacked // len(blanks)
    check = 1
    for _ in range(pieces):
        check = zlib.adler32(blanks, check)
    once = first + again * (pieces - 1) + b"\x03\x00" + check.to_bytes(4, "big")
    twice = zlib.compress(once, 9)
    body = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>\nstream\n%b\nendstream" % (len(twice), twice)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
        body,
    ]
    return assemble(objects)


def text_bomb(count: int) -> bytes:
    """A page of so many glyphs, all in one place."""
    return pdf([PdfPage(b"BT /F1 1 Tf 72 720 Td " + b"(xxxxxxxxxx) Tj\n" * (count // 10) + b"ET")])


def huge_page(inches: float = 200, text: str = "") -> bytes:
    """A page as large as the format allows, with nothing to read unless there is a text."""
    side = 72 * inches
    drawn = b"0 0 1 rg 100 100 %g %g re f\n" % (side / 2, side / 2)
    return pdf([PdfPage(drawn + (written(text) if text else b""), box=(side, side))])


def thin_page() -> bytes:
    """A page of 14,400 by one point."""
    return pdf([PdfPage(b"0 0 1 rg 0 0 14400 1 re f", box=(14400, 1))])


def giant_picture(side: int, bits: int = 1) -> bytes:
    """A scan of ``side`` times ``side`` pixels of nothing."""
    packer = zlib.compressobj(9)
    left = side * side * bits // 8
    packed = b"".join(
        packer.compress(_BLOCK[: min(len(_BLOCK), left - at)]) for at in range(0, left, len(_BLOCK))
    )
    packed += packer.flush()
    entries = _IMAGE % (side, side, bits)
    body = b"<</Length %d/Filter/FlateDecode%b>>\nstream\n%b\nendstream" % (len(packed), entries, packed)
    return pdf([PdfPage(_SHOWN, resources=_ON_PAGE)], extra=[body])


def jbig2_monster(side: int = 60_000) -> bytes:
    """A JBIG2 picture whose page information asks for ``side`` times ``side`` pixels (ISO 14492, 7.4.8)."""
    page_information = struct.pack(">IBBI", 0, 48, 1, 19) + struct.pack(">IIIIBH", side, side, 0, 0, 0, 0)
    return _coded_picture(page_information, b"/JBIG2Decode", side)


def jpx_monster(side: int = 60_000) -> bytes:
    """A JPEG 2000 code stream whose header asks for ``side`` times ``side`` pixels (ISO 15444-1, A.5.1)."""
    size = struct.pack(">HHIIIIIIIIH", 0, side, side, 0, 0, side, side, 0, 0, 1, 0)[2:]
    siz = b"\xff\x51" + struct.pack(">HH", 41, 0) + size[:-2] + struct.pack(">HBBB", 1, 7, 1, 1)
    cod = b"\xff\x52" + struct.pack(">HBBHBBBBBB", 12, 0, 0, 1, 0, 5, 4, 4, 0, 0)
    qcd = b"\xff\x5c" + struct.pack(">HB", 19, 0x40) + bytes([0x48] * 16)
    tile = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 0, 0, 1) + b"\xff\x93" + bytes(64) + b"\xff\xd9"
    return _coded_picture(b"\xff\x4f" + siz + cod + qcd + tile, b"/JPXDecode", side)


def shifted(text: str, front: bytes) -> bytes:
    """A file that begins as another: ``front`` stands before ``%PDF-``."""
    return front + text_pdf(text)


def _coded_picture(content: bytes, coding: bytes, side: int) -> bytes:
    entries = _IMAGE % (side, side, 1 if coding == b"/JBIG2Decode" else 8)
    body = b"<</Length %d/Filter%b%b>>\nstream\n%b\nendstream" % (len(content), coding, entries, content)
    return pdf([PdfPage(_SHOWN, resources=_ON_PAGE)], extra=[body])


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def _rc4(key: bytes, content: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    coded, i, j = bytearray(), 0, 0
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        coded.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(coded)
