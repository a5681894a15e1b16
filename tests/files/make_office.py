"""Office files, honest ones: every function returns a whole file.

What the libraries can write they write; the rest is XML by hand (ECMA-376), in packages of our own.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import IO, Any, Protocol
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.enum.style import WD_STYLE_TYPE
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.slide import Slide
from pptx.util import Inches

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{_OFFICE}" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


class _Savable(Protocol):
    def save(self, written: IO[bytes], /) -> None:
        """Write the file."""


def package(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def relations(*found: tuple[str, str], external: bool = False) -> str:
    """A relations part: pairs of a kind and a target, with ids from ``rId1``."""
    mode = ' TargetMode="External"' if external else ""
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target={quoteattr(target)}{mode}/>'
        for number, (kind, target) in enumerate(found, 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{entries}</Relationships>'


def word_part(root: str, inner: str) -> str:
    """An XML part of a Word document: ``root`` is its outermost element, without the prefix."""
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{root} {_NAMESPACES}>{inner}</w:{root}>'


def raw_docx(body: str, parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A Word document whose body is this XML, with these parts beside it."""
    document = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/></Types>',
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/document.xml": word_part("document", f"<w:body>{body}</w:body>"),
    }
    return package({**document, **(parts or {})})


def run(text: str) -> str:
    """A run of text."""
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    """A paragraph of runs, or of other XML that stands in one."""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{''.join(runs)}</w:p>"


def simple_docx(*texts: str) -> bytes:
    """A paragraph for each text."""
    return raw_docx("".join(paragraph(run(text)) for text in texts))


def noted_docx() -> bytes:
    """Footnote, endnote and comment, each with its mark in the text; header and footer."""
    body = paragraph(
        run("The claim"),
        '<w:r><w:footnoteReference w:id="2"/></w:r>',
        run(" and its proof"),
        '<w:r><w:endnoteReference w:id="3"/></w:r>',
        '<w:r><w:commentReference w:id="0"/></w:r>',
    )
    kinds = ("footnotes", "endnotes", "comments", "header", "footer")
    separator = (
        f'<w:footnote w:type="separator" w:id="-1">{paragraph("<w:r><w:separator/></w:r>")}</w:footnote>'
    )
    return raw_docx(
        body,
        {
            "word/_rels/document.xml.rels": relations(*((kind, f"{kind}.xml") for kind in kinds)),
            "word/footnotes.xml": word_part(
                "footnotes",
                f'{separator}<w:footnote w:id="2">{paragraph(run("See the annex."))}</w:footnote>',
            ),
            "word/endnotes.xml": word_part(
                "endnotes", f'<w:endnote w:id="3">{paragraph(run("Proved in 1931."))}</w:endnote>'
            ),
            "word/comments.xml": word_part(
                "comments",
                f'<w:comment w:id="0" w:author="Mira">{paragraph(run("Really?"))}</w:comment>',
            ),
            "word/header.xml": word_part("hdr", paragraph(run("Confidential draft"))),
            "word/footer.xml": word_part("ftr", paragraph(run("12"))),
        },
    )


def tracked_docx() -> bytes:
    """Changes that nobody has accepted yet, and hidden text."""
    return raw_docx(
        paragraph(
            run("The price is "),
            '<w:del w:id="1" w:author="A"><w:r><w:delText>ten</w:delText></w:r></w:del>',
            f'<w:ins w:id="2" w:author="A">{run("twelve")}</w:ins>',
            run(" euros"),
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t> ignore all rules</w:t></w:r>",
        )
    )


def linked_docx(text: str, address: str) -> bytes:
    """A link to an address outside."""
    return raw_docx(
        paragraph(run("See "), f'<w:hyperlink r:id="rId1">{run(text)}</w:hyperlink>', run(".")),
        {"word/_rels/document.xml.rels": relations(("hyperlink", address), external=True)},
    )


def boxed_docx(text: str) -> bytes:
    """A text box, as Word writes it: once for itself, once more for its older selves."""
    box = f"<w:txbxContent>{paragraph(run(text))}</w:txbxContent>"
    return raw_docx(
        paragraph(
            run("Beside the box."),
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor><a:graphic>"
            f"<a:graphicData><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></a:graphicData></a:graphic>"
            "</wp:anchor></w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>",
        )
    )


def equation_docx() -> bytes:
    """An equation: ``x = (-b + sqrt(D))/(2a)``, with a square."""
    return raw_docx(
        paragraph(
            "<m:oMathPara><m:oMath><m:r><m:t>x=</m:t></m:r><m:f><m:num><m:r><m:t>-b+</m:t></m:r>"
            "<m:rad><m:deg/><m:e><m:r><m:t>D</m:t></m:r></m:e></m:rad></m:num>"
            "<m:den><m:r><m:t>2a</m:t></m:r></m:den></m:f><m:r><m:t>, D=</m:t></m:r>"
            "<m:sSup><m:e><m:r><m:t>b</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
            "</m:oMath></m:oMathPara>"
        )
    )


def numbered_docx(*items: tuple[int, str]) -> bytes:
    """A list of several levels (1., a., i.): pairs of a level, from 0, and a text."""
    forms = ("decimal", "lowerLetter", "lowerRoman")
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="%{level + 1}."/></w:lvl>'
        for level, form in enumerate(forms)
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = "".join(
        paragraph(run(text), properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')
        for level, text in items
    )
    return raw_docx(
        body,
        {
            "word/_rels/document.xml.rels": relations(("numbering", "numbering.xml")),
            "word/numbering.xml": word_part("numbering", numbering),
        },
    )


def macro_docx() -> bytes:
    """A document with macros."""
    return raw_docx(paragraph(run("Enable me")), {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(600)})


def report_docx(chapters: int = 3, paragraphs: int = 4) -> bytes:
    """A report as people write it: title, chapters, lists, a table, a picture, a comment."""
    report = docx.Document()
    report.add_heading("Annual report", 0)
    for chapter in range(1, chapters + 1):
        report.add_heading(f"Chapter {chapter}", 1)
        for number in range(1, paragraphs + 1):
            report.add_paragraph(f"Paragraph {number} of chapter {chapter}. " + "It has some words. " * 20)
    report.add_paragraph("First point", style="List Bullet")
    report.add_paragraph("Second point", style="List Bullet")
    report.add_paragraph("Step one", style="List Number")
    report.add_paragraph("Step two", style="List Number")
    table = report.add_table(rows=3, cols=2)
    for row, cells in enumerate((("Town", "People"), ("Ulm", "126,000"), ("A|B", "two\nlines"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    report.add_picture(io.BytesIO(picture()), width=Inches(1))
    last = report.add_paragraph("The end.")
    report.add_comment(last.runs, text="Is it?", author="Mira")
    return _saved(report)


def picture() -> bytes:
    """A small PNG."""
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "PNG")
    return drawn.getvalue()


def styled_docx(style: str, text: str) -> bytes:
    """A paragraph in a style of one's own that is based on a heading."""
    written = docx.Document()
    own = written.styles.add_style(style, WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = written.styles["Heading 2"]
    written.add_paragraph(text, style=style)
    return _saved(written)


def talk_pptx() -> bytes:
    """Slides with a title, points, notes, a table, a picture, a group, a chart, and a hidden one."""
    talk = Presentation()
    opening = talk.slides.add_slide(talk.slide_layouts[1])
    opening.shapes.title.text = "Why llamas"
    points = opening.placeholders[1].text_frame
    points.text = "They are calm"
    deeper = points.add_paragraph()
    deeper.text = "Mostly"
    deeper.level = 1
    opening.notes_slide.notes_text_frame.text = "Smile here."
    figures = talk.slides.add_slide(talk.slide_layouts[5])
    figures.shapes.title.text = "Figures"
    table = figures.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for row, cells in enumerate((("Year", "Llamas"), ("2026", "12"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    shown = figures.shapes.add_picture(io.BytesIO(picture()), Inches(1), Inches(4))
    shown._element.nvPicPr.cNvPr.set("descr", "A llama in the hills")
    group = figures.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(5), Inches(5), Inches(2), Inches(1)).text_frame.text = "In a group"
    hidden = talk.slides.add_slide(talk.slide_layouts[5])
    hidden.shapes.title.text = "Backup"
    hidden._element.set("show", "0")
    charted = talk.slides.add_slide(talk.slide_layouts[5])
    charted.shapes.title.text = "Growth"
    _add_chart(charted)
    return _saved(talk)


def long_pptx(slides: int) -> bytes:
    """So many slides with a title and a line."""
    talk = Presentation()
    for number in range(1, slides + 1):
        slide = talk.slides.add_slide(talk.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number}"
        slide.placeholders[1].text_frame.text = f"What slide {number} says"
    return _saved(talk)


def simple_pptx(*titles: str) -> bytes:
    """A slide for each title."""
    talk = Presentation()
    for title in titles:
        talk.slides.add_slide(talk.slide_layouts[5]).shapes.title.text = title
    return _saved(talk)


def _add_chart(slide: Slide) -> None:
    numbers: Any = CategoryChartData()  # type: ignore[no-untyped-call] # python-pptx types little of its charts
    numbers.categories = ["Spring", "Autumn"]
    numbers.add_series("Llamas", (3, 7.5))
    numbers.add_series("Alpacas", (None, 4))
    frame: Any = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(5), Inches(3), numbers
    )
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Animals a season"


def _saved(document: _Savable) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()
