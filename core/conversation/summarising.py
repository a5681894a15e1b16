"""What of a thread is summarised, how the model is asked for it, and what is taken as a summary. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.conversation.context import room_of
from core.filling import without_files
from core.shortening import clip, shares
from core.thread_memory import MemoryRow, Summary, ThreadMemory
from core.transcript import (
    FilePart,
    Finish,
    ImagePart,
    Message,
    ModelInfo,
    ModelRequest,
    Part,
    Role,
    TextPart,
)
from core.window import FRAME, MESSAGE_OVERHEAD, Counter, weight

# A smaller window is that of a model to try things out with, whose summaries would be worse than nothing.
LEAST_WINDOW = 4_000
# The other half is for prompt, tools, pins, and the files of the next question.
DUE_SHARE = 0.5
# Every question pays for every row, and models find little in the middle of a very long prompt.
DUE_MOST = 24_000
# What is kept of that as it is: a summary then frees so much that the next one is far off.
KEPT_SHARE = 0.5
# The last question and its answer are what people go on from: they stay unless hardly anything fits beside.
LAST_SHARE = 0.75
LENGTH_SHARE = 0.125
LENGTH_MOST = 1_000
# A refusal or a pleasantry is a sentence, whatever it stands for.
LEAST_SHARE = 0.005
WORDS_PER_TOKEN = 0.6
FILE_TOKENS = 120
TEMPERATURE = 0.2
BEFORE = "The summary so far:"
SINCE = "What was said since, the oldest first:"
_BACKTICKS = re.compile(r"`+")
_SENTENCE = re.compile(r".*(?:[.!?。！？।]|\n)", re.DOTALL)  # noqa: RUF001 - as other scripts end them


@dataclass(frozen=True, slots=True)
class Plan:
    """A summary to be made: of the rows up to ``upto``, which weigh ``replaced`` tokens with the old one."""

    request: ModelRequest
    upto: int
    replaced: int


def plan(memory: ThreadMemory, limit: int, prompt: str, info: ModelInfo, counter: Counter) -> Plan | None:
    """Say what is to be summarised next, ``None`` when nothing has to be.

    ``memory`` holds the oldest ``limit`` rows behind the summary, or all if there are fewer.
    """
    if info.window < LEAST_WINDOW:
        return None
    room = room_of(info).tokens
    rows = memory.rows
    due = rows[: _cut(rows, room, counter, is_all=len(rows) < limit)]
    if not due:
        return None
    length = max(min(int(room * LENGTH_SHARE), LENGTH_MOST), 1)
    system = Message(Role.SYSTEM, (TextPart(prompt),))
    before = _fenced(clip(memory.summary.text, 2 * length, counter)) if memory.summary else ""
    asked = f"Write the summary now, in at most {max(int(length * WORDS_PER_TOKEN), 10)} words."
    frame = tuple(filter(None, (BEFORE if before else "", before, SINCE, asked)))
    left = (
        info.window
        - FRAME
        - length
        - weight(system, counter)
        - sum(map(counter.text, frame))
        - MESSAGE_OVERHEAD
    )
    taken, quotes = _quoted(due, left, counter)
    said = (*frame[:-1], *quotes, asked)
    replaced = sum(weight(without_files(row.message), counter) for row in taken)
    return Plan(
        ModelRequest(
            (system, Message(Role.USER, tuple(map(TextPart, said)))),
            max_tokens=length,
            temperature=TEMPERATURE,
        ),
        taken[-1].position,
        replaced + (counter.text(memory.summary.text) if memory.summary else 0),
    )


def accepted(said: str, reason: Finish, planned: Plan, counter: Counter) -> str:
    """Return the summary that the model made, empty when it is none.

    That is when it was refused, says nothing, or is no shorter than what it would stand for. One that
    reached its length ends with its last whole sentence.
    """
    text = said.strip()
    if reason is Finish.LENGTH:
        whole = _SENTENCE.match(text)
        text = whole.group().strip() if whole else ""
    if reason not in {Finish.STOP, Finish.LENGTH} or not text:
        return ""
    tokens = counter.text(text)
    return text if planned.replaced * LEAST_SHARE <= tokens < planned.replaced else ""


def summary_of(text: str, planned: Plan, info: ModelInfo, counter: Counter, now: float) -> Summary:
    """Make the row of an accepted text."""
    return Summary(planned.upto, text, counter.text(text), info.name, now)


def _cut(rows: Sequence[MemoryRow], room: int, counter: Counter, *, is_all: bool) -> int:
    """How many of the oldest rows are summarised: always whole exchanges."""
    weights = [weight(without_files(row.message), counter) for row in rows]
    due = min(int(room * DUE_SHARE), DUE_MOST)
    if is_all and sum(weights) <= due:
        return 0
    starts = _starts(rows)
    if not is_all:
        # What stands behind these rows is unknown: it is what is kept.
        return next((start for start in starts if start >= len(rows) // 2), len(rows))
    kept = int(due * KEPT_SHARE)
    cut = next((start for start in starts if sum(weights[start:]) <= kept), len(rows))
    last = starts[-1] if starts else 0
    return last if cut == len(rows) and sum(weights[last:]) <= room * LAST_SHARE else cut


def _starts(rows: Sequence[MemoryRow]) -> list[int]:
    """Where a new exchange begins, but the first."""
    roles = [row.message.role for row in rows]
    return [at for at in range(1, len(rows)) if roles[at] is Role.USER and roles[at - 1] is not Role.USER]


def _quoted(
    due: Sequence[MemoryRow], room: int, counter: Counter
) -> tuple[Sequence[MemoryRow], tuple[str, ...]]:
    """Quote as many whole exchanges as fit, the oldest first; the first is cut when it does not."""
    quotes = [_quote(row.message, counter) for row in due]
    ends = [*_starts(due), len(due)]
    weights = [counter.text(quote) for quote in quotes]
    fitting = [end for end in ends if sum(weights[:end]) <= room]
    if fitting:
        return due[: fitting[-1]], tuple(quotes[: fitting[-1]])
    first = due[: ends[0]]
    given = shares(weights[: ends[0]], room)
    return first, tuple(
        _quote(row.message, counter, tokens) for row, tokens in zip(first, given, strict=True)
    )


def _quote(message: Message, counter: Counter, most: int | None = None) -> str:
    """Fence what somebody said, at most so many tokens of it."""
    who = " ".join(message.author.split()) if message.role is Role.USER else ""
    text = "\n".join(filter(None, (_told(part, counter) for part in message.parts)))
    head = f"{who} said:" if who else "The assistant said:"
    quote = f"{head}\n{_fenced(text)}"
    room = counter.text(text)
    # What is around the words has its weight too, and what is kept of them may be denser than the rest.
    while text and most is not None and (over := counter.text(quote) - most) > 0:
        room -= over
        text = clip(text, room, counter)
        quote = f"{head}\n{_fenced(text)}"
    return quote


def _told(part: Part, counter: Counter) -> str:
    match part:
        case TextPart(text=text):
            return text
        case ImagePart(name=name):
            return f"[a picture, {name}]"
        case FilePart(name=name, text=text, note=note):
            return f"[a file, {name}: {clip(text, FILE_TOKENS, counter) or note}]"
        case _:
            return ""


def _fenced(text: str) -> str:
    """Put text between fences that nothing in it can end."""
    fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    return f"{fence}\n{text}\n{fence}"
