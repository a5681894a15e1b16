"""Markdown for Slack: harmless, whole, and weighed as Slack counts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.markup import (
    MAX_MESSAGE,
    MAX_NOTIFICATION,
    fallback,
    notification,
    render,
    weight,
)
from adapters.slack.mrkdwn import mrkdwn
from core.markdown.tree import parse
from tests.emulators.slack.blocks import check_message_blocks

ARMED = re.compile(r"<[!@#]")
STRUCTURE = (
    "`",
    "``",
    "```",
    "~~~",
    "\n",
    "\n\n",
    "    ",
    "> ",
    "- ",
    "1. ",
    "# ",
    "|",
    "|-|",
    "\\",
    "[",
    "](",
    ")",
    "![",
)
MENTIONS = (
    "<!channel>",
    "<@U1>",
    "<#C1>",
    "<!subteam^S1>",
    "<https://a.b>",
    "<",
    ">",
    "&lt;",
    "&",
    "*",
    "_",
    "~~",
)
ODDITIES = ("word", "\r\n", "\0", "\u2028", "\u200d", "العربية", "漢字", "<b>", "</b>", "<!--", "\t")
PIECES = st.sampled_from((*STRUCTURE, *MENTIONS, *ODDITIES))
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@pytest.mark.parametrize(
    ("markdown", "drawn"),
    [
        (
            "<!channel> <!here> <@U1> <#C1> <!subteam^S1>",
            "&lt;!channel> &lt;!here> &lt;@U1> &lt;#C1> &lt;!subteam^S1>",
        ),
        ("\\<!channel>", "&lt;!channel>"),
        ("`<!channel>` stays", "`<!channel>` stays"),
        ("```\n<!channel>\n```", "```\n<!channel>\n```"),
        ("```<!here>\nx\n```", "```&lt;!here>\nx\n```"),
        ("    <!channel>", "    &lt;!channel>"),
        ("|a|b|\n|-|-|\n|`|<!here> `|", "|a|b|\n|-|-|\n|`|&lt;!here> `|"),
        ("a `tick\n\nb <!here> `", "a `tick\n\nb &lt;!here> `"),
        ("[x]: <!here>", "[x]: &lt;!here>"),
        ("![cat](https://evil.test/c.png)", "[cat](https://evil.test/c.png)"),
        ("[![cat](https://a.test/c.png)](https://b.test)", "[cat](https://b.test)"),
        ("\\![not](one)", "\\![not](one)"),
        ("<b>bold</b> and a < b > c", "&lt;b>bold&lt;/b> and a < b > c"),
        ("<https://a.test/?b=1&c=2>", "<https://a.test/?b=1&c=2>"),
        ("**a** _b_ ~~c~~ [d](https://d.test)", "**a** _b_ ~~c~~ [d](https://d.test)"),
    ],
)
def test_what_slack_is_given_to_draw(markdown: str, drawn: str) -> None:
    assert render(markdown) == drawn


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_no_mention_survives_outside_of_code(markdown: str) -> None:
    drawn = render(markdown)
    kinds = {"fence", "code_inline", "code_block"}
    code = "\n".join(node.content for node in parse(drawn).walk() if node.type in kinds)
    assert len(ARMED.findall(drawn)) <= len(ARMED.findall(code))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_nothing_in_plain_texts_means_anything_to_slack(markdown: str) -> None:
    for text in (mrkdwn(markdown), notification(markdown)):
        assert ARMED.search(text) is None
        assert re.search(r"&(?!amp;|lt;|gt;)", text) is None
    assert re.search(r"<(?!https?://|mailto:)", mrkdwn(markdown)) is None


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_drawn_and_weighed(text: str) -> None:
    assert isinstance(render(text), str)
    assert isinstance(mrkdwn(text), str)
    assert weight(text) >= len(render(text))


@given(
    st.lists(
        st.sampled_from(["# h\n\n", "para\n\n", "- a\n- b\n\n", "```\nx\n```\n\n", "> q\n\n"]), max_size=80
    )
)
@settings(max_examples=100, deadline=None)
def test_what_weighs_little_enough_is_accepted(parts: list[str]) -> None:
    markdown = "".join(parts)
    if markdown and weight(markdown) <= MAX_MESSAGE:
        check_message_blocks([{"type": "markdown", "text": render(markdown)}])


def test_tables_weigh_as_slack_counts_them() -> None:
    table = "|a|\n|-|\n" + "|b|\n" * 5
    assert weight(table) < MAX_MESSAGE
    assert weight(f"{table}\n\nand\n\n{table}") > MAX_MESSAGE
    assert weight("|a|\n|-|\n" + "|b|\n" * 100) > MAX_MESSAGE


@pytest.mark.parametrize(
    ("markdown", "drawn"),
    [
        ("# Head", "*Head*"),
        ("**a** *b* ~~c~~ `d`", "*a* _b_ ~c~ `d`"),
        ("[site](https://a.test?x=1&y=2)", "<https://a.test?x=1&amp;y=2|site>"),
        ("[bad](javascript:alert(1))", "[bad](javascript:alert(1))"),
        ("![cat](https://a.test/c.png)", "<https://a.test/c.png|cat>"),
        ("- a\n- b\n  - c", "• a\n• b\n    • c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> a\n> b", "> a\n> b"),
        ("```py\na < b\n```", "```\na &lt; b\n```"),
        ("|a|bb|\n|-|-|\n|ccc|d|", "```\na    bb\nccc  d\n```"),
        ("<!channel> & co", "&lt;!channel&gt; &amp; co"),
    ],
)
def test_mrkdwn(markdown: str, drawn: str) -> None:
    assert mrkdwn(markdown) == drawn


def test_a_book_is_weighed_without_being_read() -> None:
    assert weight("word " * 1_000_000) > MAX_MESSAGE


def test_a_notification_is_cut_between_characters() -> None:
    for text in ("<" * 4_000, "a&" * 2_000, "word " * 2_000):
        cut = notification(text)
        assert len(cut) <= MAX_NOTIFICATION
        assert re.search(r"&(?!amp;|lt;|gt;)", cut) is None


def test_a_fallback_is_whole_or_none() -> None:
    assert fallback("x" * 3_000) == "x" * 3_000
    assert fallback("<" * 3_000) is None
