"""PDF files as people have them, and as people who mean harm make them."""

import random
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from core.errors import FileError
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers.pdf import read
from tests.files import make_pdf, make_pdf_hostile
from tests.files.child import read_in_child

PLENTY = FileLimits()


def texts(content: bytes, **limits: Any) -> list[str]:
    return [page.text for page in document(content, **limits).pages]


def document(content: bytes, **limits: Any) -> Document:
    return read(content, "paper.pdf", FileLimits(**limits))


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as caught:
        document(content)
    return caught.value.told


def test_pages_in_their_order_with_their_numbers() -> None:
    found = document(make_pdf.text_pdf("Hello\nworld", "The second"))
    assert [(page.label, page.text) for page in found.pages] == [
        ("page 1", "Hello\nworld"),
        ("page 2", "The second"),
    ]
    assert (found.kind, found.notes, found.drawings) == ("PDF", (), ())


def test_the_documents_own_page_numbers_are_named_where_they_differ() -> None:
    found = document(make_pdf.labelled("a", "b", "c"))
    assert [page.label for page in found.pages] == ["page 1 (i)", "page 2 (ii)", "page 3 (1)"]


def test_words_that_were_broken_at_the_ends_of_lines_are_whole() -> None:
    broken = make_pdf.text_pdf("The commit-\ntee met Jean-\nPierre in 2020-\n2021")
    assert texts(broken) == ["The committee met Jean-Pierre in 2020-\n2021"]


def test_ligatures_are_letters() -> None:
    assert texts(make_pdf.text_pdf("of\ufb01ce \ufb02oor e\ufb00ort")) == ["office floor effort"]


def test_words_that_were_placed_one_by_one_have_spaces() -> None:
    assert texts(make_pdf.word_by_word("every word alone\non two lines")) == [
        "every word alone\non two lines"
    ]
    assert texts(make_pdf.spaced_out("spaced out words")) == ["spaced out words"]


@pytest.mark.parametrize("text", ["日本語の文章です。", "Привет, мир", "Ελληνικά κείμενα", "ภาษาไทย"])
def test_scripts_of_the_world(text: str) -> None:
    assert texts(make_pdf.text_pdf(text)) == [text]


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا بالعالم"])
def test_what_is_written_from_right_to_left_is_read_so(text: str) -> None:
    assert texts(make_pdf.text_pdf(text[::-1])) == [text]


@pytest.mark.parametrize("turned", ["", "()[]"])
@pytest.mark.parametrize("text", ["(ב) [ג] לחוק", "אמר (שלום (לכם)) לו", "א. סעיף"])
def test_brackets_from_right_to_left_open_before_they_close(text: str, turned: str) -> None:
    drawn = text[::-1].translate(str.maketrans(turned, turned[1::-1] + turned[:1:-1]))
    assert texts(make_pdf.text_pdf(drawn)) == [text]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_pages_keep_the_order_of_their_lines(degrees: int) -> None:
    assert texts(make_pdf.rotated("First line\nSecond line", degrees)) == ["First line\nSecond line"]


def test_a_page_that_was_scanned_upside_down_and_turned() -> None:
    lines = "Both states have the authority\nto sign on behalf of their town"
    assert texts(make_pdf.upside_down(lines)) == [lines]


def test_a_page_whose_part_to_show_lies_beside_it_is_shown_whole() -> None:
    beside = make_pdf.PdfPage(make_pdf.written("Second"), extra=b"/CropBox[900 900 999 999]")
    assert texts(make_pdf.pdf([make_pdf.PdfPage(make_pdf.written("First")), beside])) == ["First", "Second"]
    (drawing,) = document(make_pdf.pdf([make_pdf.PdfPage(b"0 0 9 9 re f", extra=beside.extra)])).drawings
    assert drawing.height == PLENTY.max_side - 1


def test_a_line_up_the_page() -> None:
    assert texts(make_pdf.sideways("Table 4, continued")) == ["Table 4, continued"]


def test_columns_that_were_written_one_after_the_other() -> None:
    assert texts(make_pdf.columns_in_order("one\ntwo", "three\nfour")) == ["one\ntwo\nthree\nfour"]


LEFT = (
    "The committee met in the small hall\nof the town library to discuss the re-\n"
    "pairs of the old mill, its wheel, its\nroof and the road that leads there.\n"
    "Nobody objected to the first three"
)
RIGHT = (
    "points. On the fourth there was a long\ndebate that ended after midnight, and\n"
    "the members went home in the snow to\nsleep until the bells of the church\n"
    "woke them early in the morning again."
)
UNBROKEN = LEFT.replace("re-\npairs", "repairs")
TITLE = "A title that runs across the whole of the page, over both of its columns of prose"


def test_columns_that_were_written_line_by_line_are_read_one_after_the_other() -> None:
    assert texts(make_pdf.two_columns(LEFT, RIGHT)) == [f"{UNBROKEN}\n{RIGHT}"]
    assert texts(make_pdf.two_columns(LEFT, RIGHT, title=TITLE)) == [f"{TITLE}\n{UNBROKEN}\n{RIGHT}"]


def test_rows_of_a_table_stay_rows() -> None:
    table = make_pdf.two_columns(
        "Town\nUlm\nBonn\nKöln am Rhein\nEssen", "People\n126,000\n330,000\n1,080,000\n580,000"
    )
    assert texts(table) == ["Town People\nUlm 126,000\nBonn 330,000\nKöln am Rhein 1,080,000\nEssen 580,000"]


def test_what_a_form_was_filled_in_with() -> None:
    (text,) = texts(make_pdf.form(name="Ada Lovelace", city="", note="日本"))
    assert text == ("Application form\n\nForm fields:\n- name: Ada Lovelace\n- city: (empty)\n- note: 日本")


def test_what_was_ticked_and_chosen() -> None:
    (text,) = texts(make_pdf.ticked_form())
    assert text == ("Order\n\nForm fields:\n- agreed: Yes\n- spam: not ticked\n- size: large\n- colour: red")


def test_a_form_that_only_adobe_shows_is_named_and_what_was_filled_in_is_read() -> None:
    values = b"<form1><Name>Carl &amp; Anna</Name><City/><Work><Firm>Gauss & Sons</Firm></Work></form1>"
    found = document(make_pdf.made_anew("Please wait...", values))
    assert [page.text for page in found.pages] == [
        "Please wait...",
        "Form fields:\n- Name: Carl & Anna\n- Work.Firm: Gauss Sons",
    ]
    (note,) = found.notes
    assert note.startswith("paper.pdf is a form that only Adobe's own programs show: ")


@pytest.mark.parametrize(
    "values",
    [
        b"",
        b"<form1/>",
        b"<form1><a>",
        b"]]>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ],
)
def test_a_form_that_only_adobe_shows_without_values(values: bytes) -> None:
    assert texts(make_pdf.made_anew("Please wait...", values)) == ["Please wait..."]


def test_all_that_was_chosen_of_a_list_as_it_is_seen() -> None:
    assert texts(make_pdf.chosen_from(0, 2)) == ["Order\n\nForm fields:\n- colours: Red, Blue"]
    assert texts(make_pdf.chosen_from()) == ["Order\n\nForm fields:\n- colours: (empty)"]


def test_what_was_typed_onto_a_page_is_read() -> None:
    filled = make_pdf.annotated(
        "Name:",
        b"/Subtype/FreeText/DA(/Helv 12 Tf)/Contents(Ada Lovelace)/T(somebody)",
        b"/Subtype/FreeText/DA(/Helv 12 Tf)/Contents()",
    )
    assert texts(filled) == ["Name:\n\nTyped onto the page:\n- Ada Lovelace"]


@pytest.mark.parametrize(
    "shape", ["Line/L[0 0 9 9]", "Polygon/Vertices[0 0 9 9]", "PolyLine/Vertices[0 0 9 9]"]
)
def test_a_comment_on_a_shape(shape: str) -> None:
    drawn = make_pdf.annotated("Plan", f"/Subtype/{shape}/T(Mira)/Contents(move this)".encode())
    assert texts(drawn) == ["Plan\n\nComments:\n- Mira: move this"]


def test_a_file_that_is_pinned_to_the_page_is_named() -> None:
    pinned = make_pdf.annotated("Text", b"/Subtype/FileAttachment/FS<</Type/Filespec/F(in\x08voice.xlsx)>>")
    assert texts(pinned) == ["Text\n\nFiles attached here, which were not opened:\n- invoice.xlsx"]


def test_comments_and_links_follow_the_text() -> None:
    assert texts(make_pdf.commented("The text", "please check")) == [
        "The text\n\nComments:\n- Mira: please check"
    ]
    assert texts(make_pdf.linked("Our site", "https://example.com/a?b=1")) == [
        "Our site\n\nLinks:\n- https://example.com/a?b=1"
    ]


def test_bookmarks_are_headings_on_the_line_that_they_name() -> None:
    found = texts(make_pdf.bookmarked(("One", "One\nbody"), ("Zwei", "no such line")))
    assert found == ["# One\nbody", "# Zwei\nno such line"]
    numbered = make_pdf.bookmarked(("Naming", "before\n2.2 Naming\nafter"), ("Index", "Chapter 3: Index"))
    assert texts(numbered) == ["before\n# 2.2 Naming\nafter", "# Chapter 3: Index"]


@pytest.mark.parametrize(
    ("font", "numbers", "shown"),
    [
        ("BCDEEE+Wingdings-Regular", "\uf0a7\uf0a8\uf0fe\uf0e0", "•☐☑→"),
        ("SymbolMT", "\uf0b7\uf044\uf02b\uf062\uf03d\uf070", "•Δ+β=π"),
        ("BIOPPG+Symbol,Italic", "\uf032\uf0b0", "2°"),
        ("ABCDEF+Wingdings2", "\uf052\uf0a3", "☑☐"),
        ("SomebodysOwn", "\uf0b7no", "•no"),
    ],
)
def test_signs_of_fonts_that_hold_no_letters(font: str, numbers: str, shown: str) -> None:
    assert texts(make_pdf.in_signs(numbers, font)) == [shown]


def test_files_in_the_file_and_scripts_are_named_and_left_alone() -> None:
    held = document(make_pdf.with_attachment("Text", "evil\u202egpj.exe", b"MZ"))
    assert held.notes == ("paper.pdf: files are packed into it that I did not open: evil gpj.exe.",)
    scripted = document(make_pdf.with_script("Text"))
    assert scripted.notes == ("paper.pdf holds scripts; they were not run.",)
    assert scripted.pages[0].text == "Text"


def test_control_characters_do_not_get_through() -> None:
    (text,) = texts(make_pdf.text_pdf("a\u202eb \x1b[31mred\u2066 c"))
    assert not set(text) & set("\u202e\u2066\x1b")


def test_a_lock_without_a_password_opens_and_one_with_it_is_named() -> None:
    assert texts(make_pdf_hostile.locked("Open")) == ["Open"]
    assert refusal(make_pdf_hostile.locked("Shut", "secret")) == (
        "paper.pdf is protected by a password: please send a copy without one."
    )


def test_what_can_be_saved_of_a_damaged_file_is_saved() -> None:
    assert texts(make_pdf_hostile.broken_table("Repaired")) == ["Repaired"]
    cut = document(make_pdf_hostile.cut_off("Still here"))
    assert len(cut.pages) > 10
    assert {page.text for page in cut.pages} == {"Still here"}
    (note,) = cut.notes
    assert re.fullmatch(r"paper\.pdf: damaged, and not read: pages 1\d-20\.", note)


def test_a_file_that_breaks_off_behind_its_pages_is_whole() -> None:
    whole = make_pdf.text_pdf("Still here").replace(b"/Root", b"/ID[<00112233><44556677>]/Root")
    for end in range(whole.index(b"xref"), len(whole)):
        assert texts(whole[:end]) == ["Still here"]


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n", b"%PDF-", make_pdf_hostile.no_pages(), make_pdf_hostile.looping_tree()],
)
def test_a_file_without_a_page(content: bytes) -> None:
    assert refusal(content) == "paper.pdf is damaged or incomplete: I can't open it."


def test_a_file_without_a_page_after_a_locked_one() -> None:
    refusal(make_pdf_hostile.locked("Shut", "secret"))
    assert refusal(make_pdf_hostile.no_pages()) == "paper.pdf is damaged or incomplete: I can't open it."


def test_a_file_that_begins_as_another() -> None:
    assert texts(make_pdf_hostile.shifted("Both", b"GIF89a" * 50)) == ["Both"]


def test_a_count_of_pages_that_is_a_lie() -> None:
    assert texts(make_pdf_hostile.lying_count(2_000_000_000)) == ["The only page."]


def test_limits_hold_and_are_said() -> None:
    found = document(make_pdf.text_pdf("a", "b", "c"), max_pages=2)
    assert len(found.pages) == 2
    assert found.notes == ("paper.pdf: only the first 2 of 3 pages are here.",)
    found = document(make_pdf.text_pdf("abcdef", "b", "c"), max_document_characters=4)
    assert [page.text for page in found.pages] == ["abcd"]
    assert found.notes == ("paper.pdf: only the first 1 of 3 pages are here.",)


def test_a_hundred_thousand_pages_take_a_second_and_are_counted() -> None:
    outcome = read_in_child("pdf", make_pdf_hostile.many_pages(100_000), 10)
    assert len(outcome.labels) == 2_000
    assert outcome.notes == ["a file: only the first 2,000 of 100,000 pages are here."]


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (make_pdf_hostile.nested, 100_000),
        (make_pdf_hostile.nested_content, 50_000),
        (make_pdf_hostile.jbig2_monster, 60_000),
        (make_pdf_hostile.jpx_monster, 60_000),
        (make_pdf_hostile.huge_page, 200),
        (make_pdf_hostile.giant_picture, 30_000),
    ],
)
def test_files_that_ask_for_too_much_are_answered_in_little(make: Callable[[int], bytes], size: int) -> None:
    outcome = read_in_child("pdf", make(size), 15)
    assert not outcome.is_killed
    assert outcome.refused == ""
    assert outcome.peak_mb < 600


def test_a_form_that_draws_itself_and_a_page_of_one_point() -> None:
    assert document(make_pdf_hostile.looping_form()).pages == ()
    (drawing,) = document(make_pdf_hostile.thin_page()).drawings
    assert drawing.height == 1


@pytest.mark.parametrize(
    ("make", "size"), [(make_pdf_hostile.bomb, 3_000_000_000), (make_pdf_hostile.nested_forms, 9)]
)
def test_bombs_end_with_the_process_and_its_memory(make: Callable[[int], bytes], size: int) -> None:
    assert read_in_child("pdf", make(size)).is_killed


def test_any_damage_is_a_refusal_or_an_answer() -> None:
    whole = make_pdf.form(name="Ada") + make_pdf.scan_between("a", "b", "c")
    fate = random.Random(7)
    for _ in range(150):
        content = bytearray(fate.choice([whole, make_pdf.bookmarked(("A", "x"), ("B", "y")), whole[:4000]]))
        for _ in range(fate.randrange(1, 30)):
            content[fate.randrange(len(content))] = fate.randrange(256)
        with suppress(FileError):
            assert document(bytes(content)).kind == "PDF"


def test_words_from_right_to_left_are_spelled_so_whatever_way_they_were_written() -> None:
    words = ("مرحبا", "بالعالم")
    (text,) = texts(make_pdf.right_to_left(*words))
    assert sorted(text.split()) == sorted(words)


def test_words_that_pdfium_spells_rightly_stay() -> None:
    drawn = "שלום"[::-1]
    assert texts(make_pdf.text_pdf(drawn))[0] == "שלום"
