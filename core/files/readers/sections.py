"""A long text in sections that people could point at."""

import re
from collections.abc import Iterator

from core.files.document import Page

_SHORT = 8_000
_MAX_LABEL = 80
_HEADING = re.compile(r"#{1,6} +(.+)")
_FENCE = "```"


def sections(text: str, title: str, most: int) -> tuple[tuple[Page, ...], int]:
    """Markdown cut before headings into pages of some thousand characters, and how many more there would be.

    The first has the ``title`` as its label, each other one the heading that it begins with.
    """
    if not text:
        return (), 0
    found: list[Page] = []
    rest = 0
    for label, part in _parts(text):
        if len(found) == most:
            rest += 1
        else:
            found.append(Page(_label(label, title), part))
    return tuple(found), rest


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Headings with the text up to the next one that begins a part."""
    lines: list[str] = []
    size = 0
    label = ""
    is_code = False
    for line in text.split("\n"):
        is_code ^= line.lstrip().startswith(_FENCE)
        heading = None if is_code else _HEADING.match(line)
        if heading and size > _SHORT:
            yield label, "\n".join(lines).strip()
            lines, size, label = [], 0, heading[1]
        lines.append(line)
        size += len(line) + 1
    yield label, "\n".join(lines).strip()


def _label(heading: str, title: str) -> str:
    return f'section "{heading[:_MAX_LABEL]}"' if heading else title
