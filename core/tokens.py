"""How many tokens a text has, guessed from the kinds of its characters. Pure.

The weights are fitted to what the tokenizers of Llama 3 and Llama 4 make of prose and interface texts in
some ninety languages, of code, markup, tables, logs and encoded bytes: a high quantile of the true counts,
so that the guess is rather too many than too few. ``python -m tests.bench.tokens``
measures it again.

Everything is counted by operations on whole byte strings, which is what makes it fast: a character is told
by the first byte of its UTF-8 form, runs by splitting at what is not in them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

# The lowest guess for a text of one language or kind was 0.85 of the true count: Swahili and Uzbek, which
# look like English to the guess but are cut into smaller pieces.
SAFETY: Final = 1.2

_CONTINUED: Final = bytes(range(0x80, 0xC0))
_SEPARATOR: Final = b" "
_BLOCK: Final = 1_024  # bytes
# The longest text whose guess is remembered, in characters.
_SHORT: Final = 4_000

_WORD: Final = 1.21
_LATER_LETTER: Final = 0.63  # each letter of a word after the fourth
_ENGLISH_WORD: Final = 1.03
_ENGLISH_LETTER: Final = 0.04
_CODE_LETTER: Final = 0.07
_FAR_LETTER: Final = 0.1  # on top, each letter after the sixteenth
_CAMEL_HUMP: Final = 1.06
_CAPITALS: Final = 0.13  # three in a row
_ACCENTED: Final = 0.98
_VIETNAMESE: Final = 0.65
_THREE_DIGITS: Final = 1.28
_DIGIT_AFTER_LETTER: Final = 0.2
_DIGIT_AFTER_SPACE: Final = 1.01
_SIGNS: Final = 0.71  # a run of punctuation, and then each further sign
_FURTHER_SIGN: Final = 0.45
_RULER: Final = 0.5  # four of the same sign, as in a line drawn with them
_SPACES: Final = 0.5
_LINE_ENDS: Final = 0.7

# The share of these words among all, from which on a text is taken to be English through and through.
_ENGLISH: Final = (b" the ", b" and ", b" with ", b" that ", b" for ", b" this ", b" are ")
_ENGLISH_SHARE: Final = 0.09
# Runs of signs for each word: from none of a text to all of it is taken to be code.
_PROSE_SIGNS: Final = 0.3
_CODE_SIGNS: Final = 0.7
_RULERS: Final = tuple(
    sign * 4 for sign in (b"-", b"=", b".", b"*", b"#", b"~", b"_", b"/", b"+", b"!", b"?")
)


def _kinds() -> bytes:
    """Make the table from a character's first byte to the letter of its kind."""
    table = bytearray(b"." * 256)
    for kind, first, last in (
        (b"a", ord("a"), ord("z")),
        (b"A", ord("A"), ord("Z")),
        (b"0", ord("0"), ord("9")),
        (b" ", ord(" "), ord(" ")),
        (b"n", ord("\t"), ord("\n")),
        (b"n", ord("\r"), ord("\r")),
        (b"s", 0xC2, 0xC2),  # signs of Latin-1
        (b"e", 0xC3, 0xCB),  # Latin letters with accents
        (b"m", 0xCC, 0xCD),  # combining marks
        (b"g", 0xCE, 0xCF),  # Greek
        (b"r", 0xD0, 0xD1),  # Cyrillic of the Slavic languages
        (b"R", 0xD2, 0xD3),  # Cyrillic of others
        (b"q", 0xD4, 0xD5),  # Armenian
        (b"h", 0xD6, 0xD7),  # Hebrew
        (b"y", 0xD8, 0xDF),  # Arabic and its neighbours
        (b"i", 0xE0, 0xE0),  # the scripts of India, Thai, Lao
        (b"j", 0xE1, 0xE1),  # Tibetan to Ethiopic and Khmer; Vietnamese letters
        (b"t", 0xE2, 0xE2),  # typography, arrows, mathematics, boxes
        (b"k", 0xE3, 0xE3),  # kana, and Chinese punctuation
        (b"c", 0xE4, 0xE9),  # Chinese characters
        (b"o", 0xEA, 0xED),  # Hangul
        (b"f", 0xEE, 0xEF),  # private use, full width, variation selectors
        (b"x", 0xF0, 0xFF),  # emoji, styled letters, rare characters
    ):
        table[first : last + 1] = kind * (last + 1 - first)
    return bytes(table)


def _only(kinds: bytes) -> bytes:
    """Make the table that keeps these kinds and turns all others into a separator."""
    return bytes(kind if kind in kinds else _SEPARATOR[0] for kind in range(256))


_KINDS: Final = _kinds()
_LATIN: Final = _only(b"aAe")
_LATIN_AND_VIETNAMESE: Final = _only(b"aAej")
_DIGITS: Final = _only(b"0")
_PUNCTUATION: Final = _only(b".")
_LINES: Final = _only(b"n")
# Spaces are the separator itself: for once they are what is kept.
_BLANKS: Final = bytes(ord("a") if kind == ord(" ") else ord(" ") for kind in range(256))
_VIETNAMESE_STARTS: Final = (b"\xe1\xba", b"\xe1\xbb")

_KURDISH_AND_UYGHUR: Final = (b"\xdb\x95", b"\xdb\x8e", b"\xdb\x86", b"\xdb\x87", b"\xdb\x90", b"\xda\x95")
_DEVANAGARI: Final = (b"\xe0\xa4", b"\xe0\xa5")
_THAI: Final = (b"\xe0\xb8", b"\xe0\xb9")
_QUOTES_AND_DASHES: Final = (b"\xe2\x80",)
_BOXES: Final = (b"\xe2\x94", b"\xe2\x95")
_KANA: Final = (b"\xe3\x81", b"\xe3\x82", b"\xe3\x83")
_FULL_WIDTH: Final = (b"\xef\xbc", b"\xef\xbd")

_Exceptions = tuple[tuple[float, tuple[bytes, ...]], ...]


class Vocabulary(StrEnum):
    """Which vocabulary cuts the text: Llama 3's has 128,000 tokens, Llama 4's has 200,000.

    They differ in other scripts than the Latin one. For a model that nobody knows, the smaller one is the
    more cautious guess.
    """

    LLAMA_3 = "llama-3"
    LLAMA_4 = "llama-4"


@dataclass(frozen=True, slots=True)
class _Weights:
    """Tokens of a character by its kind and by its first bytes, and of a run of a kind on top."""

    by_kind: tuple[tuple[bytes, float, _Exceptions], ...]
    by_run: tuple[tuple[bytes, float], ...]


_WEIGHTS: Final[Mapping[Vocabulary, _Weights]] = {
    Vocabulary.LLAMA_3: _Weights(
        (
            (b"s", 0.9, ()),
            (b"m", 1.82, ()),
            (b"g", 0.3, ()),
            (b"r", 0.49, ()),
            (b"R", 4.68, ()),
            (b"q", 1.9, ()),
            (b"h", 0.91, ()),
            (b"y", 0.64, ((2.94, _KURDISH_AND_UYGHUR),)),
            (b"i", 2.0, ((0.68, _DEVANAGARI), (0.48, _THAI))),
            (b"j", 2.97, ((_VIETNAMESE, _VIETNAMESE_STARTS),)),
            (b"t", 1.56, ((0.67, _QUOTES_AND_DASHES), (0.21, _BOXES))),
            (b"k", 0.7, ((0.66, _KANA),)),
            (b"c", 1.0, ()),
            (b"o", 0.84, ()),
            (b"f", 3.0, ((2.62, _FULL_WIDTH),)),
            (b"x", 2.5, ()),
        ),
        ((_only(b"g"), 0.73), (_only(b"h"), 1.13), (_only(b"y"), 0.39)),
    ),
    Vocabulary.LLAMA_4: _Weights(
        (
            (b"s", 0.9, ()),
            (b"m", 1.82, ()),
            (b"g", 0.3, ()),
            (b"r", 0.43, ()),
            (b"R", 2.64, ()),
            (b"q", 1.05, ()),
            (b"h", 0.3, ()),
            (b"y", 0.6, ((1.9, _KURDISH_AND_UYGHUR),)),
            (b"i", 0.78, ((0.48, _DEVANAGARI), (0.35, _THAI))),
            (b"j", 0.95, ((_VIETNAMESE, _VIETNAMESE_STARTS),)),
            (b"t", 1.7, ((0.67, _QUOTES_AND_DASHES), (0.21, _BOXES))),
            (b"k", 0.7, ((0.62, _KANA),)),
            (b"c", 0.95, ()),
            (b"o", 0.76, ()),
            (b"f", 3.0, ((2.4, _FULL_WIDTH),)),
            (b"x", 2.5, ()),
        ),
        ((_only(b"g"), 0.6), (_only(b"h"), 1.3)),
    ),
}


def estimate(text: str, vocabulary: Vocabulary = Vocabulary.LLAMA_3) -> int:
    """Guess the tokens of a text; times :data:`SAFETY` it is not too few for whatever was measured."""
    if len(text) <= _SHORT:
        return _remembered(text, vocabulary)
    return _estimated(text, vocabulary)


@lru_cache(maxsize=1024)
def _remembered(text: str, vocabulary: Vocabulary) -> int:
    """Guess those once that come with every question: the prompt, tools, the last rows of a thread."""
    return _estimated(text, vocabulary)


def _estimated(text: str, vocabulary: Vocabulary) -> int:
    data = text.encode("utf-8", "replace")
    # Each block is judged by itself: English in one must not make another language in the next look cheap.
    blocks = (data[start : start + _BLOCK] for start in range(0, len(data), _BLOCK))
    return math.ceil(1 + sum(_block(block, _WEIGHTS[vocabulary]) for block in blocks))


def _block(data: bytes, weights: _Weights) -> float:
    shape = data.translate(_KINDS, _CONTINUED)
    tokens = _letters(data, shape) + _numbers(shape) + _signs(data, shape) + _gaps(shape)
    return tokens if data.isascii() else tokens + _beyond_ascii(data, shape, weights)


def _letters(data: bytes, shape: bytes) -> float:
    vietnamese = 2 * _count(data, _VIETNAMESE_STARTS) > shape.count(b"j")
    lengths = _runs(shape, _LATIN_AND_VIETNAMESE if vietnamese else _LATIN)
    words = lengths.total()
    if not words:
        return 0
    english = min(1.0, _count(data, _ENGLISH) / words / _ENGLISH_SHARE)
    signs = len(shape.translate(_PUNCTUATION).split()) / words
    code = min(1.0, max(0.0, (signs - _PROSE_SIGNS) / (_CODE_SIGNS - _PROSE_SIGNS))) * (1 - english)
    letter = (
        _LATER_LETTER - english * (_LATER_LETTER - _ENGLISH_LETTER) - code * (_LATER_LETTER - _CODE_LETTER)
    )
    return (
        words * (_WORD - english * (_WORD - _ENGLISH_WORD))
        + _beyond(lengths, 4) * letter
        + _beyond(lengths, 16) * _FAR_LETTER
        + shape.count(b"aA") * _CAMEL_HUMP
        + shape.count(b"AAA") * _CAPITALS
        + shape.count(b"e") * _ACCENTED
    )


def _numbers(shape: bytes) -> float:
    groups = sum(-(-length // 3) * times for length, times in _runs(shape, _DIGITS).items())
    after_letters = shape.count(b"a0") + shape.count(b"A0")
    return (
        groups * _THREE_DIGITS + after_letters * _DIGIT_AFTER_LETTER + shape.count(b" 0") * _DIGIT_AFTER_SPACE
    )


def _signs(data: bytes, shape: bytes) -> float:
    lengths = _runs(shape, _PUNCTUATION)
    rulers = _count(data, _RULERS)
    further = max(0, _beyond(lengths, 1) - 4 * rulers)
    return lengths.total() * _SIGNS + further * _FURTHER_SIGN + rulers * _RULER


def _gaps(shape: bytes) -> float:
    """Weigh blanks: a single space is part of the word behind it."""
    blanks = _runs(shape, _BLANKS)
    return (blanks.total() - blanks[1]) * _SPACES + _runs(shape, _LINES).total() * _LINE_ENDS


def _beyond_ascii(data: bytes, shape: bytes, weights: _Weights) -> float:
    tokens = 0.0
    for kind, weight, exceptions in weights.by_kind:
        left = shape.count(kind)
        for special, starts in exceptions if left else ():
            found = _count(data, starts)
            tokens += special * found
            left -= found
        tokens += weight * left
    return tokens + sum(weight * len(shape.translate(table).split()) for table, weight in weights.by_run)


def _runs(shape: bytes, table: bytes) -> Counter[int]:
    """Count the runs of what a table keeps, by their lengths."""
    return Counter(map(len, shape.translate(table).split()))


def _beyond(lengths: Counter[int], most: int) -> int:
    """Count the characters of runs that come after the first ``most`` of each."""
    return sum((length - most) * times for length, times in lengths.items() if length > most)


def _count(data: bytes, parts: Iterable[bytes]) -> int:
    return sum(map(data.count, parts))
