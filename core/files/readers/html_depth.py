"""HTML nested without end, made flat before it is parsed.

The time of an HTML5 parser grows with the square of the depth, and of the attributes of an element: 100,000
nested elements take lexbor 25 seconds, 200,000 attributes three minutes. Elements below a depth that no
page has lose their tags and keep their text; a tag with thousands of attributes loses them.
"""

import re
from collections import Counter

_DEEPEST = 400
# Nothing but text is looked for between these signs, so that the search is linear in any input.
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")
_MAX_ATTRIBUTES = 1_000
_LONG_TAG = re.compile(r"<([a-zA-Z][^\s/<>]*)[^>]{2000,}")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
# The parser closes these by itself when the next one begins.
_SELF_ENDING = frozenset(("p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot"))
_FLAT = _VOID | _SELF_ENDING


def flattened(html: str) -> tuple[str, bool]:
    """The page with no more than 400 open elements at a time, and whether tags were taken out for that."""
    html = _LONG_TAG.sub(_with_few_attributes, html)
    if _depth(html) <= _DEEPEST:
        return html, False
    open_tags: Counter[str] = Counter()
    depth = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal depth
        change = _change(found, open_tags)
        before, depth = depth, depth + change
        return "" if max(before, depth) > _DEEPEST and change else found[0]

    return _TAG.sub(replace, html), True


def _with_few_attributes(found: re.Match[str]) -> str:
    return f"<{found[1]} " if len(found[0].split(None, _MAX_ATTRIBUTES)) > _MAX_ATTRIBUTES else found[0]


def _depth(html: str) -> int:
    open_tags: Counter[str] = Counter()
    depth = deepest = 0
    for found in _TAG.finditer(html):
        depth += _change(found, open_tags)
        deepest = max(deepest, depth)
    return deepest


def _change(found: re.Match[str], open_tags: Counter[str]) -> int:
    """By how much a tag changes the depth; an end without a beginning changes nothing."""
    name = found[2].lower()
    if name in _FLAT:
        return 0
    if not found[1]:
        open_tags[name] += 1
        return 1
    if open_tags[name] <= 0:
        return 0
    open_tags[name] -= 1
    return -1
