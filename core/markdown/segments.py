"""A long text as messages that fit, each of them Markdown that stands on its own."""

import re
from dataclasses import dataclass

from core.markdown.breaks import literal
from core.markdown.choice import Budget, Measure, seams
from core.markdown.clusters import is_boundary
from core.markdown.seams import Passage, passage

_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
_NEWLINES = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text in two: ``head`` fits and stands on its own, and so does ``rest``, which may be empty."""

    head: str
    rest: str


def cut(markdown: str, limit: int, measure: Measure) -> Cut | None:
    """Part ``markdown`` where it reads best, so that ``measure(head) <= limit``.

    ``None`` when it fits as it is, or when nothing but white space is in it. What has to be reopened is
    carried over: a fence with its info string, a table's header, a list's number, a quote's marker.
    Only the beginning of ``markdown`` is looked at, a small multiple of ``limit``. White space at its end
    counts, because more may follow: strip it from a text that is complete.
    """
    text = _NEWLINES.sub("\n", markdown) if "\r" in markdown else markdown
    blank = _BLANK_LINES.match(text)
    text = text[blank.end() :] if blank else text
    shown = text.rstrip()
    if not shown:
        return None
    budget = Budget(limit, measure)
    window = _window(shown, budget)
    if not window and budget.fits(markdown):
        return None
    return _parted(text, window or shown, budget)


def segments(markdown: str, limit: int, measure: Measure) -> tuple[str, ...]:
    """All of ``markdown`` in texts of at most ``limit``; none for a text without a visible character."""
    found: list[str] = []
    rest = markdown.rstrip()
    while (parted := cut(rest, limit, measure)) is not None:
        found.append(parted.head)
        rest = parted.rest
    if rest:
        found.append(rest)
    return tuple(found)


def _window(text: str, budget: Budget) -> str:
    """As much of ``text`` as is too long for one message, and some more; empty when all of it fits."""
    size = 2 * budget.limit + 500
    while size < len(text):
        newline = text.find("\n", size, 2 * size)
        beginning = text[: newline if newline > 0 else size]
        if not budget.fits(beginning):
            return beginning
        size *= 2
    return "" if budget.fits(text) else text


def _parted(text: str, window: str, budget: Budget) -> Cut:
    after = text[len(window) :]
    part = passage(window)
    for seam in seams(part, budget):
        head, rest = seam.head(), seam.rest() + after
        if head.strip() and len(rest) < len(text) and budget.fits(head):
            return Cut(head, rest)
    bare = _without_info(part)
    if len(bare) < len(window):
        return cut(bare + after, budget.limit, budget.measure) or Cut(bare + after, "")
    words = text.lstrip()
    return _torn(words, words[: len(window)], budget)


def _without_info(part: Passage) -> str:
    """The passage, its first fence bare of an info string that leaves no room for code."""
    first, *others = part.lines
    if part.leaves and part.leaves[0].kind == "fence" and part.leaves[0].first == 0:
        markup = part.leaves[0].markup
        first = first[: first.index(markup) + len(markup)]
    return "\n".join((first, *others))


def _torn(text: str, window: str, budget: Budget) -> Cut:
    """The last resort, for what no message could hold otherwise: as many characters as fit."""
    ends = [end for end in range(1, len(window) + 1) if is_boundary(window, end)]
    last = budget.last_fitting(len(ends), lambda index: window[: ends[index]])
    if last < 0:
        ends = list(range(1, len(window) + 1))
        last = max(budget.last_fitting(len(ends), lambda index: window[: ends[index]]), 0)
    end = ends[last]
    space = max(window.rfind(" ", end // 2, end), window.rfind("\n", end // 2, end))
    end = space if space > 0 else end
    rest = text[end:].lstrip("\n")
    return Cut(text[:end].rstrip(), literal(rest.lstrip()) if end > 1 else rest)
