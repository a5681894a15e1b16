"""Pages of PDF files that are looked at: scans, plans, and letters that mean nothing."""

import io

import pytest
from PIL import Image

from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers.pdf import read
from tests.files import make_pdf

PLENTY = FileLimits()


def texts(content: bytes) -> list[str]:
    return [page.text for page in document(content).pages]


def document(content: bytes) -> Document:
    return read(content, "paper.pdf", PLENTY)


def test_scans_are_drawn_as_large_as_the_model_sees_and_no_more_than_four() -> None:
    found = document(make_pdf.scanned(*"abcdef"))
    assert [drawing.label for drawing in found.drawings] == ["page 1", "page 2", "page 3", "page 4"]
    assert found.pages == ()
    assert found.notes == (
        "paper.pdf: pictures without text to read: pages 1-6. Of these the first 4 are shown as pictures.",
    )
    for drawing in found.drawings:
        with Image.open(io.BytesIO(drawing.content)) as opened:
            assert opened.format == "JPEG"
            assert opened.size == (drawing.width, drawing.height)
        assert 1300 < max(opened.size) <= PLENTY.max_side
        assert len(drawing.content) <= PLENTY.max_image_bytes


def test_a_scan_between_pages_with_text() -> None:
    found = document(make_pdf.scan_between("The first page", "SCANNED", "The last page"))
    assert [page.label for page in found.pages] == ["page 1", "page 3"]
    assert [drawing.label for drawing in found.drawings] == ["page 2"]


def test_a_drawn_page_shows_what_stands_there() -> None:
    (drawing,) = document(make_pdf.scanned("HELLO")).drawings
    with Image.open(io.BytesIO(drawing.content)) as opened:
        levels = opened.convert("L").histogram()
    assert sum(levels[:60]) > 100
    assert sum(levels[240:]) > 100_000


def test_a_scan_with_its_text_behind_it_is_text() -> None:
    found = document(make_pdf.hidden_behind("Seen", "What the scanner read on this page"))
    assert "What the scanner read on this page" in found.pages[0].text
    assert found.drawings == ()


@pytest.mark.parametrize("count", [1, 8, 90])
def test_a_page_of_pictures_with_a_caption_is_looked_at_too(count: int) -> None:
    found = document(make_pdf.collage("Scanned with a telephone", count))
    assert [page.text for page in found.pages] == ["Scanned with a telephone"]
    assert [drawing.label for drawing in found.drawings] == ["page 1"]


def test_a_plan_is_looked_at_and_a_table_with_rules_is_not() -> None:
    assert [drawing.label for drawing in document(make_pdf.plan("Residence", 1_000)).drawings] == ["page 1"]
    assert document(make_pdf.plan("Monday 23 Tuesday 28", 60)).drawings == ()


def test_a_blank_page_is_no_picture() -> None:
    found = document(make_pdf.pdf([make_pdf.PdfPage(b"")]))
    assert (found.pages, found.drawings) == ((), ())
    assert found.notes == ("paper.pdf: nothing is to be seen on its pages.",)


def test_pages_on_which_nothing_is_to_be_seen_take_no_picture_from_others() -> None:
    white, black = make_pdf.PdfPage(b"1 g 0 0 99 99 re f"), make_pdf.PdfPage(b"0 g 0 0 99 99 re f")
    found = document(make_pdf.pdf([white] * 5 + [black, white, black]))
    assert [drawing.label for drawing in found.drawings] == ["page 6", "page 8"]
    assert found.notes == ("paper.pdf: pictures without text to read, shown as pictures: pages 6, 8.",)
    assert document(make_pdf.pdf([white])).notes == ("paper.pdf: nothing is to be seen on its pages.",)


def test_glyphs_without_a_meaning_are_looked_at_instead() -> None:
    found = document(make_pdf.text_pdf("\ue001\ue002\ue003\ue004 \ue005\ue006"))
    assert found.pages == ()
    assert [drawing.label for drawing in found.drawings] == ["page 1"]


@pytest.mark.parametrize("first", [29, 31, -400])
def test_glyphs_that_are_only_numbered_are_looked_at(first: int) -> None:
    found = document(make_pdf.numbered_glyphs("The committee met in the town hall", first))
    assert found.pages == ()
    assert [drawing.label for drawing in found.drawings] == ["page 1"]
    assert found.notes == ("paper.pdf: pictures without text to read, shown as pictures: page 1.",)


def test_glyphs_of_old_typesetting_are_the_letters_of_their_codes() -> None:
    set_in_lead = "Ideology as ritual, which e\x0eects an o\x0eer to read in a caf\u00e9"
    assert texts(make_pdf.old_typesetting(set_in_lead)) == [set_in_lead.replace("\x0e", "")]
