"""Markdown drawn for Discord: what it cannot draw is changed, everything else is left alone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.markup import measure, render
from core.markdown.tree import parse

FENCE = "```"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words, *soft*, **loud**, __both__ ~~gone~~ ||hidden||",
        "# One\n## Two\n### Three",
        "- [ ] open\n- [x] done",
        "> quoted\n> more",
        "1. one\n2. two\n   - nested",
        f"{FENCE}python\nprint('@everyone')\n{FENCE}",
        "[label](https://example.com) and <https://example.com>",
        "`@everyone` and `![alt](x)` are code",
        "a < b && c > d <br> <script>",
        "x" * 5000,
        "emoji 👩‍👩‍👧‍👦 and עברית",
        "an array[0] and a call()! Mail me: a@example.com",
        "line one  \nline two\\\nline three",
        "\n\nspaces   inside\n\n\n",
    ],
)
def test_what_discord_draws_is_left_alone(text: str) -> None:
    assert render(text) == text


@pytest.mark.parametrize(
    ("markdown", "drawn"),
    [
        ("#### Four", "**Four**"),
        ("###### **Six**", "**Six**"),
        ("> #### Four", "> **Four**"),
        ("- #### Four", "- **Four**"),
        ("Title\n=====", "# Title"),
        ("Title\n-----\ntext", "## Title\ntext"),
        ("[https://x.org](https://x.org)", "https://x.org"),
        ("[https://x.org/](https://x.org)", "https://x.org"),
        ("[https://bank.org](https://evil.org)", "https://bank.org (https://evil.org)"),
        ("![a cat](https://x.org/cat.png)", "[a cat](https://x.org/cat.png)"),
        ("![](https://x.org/cat.png)", "https://x.org/cat.png"),
        ("![a cat](cat.png)", "a cat"),
        (
            "see ![a](https://x.org/1) and ![b](https://x.org/2)!",
            "see [a](https://x.org/1) and [b](https://x.org/2)!",
        ),
        ("> see ![a](https://x.org/1)\n> @here", "> see [a](https://x.org/1)\n> @\u200bhere"),
        ("- one ![a](https://x.org/1)\n- two", "- one [a](https://x.org/1)\n- two"),
        ("# All @everyone", "# All @\u200beveryone"),
        ("hey @everyone and @here, `@here`", "hey @\u200beveryone and @\u200bhere, `@here`"),
        (
            "\\@everyone <@everyone> [x](@here) ![](@here)",
            "\\@\u200beveryone <@\u200beveryone> [x](@\u200bhere) @\u200bhere",
        ),
        ("see https://x.org/@here", "see https://x.org/@here"),
        ("    indented code", f"{FENCE}\nindented code\n{FENCE}"),
        ("~~~js\nlet a\n~~~", f"{FENCE}js\nlet a\n{FENCE}"),
        (f"{FENCE}py\nunclosed", f"{FENCE}py\nunclosed\n{FENCE}"),
        (f"{FENCE}python title=a.py\nx\n{FENCE}", f"{FENCE}python\nx\n{FENCE}"),
        (f"- item\n  {FENCE}py\n  x = 1\n  {FENCE}\n- next", f"- item\n{FENCE}py\nx = 1\n{FENCE}\n- next"),
        (f"> {FENCE}py\n> x\n> {FENCE}", f"> {FENCE}py\n> x\n> {FENCE}"),
    ],
)
def test_what_discord_cannot_draw_is_changed(markdown: str, drawn: str) -> None:
    assert render(markdown) == drawn


def test_a_table_becomes_an_aligned_block() -> None:
    drawn = render("before\n\n| Name | Age |\n|---|---|\n| Ana | 7 |\n| Robert | 11 |\n\nafter")
    block = drawn.split(FENCE)[1].strip("\n").split("\n")
    assert drawn.startswith("before\n\n")
    assert drawn.endswith("\n\nafter")
    assert "Name" in block[0]
    cells = [line for line in block if "Ana" in line or "Robert" in line]
    assert len(cells) == 2
    assert cells[0].index("7") >= cells[1].index("11")


def test_a_wide_table_stays_within_a_screen() -> None:
    drawn = render(f"| A | B |\n|---|---|\n| {'word ' * 40} | {'other ' * 40} |")
    assert max(map(len, drawn.split("\n"))) <= 56
    assert drawn.count("word") == 40


def test_a_rule_is_drawn() -> None:
    drawn = render("a\n\n---\n\nb")
    assert "---" not in drawn
    assert len(drawn.split("\n")) == 5


def test_backticks_in_a_longer_fence_do_not_end_it() -> None:
    drawn = render("````md\n```py\nx\n```\n````")
    assert drawn.count(FENCE) == 2
    assert drawn.replace("\u200b", "").count(FENCE) == 4


def test_the_measure_is_what_discord_counts() -> None:
    assert measure("👍🏽") == 2
    assert measure("#### a") == len("**a**")


PIECES = st.sampled_from(
    [
        *("# h\n", "#### small\n", "- item\n", "  - nested\n", "1. one\n", "> quote\n", "```py\n", "```\n"),
        *(
            "~~~\n",
            "    four\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            "***\n",
            "---\n",
            "===\n",
            "\n",
            "word ",
        ),
        *("**bold** ", "`code` ", "``a ` b`` ", "[l](https://e.org) ", "![i](https://e.org/i.png) "),
        *(
            "[https://e.org](https://e.org) ",
            "@everyone ",
            "@here",
            "<@123> ",
            "<b>",
            "\\",
            "*",
            "_",
            "[",
            "](",
        ),
        *("!", "\t", "\r\n", "\0", "é👩‍👧", "||spoiler||"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200))
def test_render_never_fails_and_disarms(markdown: str) -> None:
    drawn = render(markdown)
    if not any(code in markdown for code in ("`", "~~~", "    ", "\t", "|---")):
        assert not re.search(r"@(everyone|here)", re.sub(r"https?://\S+", "", drawn))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="`\r\0"), max_size=30), min_size=1, max_size=5
    ),
    st.sampled_from(["", "- item\n  ", "> ", "1. one\n   "]),
)
def test_code_is_kept_to_the_letter(lines: list[str], opening: str) -> None:
    margin = {"": "", "- item\n  ": "  ", "> ": "> ", "1. one\n   ": "   "}[opening]
    body = "\n".join(lines).split("\n")
    markdown = "\n".join([f"{opening}```py", *(margin + line for line in body), f"{margin}```"])
    fences = [node for node in parse(markdown).walk() if node.type == "fence"]
    drawn = [node for node in parse(render(markdown)).walk() if node.type == "fence"]
    assert [node.content for node in drawn] == [node.content for node in fences]
