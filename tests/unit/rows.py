"""Conversations of every shape, for rules about what the model reads."""

from hypothesis import strategies as st

from core.transcript import FilePart, ImagePart, Message, Part, Role, TextPart, ToolCall, ToolResult, ToolSpec
from core.window import IMAGE_TOKENS

WORDS = st.one_of(
    st.text(max_size=200),
    st.builds(lambda piece, times: piece * times, st.text(min_size=1, max_size=30), st.integers(0, 400)),
)
NAMES = st.one_of(st.text(max_size=20), st.text(min_size=200, max_size=255))
TEXTS = st.builds(TextPart, WORDS)
FILES = st.builds(FilePart, NAMES, WORDS, st.text(max_size=40))
PICTURES = st.builds(
    ImagePart,
    st.text("0123456789abcdef", min_size=8, max_size=8),
    st.just("image/png"),
    st.integers(1, 1_344),
    st.integers(1, 1_344),
    NAMES,
)


def row(role: Role, parts: list[Part]) -> Message:
    return Message(role, tuple(parts), "Ada" if role is Role.USER else "")


QUESTIONS = st.builds(
    row, st.just(Role.USER), st.lists(st.one_of(TEXTS, FILES, PICTURES), min_size=1, max_size=4)
)
ANSWERS = st.builds(row, st.just(Role.ASSISTANT), st.lists(TEXTS, min_size=1, max_size=1))


@st.composite
def exchanges(draw: st.DrawFn) -> list[Message]:
    """Calls of tools with their results."""
    ids = [f"c{number}" for number in range(draw(st.integers(1, 3)))]
    calls: list[Part] = [
        ToolCall(one, "look_up", f'{{"word": "{draw(st.text(max_size=50))}"}}') for one in ids
    ]
    results: list[Part] = [ToolResult(one, "look_up", draw(WORDS)) for one in ids]
    said: list[Part] = [draw(TEXTS)] if draw(st.booleans()) else []
    return [row(Role.ASSISTANT, [*said, *calls]), row(Role.TOOL, results)]


TURNS = st.builds(
    lambda question, called, answer: [question, *called, answer],
    QUESTIONS,
    st.one_of(st.just([]), exchanges()),
    ANSWERS,
)
# What stands before the question, oldest first.
HISTORIES = st.builds(lambda turns: [row for turn in turns for row in turn], st.lists(TURNS, max_size=4))
TOOLS = st.lists(
    st.builds(ToolSpec, st.text(min_size=1, max_size=20), st.text(max_size=300), st.text(max_size=2_000)),
    max_size=4,
).map(tuple)


class Counting:
    """Implements core.window.Counter otherwise than the rough one: by bytes, and pictures by their size."""

    def text(self, text: str) -> int:
        return len(text.encode()) // 3 + 2

    def picture(self, width: int, height: int) -> int:
        return min(width * height // 1_000 + 10, IMAGE_TOKENS)


def calls_and_results(rows: tuple[Message, ...]) -> list[tuple[set[str], set[str]]]:
    """The ids of each round of calls, and those of the results right behind it."""
    found: list[tuple[set[str], set[str]]] = []
    for at, one in enumerate(rows):
        called = {part.id for part in one.parts if isinstance(part, ToolCall)}
        if one.role is Role.TOOL or called:
            follows = rows[at + 1].parts if called and at + 1 < len(rows) else one.parts
            results = {part.id for part in follows if isinstance(part, ToolResult)}
            if called:
                found.append((called, results))
            elif not (at and any(isinstance(part, ToolCall) for part in rows[at - 1].parts)):
                found.append((set(), results))
    return found
