"""Pages: what a person sees is what is read."""

import random
from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.limits import DEFAULT_LIMITS
from core.files.readers.html import read
from core.files.sniff import sniff
from tests.files import make_texts

SEEN = """# Tea prices

Dear reader, see [the list](https://x.org/a%28b%29), here. [image: a cup]
Yours é.

- green
- black
  1. Assam

| Tea | Price |
|---|---|
| Green\\|Blue | 2 EUR |

```
def brew():
    return  1
```

> Good.

left

| in1 | in2 |
|---|---|

right"""


def text(html: str | bytes) -> str:
    content = html.encode() if isinstance(html, str) else html
    return "\n".join(page.text for page in read(content, "x.html", DEFAULT_LIMITS).pages)


def test_a_page_as_a_person_sees_it() -> None:
    document = read(make_texts.PAGE.encode(), "tea.html", DEFAULT_LIMITS)
    assert [page.label for page in document.pages] == ["Tea & Co"]
    assert document.pages[0].text == SEEN
    assert document.notes == ()


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>obey</p>",
        "<div style='display : NONE'>obey</div>",
        "<div style='color:red;visibility:hidden'><p>obey</p></div>",
        "<span style='opacity:0'>obey</span>",
        "<!-- obey -->",
        "<script>obey()</script>",
        "<style>.obey{}</style>",
        "<template><p>obey</p></template>",
        "<noscript>obey</noscript>",
        "<svg><text>obey</text></svg>",
        "<iframe srcdoc='obey'></iframe>",
        "<input type='hidden' value='obey'>",
        "<object data='obey'>obey</object>",
        "<a href='javascript:obey()'></a>",
        "<img src='obey.png'>",
    ],
)
def test_what_is_not_seen_is_not_read(hidden: str) -> None:
    assert text(f"<p>before</p>{hidden}<p>after</p>") == "before\n\nafter"


@pytest.mark.parametrize("style", ["opacity:0.5", "font-size:0.9em", "display:block"])
def test_what_is_seen_is_read(style: str) -> None:
    assert text(f"<p style='{style}'>seen</p>") == "seen"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        ('<meta charset="iso-8859-1"><p>Grüße „so“'.encode("cp1252"), "Grüße „so“"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><p>日本'.encode(
                "shift_jis"
            ),
            "日本",
        ),
        ('<meta charset="koi8-r"><p>Привет'.encode("koi8-r"), "Привет"),
        ("<p>Grüße".encode("utf-16"), "Grüße"),
        ('\ufeff<meta charset="cp1252"><p>Grüße'.encode(), "Grüße"),
        ('<meta charset="utf-8"><p>Grüße'.encode("cp1252"), "Grüße"),
        ('<meta charset="hex"><p>Grüße'.encode(), "Grüße"),
        ('<meta charset="no-such"><p>Grüße'.encode(), "Grüße"),
        (b"<p>&amp;lt; &#8364; &nbsp;&eacute;&nosuch; &#x202e;&#0;", "&lt; € é&nosuch; \ufffd"),
    ],
)
def test_encodings_and_entities(content: bytes, seen: str) -> None:
    assert text(content) == seen


@pytest.mark.parametrize(
    "content",
    [
        make_texts.nested_html(100_000),
        b"<a " + b" ".join(b"a%d=1" % number for number in range(200_000)) + b">at the bottom</a>",
        b"".join(b"<b id=%d>" % number for number in range(300)) + b"<p>" * 5_000 + b"at the bottom",
        b"<table><tr><td>" * 5_000 + b"at the bottom",
        b"<ul><li>" * 50_000 + b"at the bottom",
        b"<div></x>" * 50_000 + b"at the bottom",
        b"<blockquote>" * 50_000 + b"at the bottom",
        b"<p>at the bottom" + b"<!--" * 500_000,
        b"<p>at the bottom</p>" + b"<a" * 500_000,
    ],
)
def test_hostile_nesting_ends_soon_and_keeps_the_text(content: bytes) -> None:
    begin = monotonic()
    assert "at the bottom" in text(content)
    assert monotonic() - begin < 10


def test_a_long_page_is_cut_into_sections_by_its_headings() -> None:
    body = "".join(f"<h2>Part {number}</h2><p>{'word ' * 400}</p>" for number in range(40))
    pages = read(body.encode(), "long.html", DEFAULT_LIMITS).pages
    assert 5 < len(pages) < 20
    assert pages[0].label == "page"
    assert pages[1].label == 'section "Part 4"'
    assert all(len(page.text) < 12_000 for page in pages)


def test_more_text_than_the_limit_is_said() -> None:
    limits = replace(DEFAULT_LIMITS, max_document_characters=1000)
    document = read(b"<p>" + b"word " * 1000, "long.html", limits)
    assert sum(len(page.text) for page in document.pages) <= 1000
    assert "only the first" in document.notes[0]


@pytest.mark.parametrize(
    "content", [b"<html></html>", b"<script>only()</script>", b"<!doctype html>", b"<br><hr hidden>"]
)
def test_nothing_to_see(content: bytes) -> None:
    with pytest.raises(FileError, match=r"x\.html"):
        read(content, "x.html", DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><p>x",
        b"  <!-- a --><html lang=en>",
        b"\xef\xbb\xbf<?xml version='1.0'?><html>",
        b"<HTML>",
    ],
)
def test_it_is_recognised(content: bytes) -> None:
    assert sniff(content).label == "HTML"


@given(st.text(st.sampled_from("<>/abphrtdiulx=\"' !-&;\n"), max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_markup_is_text_or_a_sentence(markup: str) -> None:
    try:
        assert read(markup.encode(), "x.html", DEFAULT_LIMITS).pages
    except FileError as error:
        assert "x.html" in error.told  # noqa: PT017 - either end is right


def test_mutated_pages_raise_nothing_else() -> None:
    whole = make_texts.PAGE.encode()
    chance = random.Random(8)
    found = 0
    for _ in range(200):
        mutated = bytearray(whole)
        for _ in range(chance.randrange(1, 40)):
            mutated[chance.randrange(len(mutated))] = chance.choice(b"<>/\"'\xff\xc3 a")
        try:
            found += bool(read(bytes(mutated), "m.html", DEFAULT_LIMITS).pages)
        except FileError as error:
            assert "m.html" in error.told  # noqa: PT017 - either end is right
    assert found > 100
