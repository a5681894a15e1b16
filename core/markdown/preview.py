"""A text that is still being written, made fit to look at."""

import re

from core.markdown.blocks import Leaf, content, heading_marker
from core.markdown.seams import Passage, closing_fence, last_code_line, passage
from core.markdown.tails import closed_tail

_ROUNDS = 12
_HEADER_LINES = 2
# The parser tries each open bracket as the beginning of a link; so many are no half-written link.
_OPEN_BRACKETS = 8
_UNDERLINES = ("-", "=")
_BARE_MARKER = re.compile(r"[ \t>]*(?:[-*+]|#{1,6}|=+|--?|>|(?:[*_][ \t]*){2,}|~~?|``?)[ \t]*$")
_DELIMITERS = re.compile(r"[ \t]*[|:-][|: \t-]*$")
_PIPE = re.compile(r"(?<!\\)\|")


def close_open(markdown: str) -> str:
    """``markdown`` with its unfinished tail completed, or left out while nothing can be shown of it yet.

    An open fence, code span or emphasis is closed; a half-written link shows its words; a table's head, a
    bare list marker and a half-written token wait until there is more. Only the last block changes, and
    not when it is complete. The result may be empty.
    """
    for _ in range(_ROUNDS):
        closed = _closed(markdown)
        if closed == markdown:
            break
        markdown = closed
    return markdown


def _closed(markdown: str) -> str:
    part = passage(markdown)
    last = part.lines[-1]
    if last.strip() and _BARE_MARKER.match(last) and not _in_code(part):
        return "\n".join(part.lines[:-1]).rstrip("\n")
    if not part.leaves:
        return markdown
    leaf = part.leaves[-1]
    if leaf.kind == "heading" and leaf.markup in _UNDERLINES and leaf.past == len(part.lines):
        return "\n".join(part.lines[:-1])  # a rule, a list or a heading: its line has to end first
    if leaf.kind == "fence":
        return _fence(part, leaf, markdown)
    if leaf.kind in {"paragraph", "heading", "table"} and _is_open(part, leaf):
        return _words(part, leaf, markdown)
    return markdown


def _in_code(part: Passage) -> bool:
    return bool(part.leaves) and (
        part.leaves[-1].kind in {"fence", "code_block"} and part.leaves[-1].past == len(part.lines)
    )


def _is_open(part: Passage, leaf: Leaf) -> bool:
    """Whether more text would still belong to the block: a paragraph ends only with a blank line."""
    behind = part.lines[leaf.past :]
    return not behind or (leaf.kind == "paragraph" and behind == ("",))


def _fence(part: Passage, leaf: Leaf, markdown: str) -> str:
    end = last_code_line(part, leaf)
    if end < leaf.past:
        return markdown
    code = [content(part.lines, number, leaf.chain).strip() for number in range(leaf.first + 1, end)]
    while code and (
        not code[-1] or (len(code[-1]) < len(leaf.markup) and not code[-1].strip(leaf.markup[0]))
    ):
        code.pop()
    kept = part.lines[: leaf.first + 1 + len(code)]
    if not code:
        return "\n".join(kept[:-1]).rstrip("\n")
    return "\n".join((*kept, closing_fence(leaf)))


def _words(part: Passage, leaf: Leaf, markdown: str) -> str:
    texts = [content(part.lines, number, leaf.chain) for number in range(leaf.first, leaf.past)]
    waiting = _table_head(texts) if leaf.kind == "paragraph" else 0
    if waiting:
        return "\n".join(part.lines[: leaf.past - waiting]).rstrip("\n")
    if leaf.kind == "table":
        texts = [_PIPE.split(texts[-1])[-1]]
    if leaf.kind == "heading":
        texts[0] = texts[0][len(heading_marker(texts[0])) :]
    words = "\n".join(texts)
    if words.count("[") - words.count("]") > _OPEN_BRACKETS:
        return markdown
    closed = closed_tail(words)
    if closed == words:
        return markdown
    source = "\n".join(part.lines[: leaf.past])
    return _with_last_line(source, texts[-1], words, closed)


def _with_last_line(source: str, last: str, words: str, closed: str) -> str:
    """``source``, which ends in ``last``, the end of ``words``, with what became of them."""
    kept = len(words) - len(last)
    if len(closed) < kept:  # a construct over several lines was left out
        return source[: len(source) - len(last)].rstrip()
    return source[: len(source) - len(last)] + closed[kept:]


def _table_head(texts: list[str]) -> int:
    """How many lines at the end may become a table's head: hidden until its delimiter row is whole."""
    piped = 0
    while piped < len(texts) and texts[-1 - piped].lstrip().startswith("|"):
        piped += 1
    if 0 < piped <= _HEADER_LINES:
        return piped
    return int(len(texts) > 1 and bool(_DELIMITERS.match(texts[-1])) and "|" in texts[-2])
