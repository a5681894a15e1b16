"""Random Markdown documents as models write them, and worse; and what people read of them."""

import itertools
import re
from collections.abc import Iterable

from hypothesis import strategies as st
from markdown_it.tree import SyntaxTreeNode

from core.markdown.plain import node_text
from core.markdown.tree import parse

WORDS = (
    *("llama", "way-station", "messenger", "a", "the", "e.g.", "3.14", "snake_case", "2*3", "x<y", "AT&T"),
    *("日本語の文章です。", "中文，测试", "한국어", "👩‍👩‍👧‍👦", "🏳️‍🌈🇵🇪", "é́", "👍🏽"),  # noqa: RUF001 - CJK
    *("don't", "“quoted”", "end.", "Stop!", "Why?", "-", "+", "1.", "#", ">", "C:\\dir", "\\*", "&amp;"),
    *("[1]", "(note)", "|", "~", "$5", "<@123456789>", "<:wave:42>", "<t:1:R>"),
    *("supercalifragilistic" * 3, "https://example.org/a_b/c?d=e&f=g"),
)
STYLED = (
    *("*road*", "**knot and stone**", "_relay_", "~~gone~~", "***both of them***", "_日本_"),
    *("**Sentence one. And two.**", "**" + "a bold passage that goes on and on " * 4 + "end**"),
    *(
        "`code span`",
        "``a ` tick``",
        "`x`",
        "![picture](https://example.org/5.png)",
        "<https://example.org/6>",
    ),
    *("[link](https://example.org/1)", "[a link of several words](https://example.org/2?a=b)"),
    *("[**bold** link](https://example.org/3)", "**see `code` *and* [link](https://example.org/4) here**"),
)
PIECES = WORDS + STYLED
HEAD = "HEAD"


def lines_of_words() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map(" ".join)


def indented(text: str, by: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([first, *(" " * len(by) + line if line else "" for line in others)])


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


@st.composite
def fences(draw: st.DrawFn) -> str:
    mark = draw(st.sampled_from(["```", "~~~", "````"]))
    info = draw(st.sampled_from(["", "python", "js title=x", "c++"]))
    lines = draw(st.lists(st.one_of(lines_of_words(), st.just("")), min_size=1, max_size=8))
    return "\n".join([mark + info, *(re.sub("[`~]", "'", line) for line in lines), mark])


@st.composite
def tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 4))
    cell = lines_of_words().map(lambda text: text.replace("|", "/").replace("\\", "/"))
    rows = draw(st.lists(st.lists(cell, min_size=columns, max_size=columns), max_size=4))
    lines = [[HEAD] * columns, ["---"] * columns, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


@st.composite
def lists(draw: st.DrawFn, blocks: st.SearchStrategy[str]) -> str:
    start = draw(st.sampled_from([0, 1, 1, 3, 9, 98]))
    between = draw(st.sampled_from(["\n", "\n\n"]))
    items = draw(st.lists(st.lists(blocks, min_size=1, max_size=2), min_size=1, max_size=5))
    found = []
    for index, parts in enumerate(items):
        marker = f"{start + index - 1}. " if start else "- "
        found.append(marker + indented("\n\n".join(parts), marker))
    return between.join(found)


def documents() -> st.SearchStrategy[str]:
    paragraph = st.lists(lines_of_words(), min_size=1, max_size=3).map(
        lambda texts: "\n".join(f"x {text}" for text in texts)
    )
    heading = st.tuples(st.integers(1, 6), lines_of_words()).map(lambda p: f"{'#' * p[0]} {p[1].strip('# ')}")
    leaf = st.one_of(paragraph, paragraph, heading, fences(), tables(), st.just("---"))
    block = st.recursive(leaf, lambda inner: lists(inner) | inner.map(quoted), max_leaves=5)
    return st.lists(block, min_size=1, max_size=5).map("\n\n".join).map(numbered)


def numbered(text: str) -> str:
    """Give every header cell words of its own, so that a repeated header is known as one."""
    numbers = itertools.count(1)
    return re.sub(HEAD, lambda _: f"head{next(numbers)}", text)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def shown(text: str) -> str:
    """What people read of one text, white space aside."""
    return squeezed(node_text(parse(text)))


def nodes(text: str, kind: str) -> list[SyntaxTreeNode]:
    return [node for node in parse(text).walk() if node.type == kind]


def read_in_order(texts: Iterable[str]) -> str:
    """What people read in all messages, without the table headers that were repeated."""
    found, header = "", ""
    for text in texts:
        words, grids = shown(text), nodes(text, "table")
        found += words[len(header) :] if header and grids and words.startswith(header) else words
        header = squeezed(node_text(grids[-1].children[0])) if grids else ""
    return found
