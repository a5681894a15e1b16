"""Texts in the encodings that people really have."""

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Document, Page
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.readers.encodings import decoded
from core.files.readers.plain import read
from core.files.text import read_text
from tests.files import make_texts

PLENTY = 60_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings(encoding: str) -> None:
    assert read_text("Grüße, 日本 🦙\n".encode(encoding), "a.txt", PLENTY).text == "Grüße, 日本 🦙\n"


def test_windows_1252() -> None:
    content = "Der Preis für Öl beträgt 5 € „viel“".encode("cp1252")
    assert read_text(content, "a.txt", PLENTY).text == "Der Preis für Öl beträgt 5 € „viel“"


def test_a_log_in_utf8_with_one_broken_byte_keeps_its_letters() -> None:
    content = "größer\n".encode() * 50 + b"\xff\n"
    assert read_text(content, "a.log", PLENTY).text.startswith("größer\ngrößer\n")


@pytest.mark.parametrize("encoding", ["cp1251", "shift-jis", "gb18030"])
def test_other_national_encodings_are_named_not_garbled(encoding: str) -> None:
    words = (
        "Привет, как дела? "
        if encoding == "cp1251"
        else "日本語の文章です。"
        if encoding == "shift-jis"
        else "你好世界吗"
    )
    with pytest.raises(FileError, match="save it as UTF-8"):
        read_text((words * 20).encode(encoding), "a.txt", PLENTY)


@pytest.mark.parametrize(
    "content", [b"a\x00b", os.urandom(5000), bytes(range(1, 32)) * 50, b"\xff\xfe" + bytes(5000)]
)
def test_binary_is_refused(content: bytes) -> None:
    with pytest.raises(FileError, match=r"neither text|encoded"):
        read_text(content, "a.bin", PLENTY)


@pytest.mark.parametrize("content", [b" \r\n\t\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_nothing_but_space(content: bytes) -> None:
    with pytest.raises(FileError, match="nothing but white space"):
        read_text(content, "a.txt", PLENTY)


def test_newlines_and_controls() -> None:
    content = b"one\r\ntwo\rthree\x07\x7f\n\x1b[31mred\x1b[0m\ttab\x1b]0;title\x07!"
    assert read_text(content, "a.log", PLENTY).text == "one\ntwo\nthree\nred\ttab!"


def test_what_people_cannot_see_is_removed() -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")
    text = read_text(f"hello\u202e{tags}\u2066 world 👨\u200d👩\u200d👧".encode(), "a.txt", PLENTY).text
    assert text == "hello world 👨\u200d👩\u200d👧"


def test_a_long_text_is_cut_at_a_line_and_says_so() -> None:
    content = b"0123456789\n" * 10_000
    read = read_text(content, "big.csv", 1000)
    assert len(read.text) <= 1000
    assert read.text.endswith("9")
    assert read.note == ("big.csv: only the first 989 of 110,000 characters are here; 109,011 were left out.")


def test_one_endless_line_is_cut_in_the_middle() -> None:
    read = read_text(b"x" * 100_000, "min.js", PLENTY)
    assert len(read.text) == PLENTY
    assert "40,000 were left out" in read.note


def test_exactly_the_limit_is_whole() -> None:
    assert read_text(b"x" * PLENTY, "a.txt", PLENTY).note == ""


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_give_clean_text_or_a_sentence(content: bytes) -> None:
    try:
        told = read_text(content, "a", 100).text
    except FileError as error:
        told = error.told
    assert len(told) <= 100
    assert not set(told) & {chr(code) for code in (*range(9), 11, 12, 13, *range(14, 32), 127)}


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).filter(str.strip))
def test_printable_unicode_survives(text: str) -> None:
    assert read_text(text.encode(), "a", 1000).text == text


@pytest.mark.parametrize(("encoding", "text"), make_texts.NATIONAL)
@pytest.mark.parametrize("times", [2, 30])
def test_national_encodings_are_told_apart(encoding: str, text: str, times: int) -> None:
    assert decoded((text * times).encode(encoding), "a.txt") == text * times


@pytest.mark.parametrize("content", [os.urandom(4000), b"\x00\x01\x02" * 100, b"\xff\xd9\x00\x10" * 50])
def test_what_is_no_text_in_any_encoding(content: bytes) -> None:
    with pytest.raises(FileError, match=r"neither text|encoded"):
        decoded(content, "a.bin")


def plain(content: bytes, name: str, limits: FileLimits = DEFAULT_LIMITS) -> Document:
    return read(content, name, limits)


def test_a_short_text_is_one_page_without_a_label() -> None:
    assert plain(b"hello\x1b[31m red\x1b[0m\n", "a.txt").pages == (Page("", "hello red\n"),)


def test_a_long_text_is_pages_of_lines() -> None:
    pages = plain(b"".join(b"line %d\n" % number for number in range(1, 1001)), "a.py").pages
    assert [page.label for page in pages] == ["lines 1 to 400", "lines 401 to 800", "lines 801 to 1,001"]
    assert pages[1].text.startswith("line 401\n")


def test_an_endless_line_is_pieces_of_it() -> None:
    pages = plain(b"short\n" + b"x" * 50_000 + b"\nend", "min.js").pages
    assert [page.label for page in pages] == [
        "lines 1 to 1",
        "line 2, part 1",
        "line 2, part 2",
        "line 2, part 3",
        "lines 3 to 3",
    ]
    assert sum(page.text.count("x") for page in pages) == 50_000


def test_the_pages_of_a_very_long_text_are_within_the_limit() -> None:
    pages = plain(b"x\n" * 1_900_000, "a.txt").pages
    assert len(pages) <= DEFAULT_LIMITS.max_pages
    assert sum(page.text.count("x") for page in pages) == 1_900_000


def test_a_log_keeps_its_beginning_and_its_end() -> None:
    limits = replace(DEFAULT_LIMITS, max_document_characters=100_000)
    document = plain(make_texts.log(20_000), "app.log", limits)
    whole = "\n".join(page.text for page in document.pages)
    assert "request 1 done" in whole
    assert "request 20000 done" in whole
    assert len(whole) <= 100_000
    left_out = int(document.notes[0].split()[1].replace(",", ""))
    assert whole.count("request") + left_out == 20_000
    assert document.pages[-1].label.endswith("to 20,001")


def test_another_long_text_keeps_its_beginning() -> None:
    document = plain(b"some words\n" * 1000, "a.txt", replace(DEFAULT_LIMITS, max_document_characters=500))
    assert document.pages[0].text.count("some words") == 45
    assert document.notes[0].startswith("a.txt: only the first 495 of 11,000 characters")


def test_json_in_one_line_is_laid_out_as_it_is_written() -> None:
    content = (
        b'{"price": 1.10, "n": 12345678901234567890123, "a": [' + b'{"x":"a,b"},' * 300 + b'{}], "a": []}'
    )
    text = "\n".join(page.text for page in plain(content, "a.json").pages)
    assert (
        '\n  "price": 1.10,\n  "n": 12345678901234567890123,\n  "a": [\n    {\n      "x": "a,b"\n    },'
        in text
    )
    assert text.endswith('{}\n  ],\n  "a": []\n}')


@pytest.mark.parametrize(
    "content",
    [
        b'[{"name":"tea","n":1.5,"day":"2026-01-01"}, {"name": "cup", "n": 2, "day":"2026-01-02", "x": [1]}]',
        b'{"name":"tea","n":1.5,"day":"2026-01-01"}\n{"name": "cup", "n": 2, "day":"2026-01-02", "x": [1]}\n',
    ],
)
def test_records_are_a_table(content: bytes) -> None:
    (table,) = plain(content, "tea.jsonl").tables
    assert [(column.name, column.kind.value) for column in table.columns] == [
        ("name", "text"),
        ("n", "number"),
        ("day", "date"),
        ("x", "text"),
    ]
    assert table.rows == (("tea", 1.5, "2026-01-01", None), ("cup", 2, "2026-01-02", "[1]"))


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"a":' * 100_000, b'{"a": ' + b"9" * 10_000 + b"}", b"[1, 2", b"{not json}", b"[]"],
)
def test_what_is_no_json_after_all_is_text(content: bytes) -> None:
    document = plain(content, "a.json")
    assert "".join(page.text for page in document.pages) == content.decode()


def test_a_notebook_is_cells() -> None:
    pages = plain(make_texts.notebook(), "study.ipynb").pages
    assert [page.label for page in pages] == ["cell 1", "cell 2", "cell 3"]
    assert pages[0].text == "# Study\nof tea"
    assert pages[1].text.startswith("```python\nprint(42)\n```\n\nOutput:\n\n```\nresult 42\n```")
    assert "(a picture, image/png, not read)" in pages[1].text
    assert "ValueError: no such thing" in pages[1].text
    assert "iVBOR" not in pages[1].text
    assert len(pages[1].text) < 4000


@pytest.mark.parametrize(
    "book",
    [b"{}", b'{"cells": 5}', b'{"cells": [1]}', b'{"cells": [{"source": {"a": 1}}]}', b'{"cells": []}'],
)
def test_a_broken_notebook_is_its_text(book: bytes) -> None:
    assert plain(book, "a.ipynb").pages[0].text == book.decode()


def test_markdown_is_kept_as_it_is() -> None:
    assert plain(b"# Title\n\n* a\n* b\n", "a.md") == Document("Markdown", (Page("", "# Title\n\n* a\n* b"),))


@pytest.mark.parametrize(
    ("name", "kind"), [("a.csv", "CSV"), ("a.TSV", "CSV"), ("a.htm", "HTML"), ("a.txt", "text")]
)
def test_what_only_the_name_tells(name: str, kind: str) -> None:
    assert plain(b"name\tn\ntea\t1\n", name).kind == kind


@given(
    st.binary(min_size=1, max_size=300),
    st.sampled_from(["a.txt", "a.json", "a.ipynb", "a.md", "a.csv", "a.html"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_under_any_name_are_pages_or_a_sentence(content: bytes, name: str) -> None:
    try:
        assert plain(content, name).pages
    except FileError as error:
        assert name in error.told  # noqa: PT017 - either end is right
