"""Where the inline constructs of a paragraph stand in its source, as the parser itself finds them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import (
    StateInline,
    autolink,
    backtick,
    emphasis,
    entity,
    escape,
    image,
    link,
    strikethrough,
)
from markdown_it.rules_inline.state_inline import Delimiter

from core.markdown.tree import dialect

Rule = Callable[[StateInline, bool], bool]
_TRAIL = "trail"
_LONG = 60
_SOLID = re.compile(r"https?://[!-;=?-~]+|<(?:[@#!:/]|a:|t:|id:|https?:|mailto:)[^<>\n]{1,300}>")


class Hold(IntEnum):
    """How strongly a place resists a cut."""

    FREE = 0
    EMPHASIS = 1  # in a long emphasis: close it and open it again
    SPAN = 2  # in a link's text, code, or a short emphasis
    SOLID = 3  # in an address, a platform's token, an escape, a delimiter


@dataclass(frozen=True, slots=True)
class Span:
    """One construct: ``start`` to ``end``, its words from ``inner`` up to ``inner_end``."""

    start: int
    inner: int
    inner_end: int
    end: int
    hold: Hold


@dataclass(slots=True)
class _Trail:
    """What the wrapped rules saw on their way through one text."""

    spans: list[Span] = field(default_factory=list)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    unmatched: list[tuple[int, int]] = field(default_factory=list)
    open_ticks: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inline:
    """The constructs of ``text``, outer before inner.

    ``open_delimiters`` are (start, end) of delimiters that could open an emphasis and found no end;
    ``open_ticks`` of runs of backticks that found no partner.
    """

    text: str
    spans: tuple[Span, ...]
    open_delimiters: tuple[tuple[int, int], ...]
    open_ticks: tuple[tuple[int, int], ...]


def inline(text: str) -> Inline:
    """Find the constructs in the inline source ``text``."""
    trail = _Trail()
    _SCANNER.inline.parse(text, _SCANNER, {_TRAIL: trail}, [])
    spans = sorted((*trail.spans, *_addresses(text, trail.spans)), key=lambda span: (span.start, -span.end))
    return Inline(text, tuple(spans), tuple(sorted(trail.unmatched)), tuple(trail.open_ticks))


def _addresses(text: str, spans: list[Span]) -> list[Span]:
    """Bare addresses and platform tokens that stand in no code, link or autolink."""
    taken = bytearray(len(text))
    for span in spans:
        if span.hold is Hold.SOLID or text[span.start] in "[`":
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    return [
        Span(found.start(), found.end(), found.end(), found.end(), Hold.SOLID)
        for found in _SOLID.finditer(text)
        if not taken[found.start()]
    ]


def _trail(state: StateInline) -> _Trail:
    trail = state.env[_TRAIL]
    assert isinstance(trail, _Trail)
    return trail


def _solid(rule: Rule) -> Rule:
    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
        start = state.pos
        found = rule(state, silent)
        if found and not silent:
            _trail(state).spans.append(Span(start, state.pos, state.pos, state.pos, Hold.SOLID))
        return found

    return run


def _code(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
    start, known = state.pos, len(state.tokens)
    found = backtick(state, silent)
    if not found or silent:
        return found
    token = state.tokens[-1] if len(state.tokens) > known else None
    if token is not None and token.type == "code_inline":
        ticks = len(token.markup)
        _trail(state).spans.append(Span(start, start + ticks, state.pos - ticks, state.pos, Hold.SPAN))
    else:
        _trail(state).open_ticks.append((start, state.pos))
    return found


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
    start = state.pos
    found = link(state, silent)
    if found and not silent:
        end, state.pos = state.pos, start
        label_end = state.md.helpers.parseLinkLabel(state, start, True)  # noqa: FBT003 - theirs
        state.pos = end
        _trail(state).spans.append(Span(start, start + 1, label_end, end, Hold.SPAN))
    return found


def _delimiters(rule: Rule) -> Rule:
    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
        known = len(state.delimiters)
        found = rule(state, silent)
        end = state.pos
        for delimiter in reversed(state.delimiters[known:]):
            size = len(state.tokens[delimiter.token].content)
            _trail(state).places[delimiter.token] = (end - size, end)
            end -= size
        return found

    return run


def _pairs(state: StateInline) -> None:
    """After the parser has matched the delimiters: note the pairs and what stayed open."""
    metas: list[dict[str, Any] | None] = state.tokens_meta
    _note_pairs(_trail(state), state.delimiters)
    for meta in metas:
        if meta and "delimiters" in meta:
            _note_pairs(_trail(state), meta["delimiters"])


def _note_pairs(trail: _Trail, delimiters: list[Delimiter]) -> None:
    closers = {delimiter.end for delimiter in delimiters}
    for index, delimiter in enumerate(delimiters):
        start, inner = trail.places[delimiter.token]
        if delimiter.end >= 0:
            inner_end, end = trail.places[delimiters[delimiter.end].token]
            hold = Hold.EMPHASIS if end - start > _LONG else Hold.SPAN
            trail.spans.append(Span(start, inner, inner_end, end, hold))
        elif delimiter.open and index not in closers:
            trail.unmatched.append((start, inner))


def _scanner() -> MarkdownIt:
    parser = dialect()
    for name, rule in {"escape": escape, "entity": entity, "image": image, "autolink": autolink}.items():
        parser.inline.ruler.at(name, _solid(rule))
    parser.inline.ruler.at("backticks", _code)
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.at("emphasis", _delimiters(emphasis.tokenize))
    parser.inline.ruler.at("strikethrough", _delimiters(strikethrough.tokenize))
    parser.inline.ruler2.after("balance_pairs", "pairs", _pairs)
    return parser


_SCANNER = _scanner()
