"""Text in pages of lines."""

import re
from collections.abc import Iterator

from core.files import notes
from core.files.document import Document, Page
from core.files.limits import FileLimits

_LINES = 400
_CHARACTERS = 20_000
_LOG_HEAD = 0.25
_LOG_LINES = 20
_TIMED = re.compile(r"\W{0,3}(?:\d{4}[-/]\d\d[-/]\d\d|\w{3} +\d{1,2} \d\d:\d\d|\d\d:\d\d:\d\d|\d{10}\b)")


def as_document(kind: str, text: str, name: str, limits: FileLimits) -> Document:
    """Clean text in pages labelled ``"lines 401 to 800"``; a short one is one page without a label."""
    most = limits.max_document_characters
    if len(text) <= most:
        return Document(kind, tuple(_pages(text, 1, limits)))
    if not _is_log(text):
        kept = text[: text.rfind("\n", 0, most) + 1] or text[:most]
        return Document(kind, tuple(_pages(kept, 1, limits)), notes=(notes.cut(name, len(kept), len(text)),))
    head = text[: text.rfind("\n", 0, int(most * _LOG_HEAD)) + 1]
    start = text.find("\n", len(text) - (most - len(head))) + 1 or len(text)
    left_out = text.count("\n", len(head), start)
    first = head.count("\n") + left_out + 1
    told = f"{name}: {left_out:,} lines in the middle were left out; the beginning and the end are here."
    pages = (*_pages(head, 1, limits), *_pages(text[start:], first, limits))
    return Document(kind, pages, notes=(told,))


def _pages(text: str, first: int, limits: FileLimits) -> Iterator[Page]:
    """Pages of the lines, which are counted from ``first``."""
    if len(text) <= _CHARACTERS and text.count("\n") <= _LINES and first == 1:
        yield Page("", text)
        return
    # Half of what may be: the beginning and the end of a log share it.
    lines_each = max(_LINES, 2 * text.count("\n") // max(1, limits.max_pages) + 1)
    characters_each = max(_CHARACTERS, 4 * len(text) // max(1, limits.max_pages))
    lines: list[str] = []
    size = 0
    number = first
    for number, line in enumerate(text.split("\n"), first):
        if lines and (len(lines) == lines_each or size + len(line) > characters_each):
            yield _page(lines, number - 1)
            lines, size = [], 0
        if len(line) > characters_each:
            yield from _pieces(line, number, characters_each)
        else:
            lines.append(line)
            size += len(line) + 1
    if any(lines):
        yield _page(lines, number)


def _page(lines: list[str], last: int) -> Page:
    return Page(f"lines {last - len(lines) + 1:,} to {last:,}", "\n".join(lines))


def _pieces(line: str, number: int, size: int) -> Iterator[Page]:
    for part, start in enumerate(range(0, len(line), size), 1):
        yield Page(f"line {number:,}, part {part}", line[start : start + size])


def _is_log(text: str) -> bool:
    """Whether most of the first lines begin with a time."""
    lines = [line for line in text[:_CHARACTERS].split("\n", _LOG_LINES)[:_LOG_LINES] if line.strip()]
    return sum(1 for line in lines if _TIMED.match(line)) * 2 > len(lines)
