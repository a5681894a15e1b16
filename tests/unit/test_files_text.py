"""Texts in the encodings that people really have."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FileError
from core.files.text import read_text

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
