"""A text that is still being written looks finished at every step."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.markdown.preview import close_open
from tests.unit.markdown_documents import documents, nodes, shown

PROPERTY = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

TAILS = {
    "It is **bo": "It is **bo**",
    "It is **bold*": "It is **bold**",
    "It is **": "It is ",
    "It is ***both": "It is ***both***",
    "_half a word": "_half a word_",
    "~~gone": "~~gone~~",
    "**bold and *more": "**bold and *more***",
    "Run `co": "Run `co`",
    "Run ``a ` b`": "Run ``a ` b``",
    "Run `": "Run ",
    "`**not bold": "`**not bold`",
    "See [the docs": "See the docs",
    "See [the docs](": "See the docs",
    "See [the docs](http://hal": "See the docs",
    "See [**the": "See **the**",
    "See ![pic": "See ",
    "See ![picture](http://": "See ",
    "Hi <@12": "Hi ",
    "Hi <:wa": "Hi ",
    "At <https://exa": "At ",
    "A back\\": "A back",
    "```python\nprint(1": "```python\nprint(1\n```",
    "```python\nprint(1)\n``": "```python\nprint(1)\n```",
    "Code:\n\n```py": "Code:",
    "Code:\n\n```py\n": "Code:",
    "Code:\n\n``": "Code:",
    "1. x\n   ```sh\n   ls": "1. x\n   ```sh\n   ls\n   ```",
    "> ~~~\n> ls": "> ~~~\n> ls\n> ~~~",
    "Text\n-": "Text",
    "Text\n---": "Text",
    "Text\n==": "Text",
    "- one\n-": "- one",
    "- one\n- **t": "- one\n- **t**",
    "Text\n\n#": "Text",
    "## Ti*t": "## Ti*t*",
    "Text\n\n| a | b": "Text",
    "Text\n\n| a | b |\n|--": "Text",
    "a | b\n--|": "a | b",
    "| a | b |\n|---|---|\n| 1 | **x": "| a | b |\n|---|---|\n| 1 | **x**",
    "> quoted **te": "> quoted **te**",
    "over two\nlines **of\ntext": "over two\nlines **of\ntext**",
}

FINISHED = (
    "A **bold** and `code` [link](https://example.org) <@1> end.",
    "Sum: 2 * 3 = 6, snake_case, x < y",
    "As [1] says",
    "array[0] and f(x)",
    "```py\nx = '**'\n```",
    "- a\n- b\n\n1. c",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Text\n---\n",
    "Text\n\n---",
    "An unmatched **star.\n\n",
    "*open\n\nNext",
    "    indented `code",
    "Price: 5*",
    "",
)


@pytest.mark.parametrize(("text", "looks"), TAILS.items())
def test_an_unfinished_tail_is_completed_or_waits(text: str, looks: str) -> None:
    assert close_open(text) == looks


@pytest.mark.parametrize("text", FINISHED)
def test_a_finished_text_is_left_alone(text: str) -> None:
    assert close_open(text) == text


@PROPERTY
@given(documents(), st.integers(0, 3000))
def test_a_closed_text_stays_as_it_is(text: str, length: int) -> None:
    once = close_open(text[:length])
    assert close_open(once) == once


@PROPERTY
@given(documents(), st.integers(0, 3000))
def test_only_the_tail_changes_and_no_fence_stays_open(text: str, length: int) -> None:
    begun = text[:length]
    closed = close_open(begun)
    paragraphs = begun.split("\n\n")
    if not nodes(begun, "fence") and not nodes(begun, "list_item"):
        assert closed.startswith("\n\n".join(paragraphs[:-1]).rstrip())
    last = closed.split("\n")[-1].strip(" >")
    fences = [node for node in nodes(closed, "fence") if node.map and node.map[1] == closed.count("\n") + 1]
    assert all(last.startswith(fence.markup) for fence in fences)
    assert len(shown(closed)) <= len(shown(begun)) + 2


@pytest.mark.parametrize(
    "text", ["`" * 3000, "**a " * 700, "[" * 2000, "> " * 900 + "*x", "<@" * 900, "|" * 1990]
)
def test_hostile_tails_are_closed_at_once(text: str) -> None:
    began = time.perf_counter()
    close_open(text)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("junk", ["[", "![", "*", "`", "<", "_a ", "> ", "- ", "| "])
def test_a_flood_of_openers_is_over_soon(junk: str) -> None:
    begun = time.process_time()
    close_open("Words first. " + junk * 3000)
    assert time.process_time() - begun < 2.0
