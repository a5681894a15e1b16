"""What is said on the stages: texts of any size, and a text that would wake everybody."""

from collections.abc import Callable, Mapping

from core.capabilities import Capabilities

BOOK = 50_000
MENTIONS = (
    "@everyone @here <!channel> <!here|here> <!subteam^S1> <@U1> <@!123> <@&456> <#C1> **@everyone** "
    "[@here](https://example.com/) `@everyone` \\<!channel> \\@everyone <span><@U2></span>\n\n"
    "> @everyone <!here>\n\n- <@U1>\n\n```\n@everyone <!channel>\n```\n\nhttps://example.com/a <@U1>\n\n"
    "| @here | <!channel> |\n|---|---|\n| <@U2> | @everyone |"
)
TABLE = "| one | two | three |\n|---|---|---|\n"
GROWING: Mapping[str, Callable[[int], str]] = {
    "prose": lambda count: ("Llamas hum, and then they walk on, slowly. " * count)[: 7 * count],
    "emoji": lambda count: "👩‍👩‍👧‍👦🏳️‍🌈👍" * count,
    "CJK": lambda count: "美洲駝在山上走得很慢。" * count,
    "signs": lambda count: "**bold** & *thin* < > `code` [a](https://a.test/) " * count,
    "paragraphs": lambda count: "\n\n".join(["A line of its own."] * count),
    "fences": lambda count: "\n\n".join(["```python\nprint('hi')  # <!channel>\n```"] * count),
    "one fence": lambda count: "```\n" + "x = y & z < 1\n" * count + "```",
    "table": lambda count: TABLE + "| a | 字字 | 👍 & <b> |\n" * count,
    "list": lambda count: "- item\n  1. deeper @everyone\n" * count,
}


def most(grow: Callable[[int], str], able: Capabilities) -> int:
    """How far a text can grow before it is more than the platform says it takes."""
    low, high = 1, able.max_message + 1
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if able.measure(grow(middle)) <= able.max_message else (low, middle)
    return low


def kinds(able: Capabilities) -> tuple[str, ...]:
    """What to grow: where a message holds a book, one kind of text does."""
    return tuple(GROWING) if able.max_message < BOOK else ("list",)
