"""A text file's bytes as clean text."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import FileError
from core.files import notes

# The first that fits wins; UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL_BYTES = bytes(sorted(set(range(0x20)) - set(b"\t\n\v\f\r\x1b") | {0x7F}))
_HIGH_BYTES = bytes(range(0x80, 0x100))
# Western European text has fewer than one letter in five outside of ASCII; Cyrillic or Asian
# text in an encoding of its own has far more, and would come out as nonsense.
_MAX_HIGH_SHARE = 0.2
# Logs hold a few; what is not text holds many.
_FEW_CONTROLS = 4
_MAX_CONTROL_SHARE = 0.02
_MAX_BROKEN_SHARE = 0.01
_LINE_SEARCHED = 2000

_TERMINAL_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|[@-Z\\^_])")
# Controls other than tab and newline, direction marks and the invisible "tag" characters: each can
# show a person something other than what the model reads.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class ReadText:
    """What was read, and a sentence (``note``) when that is not all."""

    text: str
    note: str = ""


Guess = Callable[[bytes], str | None]
"""The text of bytes that are not UTF-8 and have no mark, or nothing when it cannot be told."""


def read_text(content: bytes, name: str, max_characters: int) -> ReadText:
    """The text in ``content`` without control characters, at most ``max_characters``.

    Line ends become single line feeds. Raises ``FileError`` when it is not text, or when it cannot
    be told how it is encoded.
    """
    whole = one_newline(decode(content, name, western))
    text = clean(beginning(whole, max_characters))
    if not text.strip():
        raise FileError(notes.blank(name))
    if len(whole) <= max_characters:
        return ReadText(text)
    return ReadText(text, notes.cut(name, len(text), len(whole)))


def decode(content: bytes, name: str, guess: Guess, wide: Guess | None = None) -> str:
    """The text as it is, control characters and all.

    By its mark, else UTF-8 (a few bad bytes are allowed), else as ``guess`` finds; ``wide`` is asked
    about what has the zeros and controls of UTF-16 or of no text at all. Raises ``FileError``.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _checked(content[len(mark) :].decode(encoding, "replace"), name)
    if _has_controls(content):
        text = wide(content) if wide else None
        if text is None:
            raise FileError(notes.binary(name))
        return text
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        text = _repaired(content) or guess(content)
    if text is None:
        raise FileError(notes.unknown_encoding(name))
    return text


def western(content: bytes) -> str | None:
    """Bytes that may well be Windows-1252, so decoded."""
    high = len(content) - len(content.translate(None, _HIGH_BYTES))
    if high > _MAX_HIGH_SHARE * len(content):
        return None
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return None


def one_newline(text: str) -> str:
    """The text with every line end as a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def clean(text: str) -> str:
    """The text without terminal codes, control characters and invisible marks."""
    return _CONTROLS.sub("", _TERMINAL_CODES.sub("", text))


def _checked(text: str, name: str) -> str:
    """A byte order mark is a claim too: what follows it must decode."""
    if text.count("\ufffd") + text.count("\x00") > _MAX_BROKEN_SHARE * len(text) + 1:
        raise FileError(notes.binary(name))
    return text


def _has_controls(content: bytes) -> bool:
    if b"\x00" in content:
        return True
    controls = len(content) - len(content.translate(None, _CONTROL_BYTES))
    return controls > _MAX_CONTROL_SHARE * len(content) + _FEW_CONTROLS


def _repaired(content: bytes) -> str | None:
    """UTF-8 with a few bad bytes: most of what is not ASCII decodes."""
    repaired = content.decode("utf-8", "replace")
    bad = repaired.count("\ufffd")
    good = len(repaired) - len(repaired.encode("ascii", "ignore")) - bad
    return repaired if good > bad else None


def beginning(text: str, max_characters: int) -> str:
    """The first characters, ending with a whole line where one ends near the limit."""
    if len(text) <= max_characters:
        return text
    end = text.rfind("\n", max(0, max_characters - _LINE_SEARCHED), max_characters)
    return text[: end if end > 0 else max_characters]
