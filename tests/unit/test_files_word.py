"""Word documents as people have them, and as people who mean harm make them."""

import random
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from core.errors import FileError
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers.word import read
from tests.files import make_office, make_office_hostile
from tests.files.child import read_in_child
from tests.files.make_office import paragraph, raw_docx, run


def document(content: bytes, **limits: Any) -> Document:
    return read(content, "a.docx", FileLimits(**limits))


def text_of(content: bytes) -> str:
    return "\n---\n".join(page.text for page in document(content).pages)


def test_a_report_has_its_headings_lists_and_table_in_their_places() -> None:
    found = document(make_office.report_docx(chapters=2, paragraphs=1))
    whole = "\n\n".join(page.text for page in found.pages)
    places = [
        whole.index(said)
        for said in (
            "# Annual report",
            "# Chapter 1",
            "Paragraph 1 of chapter 1",
            "# Chapter 2",
            "- First point\n- Second point",
            "1. Step one\n2. Step two",
            "| Town | People |\n| --- | --- |\n| Ulm | 126,000 |\n| A\\|B | two / lines |",
            "The end. [comment 0]",
            "[comment 0]: Mira: Is it?",
        )
    ]
    assert places == sorted(places)
    assert found.notes == ("a.docx: I did not look at the picture in it.",)


def test_parts_are_about_a_page_long_and_named_by_their_headings() -> None:
    found = document(make_office.report_docx(chapters=6, paragraphs=4))
    assert [page.label for page in found.pages] == [
        "part 1: Annual report",
        *(f"part {number}: Chapter {number}" for number in range(2, 7)),
    ]
    long = document(make_office.simple_docx(*["word " * 100] * 40))
    assert [page.label for page in long.pages] == [f"part {number}" for number in range(1, 8)]
    assert max(len(page.text) for page in long.pages) < 3_100


def test_one_endless_paragraph_is_cut_between_words() -> None:
    found = document(make_office.simple_docx("word " * 4_000))
    assert {word for page in found.pages for word in page.text.split()} == {"word"}
    assert len(found.pages) == 6


def test_footnotes_endnotes_and_comments_stand_with_their_marks_and_margins_once() -> None:
    found = document(make_office.noted_docx())
    assert [page.label for page in found.pages] == ["part 1", "headers and footers"]
    assert found.pages[0].text == (
        "The claim [footnote 2] and its proof [endnote 3] [comment 0]\n\n"
        "[footnote 2]: See the annex.\n[endnote 3]: Proved in 1931.\n[comment 0]: Mira: Really?"
    )
    assert found.pages[1].text == "Confidential draft"


def test_tracked_changes_are_read_as_accepted_and_hidden_text_not_at_all() -> None:
    found = document(make_office.tracked_docx())
    assert [(page.label, page.text) for page in found.pages] == [
        ("part 1", "The price is twelve euros"),
        ("tracked changes", "- A deleted: ten\n- A added: twelve"),
    ]
    assert found.notes == ("a.docx has tracked changes: I read it as if they were accepted.",)


def test_links_have_their_addresses() -> None:
    assert text_of(make_office.linked_docx("our site", "https://example.com/?a=1&b=2")) == (
        "See [our site](https://example.com/?a=1&b=2)."
    )


def test_text_boxes_are_read_once() -> None:
    assert text_of(make_office.boxed_docx("In the box")) == "Beside the box.\nIn the box"


def test_equations_can_be_understood() -> None:
    assert text_of(make_office.equation_docx()) == "x=(-b+sqrt(D))/(2a), D=b^(2)"


def test_numbered_lists_count_as_the_document_does() -> None:
    items = ((0, "one"), (1, "sub"), (1, "sub"), (2, "deep"), (0, "two"), (1, "again"))
    assert text_of(make_office.numbered_docx(*items)) == (
        "1. one\n  a. sub\n  b. sub\n    i. deep\n2. two\n  a. again"
    )


def test_styles_of_ones_own_are_headings_if_they_are_based_on_one() -> None:
    (page,) = document(make_office.styled_docx("House style", "Results")).pages
    assert (page.label, page.text) == ("part 1: Results", "## Results")


def test_a_table_in_a_table_and_cells_across_columns() -> None:
    cell = "<w:tc>{}</w:tc>"
    inner = f"<w:tbl><w:tr>{cell.format(paragraph(run('in')))}</w:tr></w:tbl>"
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{paragraph(run("wide"))}</w:tc>'
    row = f"<w:tr>{cell.format(paragraph(run('a')))}{cell.format(inner + paragraph(run('b')))}</w:tr>"
    assert text_of(raw_docx(f"<w:tbl><w:tr>{wide}</w:tr>{row}</w:tbl>")) == (
        "| wide |  |\n| --- | --- |\n| a | \\| in \\| / \\| --- \\| / b |"
    )


def test_content_controls_and_fields_are_text() -> None:
    body = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph(run('chosen'))}</w:sdtContent></w:sdt>"
    field = '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r>'
    assert text_of(raw_docx(body + paragraph(field, run("7")))) == "chosen\n\n7"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ('<w:checkBox><w:default w:val="0"/></w:checkBox>', "☐"),
        ('<w:checkBox><w:default w:val="1"/></w:checkBox>', "☒"),
        ('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>', "☒"),
        ('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>', "☐"),
        ('<w:ddList><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList>', "red"),
        (
            '<w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList>',
            "blue",
        ),
        ('<w:ddList><w:result w:val="7"/><w:listEntry w:val="red"/></w:ddList>', ""),
        ("<w:textInput/>", ""),
    ],
)
def test_what_was_ticked_or_chosen_in_a_form(data: str, shown: str) -> None:
    begin = f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
    code = "<w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r>"
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    assert text_of(raw_docx(paragraph(run("paid: "), begin, code, end, run(".")))) == f"paid: {shown}."


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        ('<w:sym w:font="Symbol" w:char="F06D"/>', "μ"),
        ('<w:sym w:font="Symbol" w:char="00A3"/>', "≤"),
        ('<w:sym w:font="Wingdings" w:char="F0FE"/>', "☑"),
        ('<w:sym w:font="Wingdings 2" w:char="F0A3"/>', "☐"),
        ('<w:sym w:font="Segoe UI Symbol" w:char="2713"/>', "✓"),
        ('<w:sym w:font="Symbol" w:char="F094"/>', ""),
        ('<w:sym w:font="Arial" w:char="D800"/>', ""),
        ('<w:sym w:font="Arial" w:char="no"/>', ""),
        ('<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>\uf06c\uf0b1b</w:t>', "λ±b"),
        ("<w:t>\uf0b7 item \uf0fe</w:t>", "• item \uf0fe"),
    ],
)
def test_signs_of_fonts_that_hold_pictures(inner: str, shown: str) -> None:
    assert text_of(raw_docx(paragraph(run("5 "), f"<w:r>{inner}</w:r>", run("g")))) == f"5 {shown}g"


def test_words_with_how_they_are_read() -> None:
    ruby = "<w:ruby><w:rubyPr/><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby>"
    said = ruby.format(run("とうきょう"), run("東京"))
    bare = ruby.format("", run("駅"))
    assert text_of(raw_docx(paragraph(f"<w:r>{said}</w:r>", f"<w:r>{bare}</w:r>"))) == "東京(とうきょう)駅"


def test_the_strict_variant_reads_alike() -> None:
    strict = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        for name, content in make_office_hostile.unpacked(make_office.noted_docx()).items()
    }
    assert document(make_office.package(strict)) == document(make_office.noted_docx())


def test_macros_are_named() -> None:
    assert document(make_office.macro_docx()).notes == ("a.docx holds macros; they were not run.",)


def test_an_empty_document_says_so() -> None:
    assert document(raw_docx("")).notes == ("a.docx: there is no text in it.",)


def test_control_characters_do_not_get_through() -> None:
    assert text_of(make_office.simple_docx("a\u202eb\u2066c\U000e0041d")) == "abcd"


def test_limits_hold_and_are_said() -> None:
    long = make_office.simple_docx(*["word " * 100] * 40)
    cut = document(long, max_pages=2)
    assert len(cut.pages) == 2
    assert cut.notes == ("a.docx: only the first 2 parts are here; the document goes on.",)
    cut = document(long, max_document_characters=5_000)
    assert sum(len(page.text) for page in cut.pages) < 5_100
    assert len(cut.notes) == 1


@pytest.mark.parametrize(
    "content",
    [
        make_office_hostile.reading_files_docx("/etc/passwd"),
        make_office_hostile.laughing_docx(),
        make_office_hostile.declaring_docx('<!DOCTYPE w [<!ENTITY e "x">]>', "&e;", "utf-16"),
    ],
)
def test_entities_are_refused(content: bytes) -> None:
    with pytest.raises(FileError, match="declarations that no office program writes"):
        document(content)


def test_nothing_outside_is_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        content = make_office_hostile.outside_docx(f"http://127.0.0.1:{canary.getsockname()[1]}/t.dotx")
        assert text_of(content) == "Come in"
        with pytest.raises(BlockingIOError):
            canary.accept()


def test_names_that_climb_harm_nobody() -> None:
    assert text_of(make_office_hostile.climbing_docx()) == "Slip"


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        make_office.package({"a.txt": "x"}),
        make_office_hostile.rest_of(make_office.report_docx(), 0.6),
        make_office_hostile.deep_docx(500),
    ],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(FileError, match="damaged"):
        document(content)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (make_office_hostile.bomb_docx, 300_000_000),
        (make_office_hostile.crowded_docx, 1_000_000),
        (make_office_hostile.one_text_docx, 9_900_000),
        (make_office_hostile.deep_docx, 80),
    ],
)
def test_bombs_are_refused_or_cut_within_seconds_and_little_memory(
    make: Callable[[int], bytes], size: int
) -> None:
    outcome = read_in_child("word", make(size), 15)
    assert not outcome.is_killed
    assert outcome.seconds < 12
    assert outcome.peak_mb < 200


def test_a_thousand_pages_are_read_within_seconds() -> None:
    outcome = read_in_child("word", make_office.report_docx(chapters=300, paragraphs=10), 15)
    assert len(outcome.labels) == 600
    assert outcome.characters > 1_000_000
    assert outcome.peak_mb < 120


def test_any_damage_is_a_refusal_or_an_answer() -> None:
    """The archive's bytes, then the bytes of its parts, which a checksum does not guard here."""
    whole = make_office.noted_docx()
    fate = random.Random(11)
    for _ in range(200):
        with suppress(FileError):
            assert document(damaged(whole, fate)).kind == "Word"
        parts = make_office_hostile.unpacked(
            fate.choice([whole, make_office.numbered_docx((0, "a"), (3, "b"))])
        )
        name = fate.choice(list(parts))
        parts[name] = damaged(parts[name], fate)
        with suppress(FileError):
            assert document(make_office.package(parts)).kind == "Word"


def damaged(content: bytes, fate: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(fate.randrange(1, 6)):
        changed[fate.randrange(len(changed))] = fate.randrange(256)
    return bytes(changed)
