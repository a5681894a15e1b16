"""Presentations as people have them, and as people who mean harm make them."""

import random
from contextlib import suppress
from typing import Any

import pytest

from core.errors import FileError
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers.slides import read
from tests.files import make_office, make_office_hostile
from tests.files.child import read_in_child


def document(content: bytes, **limits: Any) -> Document:
    return read(content, "talk.pptx", FileLimits(**limits))


def test_slides_with_titles_points_notes_tables_pictures_groups_and_charts() -> None:
    found = document(make_office.talk_pptx())
    assert [page.label for page in found.pages] == [
        "slide 1: Why llamas",
        "slide 2: Figures",
        "slide 3: Backup",
        "slide 4: Growth",
    ]
    first, figures, hidden, chart = (page.text for page in found.pages)
    assert first == "# Why llamas\n\n- They are calm\n  - Mostly\n\nNotes: Smile here."
    assert figures == (
        "# Figures\n\n| Year | Llamas |\n| --- | --- |\n| 2026 | 12 |\n\n"
        "[picture: A llama in the hills]\n\nIn a group"
    )
    assert hidden == "# Backup\n\n(hidden slide)"
    assert chart == (
        "# Growth\n\nChart: Animals a season\n\n"
        "|  | Llamas | Alpacas |\n| --- | --- | --- |\n| Spring | 3 |  |\n| Autumn | 7.5 | 4 |"
    )
    assert found.notes == ("talk.pptx: I did not look at the picture in it.",)


def test_slides_come_in_the_order_of_the_talk_not_of_the_files() -> None:
    parts = make_office_hostile.unpacked(make_office.simple_pptx("one", "two", "three"))
    main = parts["ppt/presentation.xml"].decode()
    start, end = main.index("<p:sldId "), main.index("</p:sldIdLst>")
    backwards = "".join(f"<p:sldId {entry}" for entry in main[start:end].split("<p:sldId ")[:0:-1])
    parts["ppt/presentation.xml"] = (main[:start] + backwards + main[end:]).encode()
    found = document(make_office.package(parts))
    assert [page.label for page in found.pages] == ["slide 1: three", "slide 2: two", "slide 3: one"]


def test_titles_of_any_script_on_one_line() -> None:
    found = document(make_office.simple_pptx("日本語\nの題", "x" * 100, ""))
    assert [page.label for page in found.pages] == [
        "slide 1: 日本語 の題",
        f"slide 2: {'x' * 59}…",
        "slide 3",
    ]


def test_signs_of_fonts_that_hold_pictures() -> None:
    parts = make_office_hostile.unpacked(make_office.simple_pptx("x = y HERE z"))
    slide = parts["ppt/slides/slide1.xml"].decode()
    shown = '</a:t></a:r><a:r><a:rPr><a:sym typeface="Symbol"/></a:rPr><a:t>\uf0de</a:t></a:r><a:r><a:t>'
    parts["ppt/slides/slide1.xml"] = slide.replace("HERE", shown).encode()
    assert document(make_office.package(parts)).pages[0].text == "# x = y ⇒ z"


def test_numbered_points_have_their_numbers() -> None:
    kinds = (
        *((0, 'type="arabicPeriod"'), (0, 'type="arabicPeriod"'), (1, 'type="alphaLcParenR"')),
        *((1, 'type="alphaLcParenR"'), (0, 'type="arabicPeriod"'), (1, 'type="romanUcParenBoth"'), (0, "")),
        *((0, 'type="arabicPeriod" startAt="6"'), (0, 'type="arabicPeriod" startAt="6"'), (0, 'type="x"')),
    )
    points = "".join(
        f'<a:p><a:pPr lvl="{level}">{f"<a:buAutoNum {kind}/>" if kind else ""}</a:pPr>'
        f"<a:r><a:t>word</a:t></a:r></a:p>"
        for level, kind in kinds
    )
    parts = make_office_hostile.unpacked(make_office.simple_pptx("Steps"))
    slide = parts["ppt/slides/slide1.xml"].decode()
    box = f"<p:sp><p:nvSpPr><p:nvPr/></p:nvSpPr><p:txBody>{points}</p:txBody></p:sp></p:spTree>"
    parts["ppt/slides/slide1.xml"] = slide.replace("</p:spTree>", box).encode()
    marks = ["1.", "2.", "  a)", "  b)", "3.", "  (I)", "", "6.", "7.", "1."]
    shown = "\n".join(f"{mark} word".removeprefix(" ") if not mark else f"{mark} word" for mark in marks)
    assert document(make_office.package(parts)).pages[0].text == f"# Steps\n\n{shown}"


def test_comments_of_yesterday_and_today_and_their_replies() -> None:
    parts = make_office_hostile.unpacked(make_office.simple_pptx("Plan"))
    words = '<a:p xmlns:a="a"><a:r><a:t>{}</a:t></a:r></a:p>'
    hidden = "\u202e\U000e0041"
    today = f"<c:txBody>{words.format('Is it')}{words.format(f'so?{hidden}')}</c:txBody>"
    reply = f"<c:replyLst><c:reply><c:txBody>{words.format('It is.')}</c:txBody></c:reply></c:replyLst>"
    parts["ppt/new.xml"] = f'<c:cmLst xmlns:c="c"><c:cm>{reply}{today}</c:cm></c:cmLst>'.encode()
    parts["ppt/old.xml"] = b'<p:cmLst xmlns:p="p"><p:cm><p:text>Well\ndone</p:text></p:cm></p:cmLst>'
    names = "ppt/slides/_rels/slide1.xml.rels"
    shown = make_office.relations(("comments", "../old.xml"), ("comments", "../new.xml"))
    parts[names] = shown.encode()
    text = document(make_office.package(parts)).pages[0].text
    assert text == "# Plan\n\nComment: Well done\n\nComment: Is it so?\n\nReply: It is."


def test_a_damaged_slide_costs_only_itself() -> None:
    found = document(make_office_hostile.damaged_slide_pptx())
    assert [page.label for page in found.pages] == ["slide 1: Slide 1", "slide 3: Slide 3"]
    assert found.notes == ("talk.pptx: damaged, and not read: slide 2.",)


def test_limits_hold_and_are_said() -> None:
    found = document(make_office.long_pptx(5), max_pages=3)
    assert len(found.pages) == 3
    assert found.notes == ("talk.pptx: only the first 3 of 5 slides are here.",)
    found = document(make_office.long_pptx(5), max_document_characters=40)
    assert sum(len(page.text) for page in found.pages) == 40


def test_a_talk_without_slides_says_so() -> None:
    assert document(make_office.simple_pptx()).notes == ("talk.pptx: there is no text in it.",)


def test_a_slide_that_is_shown_a_hundred_thousand_times() -> None:
    outcome = read_in_child("slides", make_office_hostile.repeating_pptx(100_000), 15)
    assert outcome.notes == ["a file: only the first 2,000 of 100,000 slides are here."]
    assert outcome.seconds < 12


def test_a_picture_that_is_a_bomb_is_never_unpacked() -> None:
    outcome = read_in_child("slides", make_office_hostile.pictured_bomb_pptx(300_000_000), 15)
    assert outcome.labels == ["slide 1: Slide 1"]
    assert outcome.peak_mb < 100


@pytest.mark.parametrize("content", [b"", b"talk", make_office.package({"a": "b"})])
def test_what_is_no_presentation_is_refused(content: bytes) -> None:
    with pytest.raises(FileError, match="damaged"):
        document(content)


def test_any_damage_is_a_refusal_or_an_answer() -> None:
    whole = make_office_hostile.unpacked(make_office.talk_pptx())
    read_parts = [name for name in whole if "/slide" in name or "chart" in name or "presentation.xml" in name]
    fate = random.Random(13)
    for _ in range(60):
        parts = dict(whole)
        name = fate.choice([part for part in read_parts if len(parts[part]) > 0])
        changed = bytearray(parts[name])
        for _ in range(fate.randrange(1, 4)):
            changed[fate.randrange(len(changed))] = fate.randrange(256)
        parts[name] = bytes(changed)
        with suppress(FileError):
            assert document(make_office.package(parts)).kind == "PowerPoint"
