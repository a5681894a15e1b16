"""How a text is encoded that does not say it. Measured in ``tests/unit/test_files_text.py``."""

import re
import unicodedata
from collections.abc import Sequence

from charset_normalizer import from_bytes

from core.files.readers.latin import latin_page
from core.files.text import decode, one_newline, western

_SAMPLE = 128_000
_NAMES = 8_000
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_WIDE_CONTROLS = frozenset("\t\n\r\f")
# Letters of Western languages outside of ASCII stand alone or in pairs; those of other scripts in words.
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_REPEATED = re.compile(rb"([\x80-\xff])\1+")
_LONG_RUN = 1.6
# What charset-normalizer may tell of letters that stand alone; any other is a coincidence.
_LATIN = re.compile(
    r"cp125[0247]|cp437|cp85\d|latin_1|mac_(?!cyrillic|greek)\w+|iso8859_(?:[1-4]|9|1[03456])"
)
_JAPANESE_MAIL = b"\x1b$"
# Their Windows relatives have the same letters in the same places, and quotes and dashes besides.
_RELATIVE = {"latin_1": "cp1252", "iso8859_1": "cp1252", "iso8859_9": "cp1254", "iso8859_10": "iso8859_2"}
_FIRST_PAGE = "cp437"
# By what charset-normalizer may call them; the Ukrainian page has the letters of the Russian one.
_DOS = {
    **{name: name for name in ("cp932", "gb18030", "cp949", "cp737", "cp866")},
    "cp1125": "cp866",
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "big5": "cp950",
    "euc_kr": "cp949",
}
_TOO_ODD = frozenset({"Cn", "Co", "Cs"})


def decoded(content: bytes, name: str) -> str:
    """The text in any encoding, with single line feeds. Raises ``FileError`` when it is none."""
    if _JAPANESE_MAIL in content[:_SAMPLE] and (text := _strictly(content, "iso2022_jp")):
        return one_newline(text)
    return one_newline(decode(content, name, _national, _wide))


def _national(content: bytes) -> str | None:
    """Text in an encoding of a country, by how probable its letters are together."""
    sample = _sample(content)
    encoding = latin_page(sample) if _has_lone_letters(content) else None
    if encoding is None:
        match = from_bytes(sample).best()
        encoding = match.encoding if match else ""
        if _has_lone_letters(content) and not _LATIN.fullmatch(encoding):
            encoding = "cp1252"
    for name in (_RELATIVE.get(encoding), encoding):
        if name:
            try:
                return content.decode(name)
            except UnicodeDecodeError:
                continue
    return western(content)


def code_page(names: Sequence[bytes]) -> str:
    """The code page of DOS in which these names of files are: that of the words they are most like."""
    joined = b"\n".join(names)[:_NAMES]
    if not joined or _has_lone_letters(joined):
        return _FIRST_PAGE
    match = from_bytes(joined).best()
    return _DOS.get(match.encoding if match else "", _FIRST_PAGE)


def _sample(content: bytes) -> bytes:
    """The lines that tell: those with bytes outside of ASCII."""
    telling = b"\n".join(line for line in content[: 8 * _SAMPLE].split(b"\n") if not line.isascii())
    return (telling or content)[:_SAMPLE]


def _has_lone_letters(content: bytes) -> bool:
    runs = _HIGH_RUN.findall(_REPEATED.sub(rb"\1", content[:_SAMPLE]))
    return bool(runs) and sum(map(len, runs)) < _LONG_RUN * len(runs)


def _wide(content: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: only if all of it is characters that are assigned."""
    readings = (_strictly(content, encoding) for encoding in _WIDE)
    fitting = [text for text in readings if text and _is_plausible(text)]
    return max(fitting, key=_commonness, default=None)


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_plausible(text: str) -> bool:
    sample = text[:_SAMPLE]
    odd = sum(1 for letter in sample if unicodedata.category(letter) in _TOO_ODD or letter == "\x00")
    controls = sum(1 for letter in sample if letter < " " and letter not in _WIDE_CONTROLS)
    return odd == 0 and controls * 50 <= len(sample)


def _commonness(text: str) -> int:
    """How many of its characters separate words in every language: read the wrong way round, none do."""
    sample = text[:_SAMPLE]
    return sum(map(sample.count, " \n,.;:\u3001\u3002\uff0c"))
