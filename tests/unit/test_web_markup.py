"""Markdown as the page draws it: readable, and harmless whatever it says."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.markup import draw, draw_finished
from tests.browser.hostile import HOSTILE

TAGS = frozenset(
    (
        "p",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "li",
        "hr",
        "br",
        "em",
        "strong",
        "s",
        "code",
        "pre",
        "a",
        "div",
        "span",
        "button",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    )
)
ATTRIBUTES = {
    "a": {"href", "target", "rel"},
    "ol": {"start"},
    "div": {"class", "role", "aria-label", "tabindex"},
    "pre": {"tabindex"},
    "button": {"type", "class"},
    "th": {"class"},
    "td": {"class"},
}


class Reader(HTMLParser):
    """What a browser would make of it: elements with attributes, links, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"hr", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def read(markdown: str) -> Reader:
    """Read back, and hold every element against what may be there at all."""
    reader = Reader()
    for block in draw(markdown):
        reader.feed(block)
        assert reader.open == [], "a block closes what it opens"
    reader.close()
    for tag, attributes in reader.elements:
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES.get(tag, set())
        if tag == "a":
            assert str(attributes["href"]).lower().startswith(("http://", "https://", "mailto:"))
            assert attributes["target"] == "_blank"
            assert set(str(attributes["rel"]).split()) == {"noopener", "noreferrer", "nofollow"}
    return reader


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_markdown_does_nothing(markdown: str) -> None:
    # A short text of its own beside it is still drawn.
    reader = read(f"{markdown}\n\nafterwards")
    assert reader.words.strip().endswith("afterwards")


@given(st.lists(st.sampled_from([*HOSTILE, "\n", "\n\n", " ", "> ", "- ", "| ", "**", "[", "](", ")", "`"])))
def test_hostile_markdown_in_any_mixture(pieces: list[str]) -> None:
    read("".join(pieces))


@given(st.text(alphabet="*_~`[]()<>!#|-+=:&;\\\"' \n\tabc1.", max_size=200))
def test_any_markdown_is_well_formed(markdown: str) -> None:
    read(markdown)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# One\n## Two\n### Three\n#### Four", "<h3>One</h3><h4>Two</h4><h5>Three</h5><h6>Four</h6>"),
        ("a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("> q\n\n---", "<blockquote><p>q</p></blockquote><hr>"),
        ("one\ntwo  \nthree", "<p>one\ntwo<br>three</p>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("", ""),
    ],
)
def test_what_is_drawn(markdown: str, html: str) -> None:
    assert "".join(draw(markdown)) == html


def test_a_code_block_has_its_language_and_its_text_unchanged() -> None:
    code = "if (a < b && c)\n\treturn  '\\n';\n"
    reader = read(f"```c++ title\n{code}```")
    assert "c++" in reader.words
    assert code in reader.words
    assert "text" in read("```\nplain\n```").words


def test_a_table_is_aligned_by_class() -> None:
    reader = read("|a|b|c|d|\n|:--|:-:|--:|---|\n|1|2|3|4|")
    cells = [attributes.get("class") for tag, attributes in reader.elements if tag == "td"]
    assert cells == ["left", "center", "right", None]


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("see https://a.example/x?y=1&z=2.", ["https://a.example/x?y=1&z=2"]),
        ("(https://a.example/wiki/Llama_(animal))", ["https://a.example/wiki/Llama_(animal)"]),
        ("HTTP://A.example, and http://b.example!", ["HTTP://A.example", "http://b.example"]),
        ("<https://a.example> [b](http://b.example) <c@d.example>", None),
        ("`https://a.example` is code", []),
        ("[https://a.example](https://b.example)", ["https://b.example"]),
        ("![a llama](https://a.example/llama.png)", ["https://a.example/llama.png"]),
        ("[![in](https://a.example/1.png)](https://b.example)", ["https://b.example"]),
        ("[local](page.html) ftp://a.example", []),
    ],
)
def test_links(markdown: str, links: list[str] | None) -> None:
    expected = ["https://a.example", "http://b.example", "mailto:c@d.example"] if links is None else links
    assert [attributes["href"] for tag, attributes in read(markdown).elements if tag == "a"] == expected


def test_a_picture_is_named_not_loaded() -> None:
    assert read("![a *brown* llama](https://a.example/llama.png)").words == "a brown llama"
    assert read("![](https://a.example/llama.png)").words == "picture"
    assert read("![only words](data:image/png;base64,AAAA)").words == "only words"


@pytest.mark.parametrize(
    "markdown",
    [
        "**" * 4000 + "deep" + "**" * 4000,
        "> " * 19 + "deep",
        "- " * 9 + "deep",
        "![" * 1500 + "deep" + "](https://a.example)" * 1500,
        "[" * 4000 + "deep" + "](https://a.example)" * 4000,
        "`" * 4000 + "deep",
    ],
)
def test_depth_does_not_break_it(markdown: str) -> None:
    assert "deep" in read(markdown).words


@given(
    st.lists(
        st.sampled_from(["para", "- item", "```\ncode\n```", "> quote", "| a |\n|---|\n| b |"]), min_size=1
    )
)
def test_a_growing_answer_keeps_the_blocks_that_are_over(blocks: list[str]) -> None:
    # Something between them, so that no two lists or quotes are one.
    texts = [f"{block}\n\nand" for block in blocks]
    before: tuple[str, ...] = ()
    for end in range(1, len(texts) + 1):
        now = draw("\n\n".join(texts[:end]))
        assert now[: len(before)] == before
        before = now
    assert before == draw_finished("\n\n".join(texts))


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
def test_blocks_nested_beyond_reason_are_still_well_formed(mark: str) -> None:
    assert read(mark * 4000 + "deep").elements != []
