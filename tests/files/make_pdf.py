"""PDF files made by hand, honest ones: every function returns a whole file.

The syntax is that of ISO 32000-1. Latin letters stand in Helvetica; others in a font that is not
embedded and says by ``ToUnicode`` what its codes mean, as word processors write it.
"""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

LETTER = (612, 792)
PROSE = (
    "The committee met in the small hall of the town library to discuss the repairs of the old mill, "
    "its wheel, its roof and the road that leads there. Nobody objected to the first three points. "
)
_LEADING = 14
_UNICODE_CMAP = b"\n".join(
    [
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /All def /CMapType 2 def",
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange",
        *(
            b"%d beginbfrange\n%b\nendbfrange"
            % (
                min(100, 256 - start),
                b"\n".join(
                    b"<%02X00> <%02XFF> <%02X00>" % (high, high, high)
                    for high in range(start, min(start + 100, 256))
                ),
            )
            for start in (0, 100, 200)
        ),
        b"endcmap end end",
    ]
)

_UNICODE_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/Identity-H/DescendantFonts[5 0 R]/ToUnicode 6 0 R>>"
)
_CID_FONT = (
    b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Arial/DW 600/CIDToGIDMap/Identity"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
)


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page: its content stream, its box in points, what else its dictionary and its resources hold."""

    stream: bytes
    box: tuple[float, float] = LETTER
    extra: bytes = b""
    resources: bytes = b""


def assemble(objects: Sequence[bytes], trailer: bytes = b"", start: bytes = b"%PDF-1.7\n") -> bytes:
    """A file of these objects, numbered from 1, the first being the catalog; with a correct table."""
    written = bytearray(start)
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<</Size %d/Root 1 0 R%b>>\n" % (len(objects) + 1, trailer)
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object, packed."""
    packed = zlib.compress(content)
    return b"<</Length %d/Filter/FlateDecode%b>>\nstream\n%b\nendstream" % (len(packed), entries, packed)


def literal(text: str) -> bytes:
    """A text string object."""
    return b"<%b>" % (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()


def written(text: str, *, x: float = 72, top: float = 720, size: float = 11) -> bytes:
    """Operators that write the lines of a text from the top down, each as one string."""
    try:
        font, rows = b"F1", [line.encode("cp1252") for line in text.split("\n")]
    except UnicodeEncodeError:
        font, rows = b"F2", [line.encode("utf-16-be") for line in text.split("\n")]
    shown = b"\n".join(b"<%b> Tj T*" % row.hex().encode() for row in rows)
    return b"BT /%b %g Tf %d TL %g %g Td\n%b\nET\n" % (font, size, _LEADING, x, top, shown)


def pdf(pages: Sequence[PdfPage], *, catalog: bytes = b"", extra: Sequence[bytes] = ()) -> bytes:
    """A file of these pages. Objects of ``extra`` are numbered from 7; the pages follow them in pairs.

    Object 1 is the catalog, 2 the page tree; 3 and 4 are the fonts ``/F1`` and ``/F2``.
    """
    first = 7 + len(extra)
    kids = b" ".join(b"%d 0 R" % number for number in range(first, first + 2 * len(pages), 2))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%b>>" % catalog,
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        _UNICODE_FONT,
        _CID_FONT,
        stream(_UNICODE_CMAP),
        *extra,
    ]
    for number, page in zip(range(first, first + 2 * len(pages), 2), pages, strict=True):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>%b>>%b>>"
            % (*page.box, number + 1, page.resources, page.extra)
        )
        objects.append(stream(page.stream))
    return assemble(objects)


def text_pdf(*texts: str, catalog: bytes = b"") -> bytes:
    """A page for each text, its lines from the top down."""
    return pdf([PdfPage(written(text)) for text in texts], catalog=catalog)


def two_columns(left: str, right: str, title: str = "") -> bytes:
    """Two columns, written line by line across both, as some programs do."""
    pairs = zip(left.split("\n"), right.split("\n"), strict=True)
    rows = [
        written(one, x=72, top=720 - _LEADING * row) + written(other, x=330, top=720 - _LEADING * row)
        for row, (one, other) in enumerate(pairs)
    ]
    heading = written(title, top=760) if title else b""
    return pdf([PdfPage(heading + b"".join(rows))])


def columns_in_order(left: str, right: str) -> bytes:
    """Two columns, the left one written first, as typesetting programs do."""
    return pdf([PdfPage(written(left) + written(right, x=330))])


def out_of_order(top: str, bottom: str) -> bytes:
    """The lower half of the page is written before the upper one."""
    return pdf([PdfPage(written(bottom, top=300) + written(top))])


def word_by_word(text: str) -> bytes:
    """Every word is placed by itself, and no space is ever written."""
    parts = []
    for row, line in enumerate(text.split("\n")):
        x = 72.0
        for word in line.split():
            parts.append(written(word, x=x, top=720 - _LEADING * row))
            x += 6.2 * len(word) + 4
    return pdf([PdfPage(b"".join(parts))])


def spaced_out(text: str) -> bytes:
    """One line, its glyphs placed by ``TJ``, with narrow gaps inside and wide ones between words."""
    shown = b" ".join(b"(%b) -20" % letter.encode() if letter != " " else b"-300" for letter in text)
    return pdf([PdfPage(b"BT /F1 11 Tf 72 720 Td [%b] TJ ET" % shown)])


def right_to_left(*words: str) -> bytes:
    """Words as Skia writes them: letter by letter in the order of sight, each with what it stands for."""
    spelled = b"(x) Tj ".join(
        b"".join(b"/Span<</ActualText %b >> BDC (o) Tj EMC\n" % literal(letter) for letter in reversed(word))
        for word in reversed(words)
    )
    return pdf([PdfPage(b"BT /F1 11 Tf 72 720 Td\n%bET" % spelled.replace(b"(x)", b"( )"))])


def in_signs(numbers: str, font: str) -> bytes:
    """One line in a font of signs, as word processors write it: each is its number in the font."""
    whole = _UNICODE_FONT.replace(b"5 0 R", b"4 0 R").replace(b"6 0 R", b"7 0 R")
    parts = [part.replace(b"Arial", font.encode()) for part in (whole, _CID_FONT)]
    shown = numbers.encode("utf-16-be").hex().encode()
    return _in_font(b"BT /F1 11 Tf 72 720 Td <%b> Tj ET" % shown, *parts, stream(_UNICODE_CMAP))


def numbered_glyphs(text: str, first: int) -> bytes:
    """One line in a font that says of no glyph what it is: each is its letter's number, less ``first``."""
    font = b"<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/Identity-H/DescendantFonts[4 0 R]>>"
    shown = b"".join(b"%04X" % (ord(letter) - first) for letter in text)
    return _in_font(b"BT /F1 11 Tf 72 720 Td <%b> Tj ET" % shown, font, _CID_FONT)


def old_typesetting(text: str) -> bytes:
    """One line in a font whose glyphs have names of their own, and their letters' codes."""
    names = b"".join(b"/g%d" % code for code in range(256))
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/CharProcs 4 0 R"
        b"/Encoding<</Differences[0%b]>>/FirstChar 0/LastChar 255/Widths[%b]>>" % (names, b"6 " * 256)
    )
    glyphs = b"".join(b"/g%d 7 0 R" % code for code in range(256))
    square = stream(b"6 0 0 0 5 7 d1 0 0 5 7 re f")
    return _in_font(
        b"BT /F1 11 Tf 72 720 Td <%b> Tj ET" % text.encode("latin-1").hex().encode(),
        font,
        b"<<%b>>" % glyphs,
        square,
    )


def _in_font(content: bytes, font: bytes, *parts: bytes) -> bytes:
    """A page in a font of its own, ``/F1``, whose parts are numbered 4 and, but for the first, from 7."""
    catalog, tree = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[5 0 R]>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 6 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
    return assemble([catalog, tree, font, parts[0], page, stream(content), *parts[1:]])


def rotated(text: str, degrees: int) -> bytes:
    """A page that is to be shown turned."""
    return pdf([PdfPage(written(text), extra=b"/Rotate %d" % degrees)])


def upside_down(text: str) -> bytes:
    """A page that is shown turned by half, and written so that it then stands upright, word by word."""
    words = [
        b"BT /F1 11 Tf -1 0 0 -1 %g %g Tm <%b> Tj ET\n"
        % (540 - 70 * place, 72 + _LEADING * row, word.encode("cp1252").hex().encode())
        for row, line in enumerate(text.split("\n"))
        for place, word in enumerate(line.split())
    ]
    return pdf([PdfPage(b"".join(words), extra=b"/Rotate 180")])


def sideways(text: str) -> bytes:
    """One line, written from the bottom up on an upright page."""
    shown = text.encode("cp1252").hex().encode()
    return pdf([PdfPage(b"BT /F1 11 Tf 0 1 -1 0 300 100 Tm <%b> Tj ET" % shown)])


def hidden_behind(shown: str, hidden: str) -> bytes:
    """Text that nobody sees (render mode 3), as scanners put it behind the picture of a page."""
    return pdf([PdfPage(written(shown) + b"3 Tr " + written(hidden, top=400))])


def form(**values: str) -> bytes:
    """A form with text fields of these names, filled in, and without drawn appearances."""
    fields = [
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T%b/V%b/Rect[200 %d 400 %d]/F 4/DA(/F1 11 Tf 0 g)>>"
        % (literal(name), literal(value), 700 - 30 * row, 720 - 30 * row)
        for row, (name, value) in enumerate(values.items())
    ]
    numbers = b" ".join(b"%d 0 R" % (7 + row) for row in range(len(fields)))
    catalog = b"/AcroForm<</Fields[%b]/DR<</Font<</F1 3 0 R>>>>/DA(/F1 11 Tf 0 g)>>" % numbers
    page = PdfPage(written("Application form"), extra=b"/Annots[%b]" % numbers)
    return pdf([page], catalog=catalog, extra=fields)


def ticked_form() -> bytes:
    """A ticked box and one that is not, two buttons with the second pressed, a choice, a push button."""
    fields = [
        _button(b"/T(agreed)/V/Yes/AS/Yes", b"Yes"),
        _button(b"/T(spam)/V/Off/AS/Off", b"Yes"),
        b"<</FT/Btn/Ff 32768/T(size)/V/large/Kids[10 0 R 11 0 R]>>",
        _button(b"/Parent 9 0 R/AS/Off", b"small"),
        _button(b"/Parent 9 0 R/AS/large", b"large"),
        b"<</Type/Annot/Subtype/Widget/FT/Ch/Ff 131072/T(colour)/V(red)/Opt[(red)(blue)]/Rect[9 9 90 20]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Btn/Ff 65536/T(send)/Rect[9 9 90 20]>>",
        stream(b"", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
    ]
    page = PdfPage(written("Order"), extra=b"/Annots[7 0 R 8 0 R 10 0 R 11 0 R 12 0 R 13 0 R]")
    return pdf([page], catalog=b"/AcroForm<</Fields[7 0 R 8 0 R 9 0 R 12 0 R 13 0 R]>>", extra=fields)


def _button(entries: bytes, name: bytes) -> bytes:
    looks = b"/AP<</N<</%b 14 0 R/Off 14 0 R>>>>" % name
    return b"<</Type/Annot/Subtype/Widget/FT/Btn/Rect[9 9 18 18]%b%b>>" % (entries, looks)


def commented(text: str, comment: str, author: str = "Mira") -> bytes:
    """A note of a reader beside the text."""
    note = b"<</Type/Annot/Subtype/Text/Rect[500 700 520 720]/Contents%b/T%b>>" % (
        literal(comment),
        literal(author),
    )
    return pdf([PdfPage(written(text), extra=b"/Annots[7 0 R]")], extra=[note])


def annotated(text: str, *annotations: bytes) -> bytes:
    """A page with these annotations: each is what its dictionary holds beside type and place."""
    numbers = b" ".join(b"%d 0 R" % (7 + index) for index in range(len(annotations)))
    marks = [b"<</Type/Annot/Rect[300 600 500 640]%b>>" % entries for entries in annotations]
    return pdf([PdfPage(written(text), extra=b"/Annots[%b]" % numbers)], extra=marks)


def made_anew(text: str, values: bytes) -> bytes:
    """A form of which Adobe's programs make the pages, with these values in XML."""
    sets = b'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data>%b</xfa:data></xfa:datasets>'
    catalog = b"/NeedsRendering true/AcroForm<</Fields[]/XFA[(datasets)7 0 R]>>"
    return pdf([PdfPage(written(text))], catalog=catalog, extra=[stream(sets % values)])


def chosen_from(*chosen: int) -> bytes:
    """A form with one list, of whose three entries these are chosen, counted from 0."""
    entries = b"[[(r)(Red)][(g)(Green)][(b)(Blue)]]"
    values = b" ".join(literal("rgb"[index]) for index in chosen)
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Ch/Ff 2097152/T(colours)/Opt%b/V[%b]/I[%b]/Rect[9 9 90 60]>>"
        % (entries, values, b" ".join(b"%d" % index for index in chosen))
    )
    page = PdfPage(written("Order"), extra=b"/Annots[7 0 R]")
    return pdf([page], catalog=b"/AcroForm<</Fields[7 0 R]>>", extra=[field])


def linked(text: str, address: str) -> bytes:
    """The first line is a link."""
    link = (
        b"<</Type/Annot/Subtype/Link/Rect[70 715 300 735]/Border[0 0 0]/A<</S/URI/URI(%b)>>>>"
        % address.encode("ascii")
    )
    return pdf([PdfPage(written(text), extra=b"/Annots[7 0 R]")], extra=[link])


def bookmarked(*chapters: tuple[str, str]) -> bytes:
    """A page for each chapter (title, text), with an outline that names them."""
    count, first = len(chapters), 8
    pages = first + count
    items = [
        b"<</Title%b/Parent 7 0 R/Dest[%d 0 R/Fit]%b%b>>"
        % (
            literal(title),
            pages + 2 * index,
            b"/Next %d 0 R" % (first + index + 1) if index + 1 < count else b"",
            b"/Prev %d 0 R" % (first + index - 1) if index else b"",
        )
        for index, (title, _) in enumerate(chapters)
    ]
    outline = b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, first + count - 1, count)
    written_pages = [PdfPage(written(text)) for _, text in chapters]
    return pdf(written_pages, catalog=b"/Outlines 7 0 R", extra=[outline, *items])


def labelled(*texts: str) -> bytes:
    """The first two pages are numbered i and ii, the others from 1."""
    return text_pdf(*texts, catalog=b"/PageLabels<</Nums[0<</S/r>>2<</S/D>>]>>")


def scanned(*texts: str, size: tuple[int, int] = (850, 1100)) -> bytes:
    """Every page is a picture of its text."""
    drawn = [_picture_of(text, size) for text in texts]
    saved = io.BytesIO()
    drawn[0].save(saved, "PDF", save_all=True, append_images=drawn[1:], resolution=100)
    return saved.getvalue()


def scan_between(first: str, pictured: str, last: str) -> bytes:
    """Three pages, the middle one a picture."""
    drawn = _picture_of(pictured, (425, 550)).convert("L")
    picture = stream(
        drawn.tobytes(),
        b"/Type/XObject/Subtype/Image/Width 425/Height 550/ColorSpace/DeviceGray/BitsPerComponent 8",
    )
    scan = PdfPage(b"612 0 0 792 0 0 cm /Im1 Do", resources=b"/XObject<</Im1 7 0 R>>")
    return pdf([PdfPage(written(first)), scan, PdfPage(written(last))], extra=[picture])


def collage(caption: str, count: int) -> bytes:
    """Pictures in strips over the whole page, as scanners cut it, and a caption in letters."""
    strip = stream(
        bytes(99), b"/Type/XObject/Subtype/Image/Width 99/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
    )
    drawn = b"".join(
        b"q 612 0 0 %g 0 %g cm /Im1 Do Q\n" % (792 / count, 792 / count * row) for row in range(count)
    )
    return pdf([PdfPage(drawn + written(caption), resources=b"/XObject<</Im1 7 0 R>>")], extra=[strip])


def plan(caption: str, lines: int) -> bytes:
    """Lines, each for itself, and some words in letters."""
    drawn = b"".join(b"%d 100 m %d 500 l S\n" % (line % 600, (line * 7) % 600) for line in range(lines))
    return pdf([PdfPage(drawn + written(caption))])


def with_attachment(text: str, name: str, content: bytes) -> bytes:
    """A file is packed into the file."""
    names = b"/Names<</EmbeddedFiles<</Names[%b 7 0 R]>>>>" % literal(name)
    held = [
        b"<</Type/Filespec/F%b/UF%b/EF<</F 8 0 R>>>>" % (literal(name), literal(name)),
        stream(content, b"/Type/EmbeddedFile"),
    ]
    return pdf([PdfPage(written(text))], catalog=names, extra=held)


def with_script(text: str) -> bytes:
    """A script that runs when the file is opened, and one by its name."""
    script = b"<</S/JavaScript/JS(app.alert\\('hello'\\);)>>"
    catalog = b"/OpenAction 7 0 R/Names<</JavaScript<</Names[(start)7 0 R]>>>>"
    return pdf([PdfPage(written(text))], catalog=catalog, extra=[script])


def _picture_of(text: str, size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    font = ImageFont.load_default(size[0] // 30)
    ImageDraw.Draw(picture).multiline_text((size[0] // 10, size[1] // 10), text, "black", font)
    return picture
