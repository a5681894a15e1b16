"""Texts in many encodings, code, pages, data and logs, honest and hostile."""

import json
import random
from functools import partial

from tests.files import make_texts
from tests.files.corpus_case import Case, Wanted, hostile, refused, taken, text

_MARKDOWN = b"# Plan\n\nBuy *tea*.\n\n## Later\n\nSleep.\n"
_LINES = b"".join(b'{"name": "llama %d", "wool": %d.5}\n' % (one, one) for one in range(300))
_CONTROLS = "before\x1b]0;title\x07\x1b[31mred\x1b[0m \u202esdrawkcab\u202c \U000e0041tag\x08\x00".encode()
_SHOWN_PART = 8


def _encoded(encoding: str, words: str) -> bytes:
    return (words * 4).encode(encoding)


def _deep_json(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


_NATIONAL = tuple(
    taken(
        f"text in {encoding}, number {number}",
        f"text{number}.txt",
        partial(_encoded, encoding, words),
        text(words[:_SHOWN_PART]),
    )
    for number, (encoding, words) in enumerate(make_texts.NATIONAL, 1)
)

_HONEST = (
    taken("text in UTF-8", "hello.txt", "ñandú 🦙\r\nsecond".encode, text("ñandú 🦙\nsecond")),
    taken("text in UTF-8 with its mark", "mark.txt", "\ufeffTee für Ömer".encode, text("Tee für Ömer")),
    *_NATIONAL,
    taken(
        "code in Python",
        "main.py",
        lambda: b"def brew():\n    return  'tea'\n",
        text("def brew():\n    return"),
    ),
    taken(
        "code in C++ in cp1252", "größe.cpp", lambda: "int größe; // für Öl\n".encode("cp1252"), text("größe")
    ),
    taken("settings", ".env.example", lambda: b"PORT=8080\n# a remark\n", text("PORT=8080")),
    taken(
        "an e-mail",
        "offer.eml",
        make_texts.mail,
        Wanted(
            "e-mail",
            ("offer.eml: files are attached to it that I did not open: prices.csv.",),
            ("Subject: Angebot für März", "Liebe Grüße"),
        ),
    ),
    taken("a patch", "fix.patch", lambda: b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-tea\n+mate\n", text("+mate")),
    taken("Markdown", "README.md", lambda: _MARKDOWN, Wanted("Markdown", (), ("Buy *tea*.", "Sleep."))),
    taken(
        "HTML with hidden words and a tracker",
        "page.html",
        make_texts.PAGE.encode,
        Wanted("HTML", (), ("Dear reader", "Yours é."), ("obey me", "evil", "steal", "tracker")),
    ),
    taken(
        "JSON",
        "llamas.json",
        lambda: json.dumps({"llamas": [{"name": "Mira", "wool": 2.5}]}).encode(),
        Wanted("JSON", (), ("Mira", "2.5")),
    ),
    taken("JSON lines", "llamas.jsonl", lambda: _LINES, Wanted("JSON", (), ("llama 7",), tables=1)),
    taken(
        "notebook",
        "study.ipynb",
        make_texts.notebook,
        Wanted("notebook", (), ("of tea", "print(42)", "result 42"), ("iVBORw0KGgoiVBORw0KGgo",)),
    ),
    taken("log of 2,000 lines", "server.log", partial(make_texts.log, 2_000), text("request 2000 done")),
    taken(
        "log of 250,000 lines",
        "big.log",
        partial(make_texts.log, 250_000),
        text("request 1 done", told=("only its beginning is here",)),
        small=partial(make_texts.log, 60_000),
    ),
)

_HOSTILE = (
    hostile("no bytes", "empty.txt", lambda: b"", refused("empty.txt is empty (0 bytes).")),
    hostile("white space only", "blank.txt", lambda: b" \n\t" * 50, refused("holds nothing but white space")),
    hostile("a thousand zero bytes", "zeros.dat", lambda: bytes(1000), refused("zeros.dat")),
    hostile("random bytes", "noise.bin", lambda: random.Random(6).randbytes(9_000), refused("noise.bin")),
    hostile(
        "terminal codes, turned and invisible letters",
        "colour.log",
        lambda: _CONTROLS.replace(b"\x00", b""),
        text("beforered", "sdrawkcab", absent=("\x1b", "\u202e", "\U000e0041", "\x08")),
    ),
    hostile("one line of 15 MB", "line.txt", lambda: b"x" * 15_000_000, text("xxx", told=("line.txt",))),
    hostile(
        "21 MB",
        "huge.txt",
        lambda: b"a line\n" * 3_000_000,
        refused("huge.txt: 21 MB is over my limit of 20 MB."),
    ),
    hostile("JSON 200,000 deep", "deep.json", partial(_deep_json, 200_000), text("[[")),
    hostile(
        "HTML 100,000 deep",
        "deep.html",
        partial(make_texts.nested_html, 100_000),
        Wanted("HTML", (), ("at the bottom",)),
    ),
    hostile(
        "SVG that asks for a file of the machine (XXE)",
        "xxe.svg",
        lambda: b'<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg><text>&e;</text></svg>',
        Wanted("SVG", (), ("&e;",), ("root:",)),
    ),
)

CASES: tuple[Case, ...] = (*_HONEST, *_HOSTILE)
