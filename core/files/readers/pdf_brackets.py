"""Brackets in lines from right to left.

There an opening bracket is drawn as a closing one. Some programs write into a PDF which was meant, some which
is to be seen; PDFium takes all for the second. Where it errs, each bracket closes before one was opened.
"""

import re

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_PAIRS.values())
_TURNED = str.maketrans({**_PAIRS, **{closing: opening for opening, closing in _PAIRS.items()}})
# A line with a letter of Hebrew, Arabic or another script that is written so.
_LINE = re.compile("^.*[\u05d0-\u085f\u08a0-\u08c9\ufb1d-\ufdfb\ufe70-\ufefc].*$", re.MULTILINE)


def bracketed(text: str) -> str:
    """The text with the brackets of those lines turned that are right only when they are turned."""
    return _LINE.sub(lambda line: _bracketed(line[0]), text)


def _bracketed(line: str) -> str:
    turned = line.translate(_TURNED)
    return turned if _is_closed(turned) and not _is_closed(line) else line


def _is_closed(line: str) -> bool:
    """Whether each bracket closes the one that was opened last, and none is left."""
    awaited: list[str] = []
    for sign in line:
        if sign in _PAIRS:
            awaited.append(_PAIRS[sign])
        elif sign in _CLOSING and (not awaited or awaited.pop() != sign):
            return False
    return not awaited
