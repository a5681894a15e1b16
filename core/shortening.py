"""Texts and rows made shorter, with a visible word about what is missing. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from core.transcript import FilePart, Message, Part, Role, TextPart, ToolResult
from core.window import MESSAGE_OVERHEAD, Counter, has_calls, units, weight_of

# Below this a cut text is little more than the note of what was left out.
LEAST_CUT = 16
MARK = " [...]"


def clip(text: str, tokens: int, counter: Counter) -> str:
    """Keep a text's beginning and end, so that it has at most ``tokens``; empty where nothing fits."""
    whole = counter.text(text)
    if whole <= tokens:
        return text
    for with_note in (True, False):
        keep = len(text) * max(tokens, 0) // whole
        while keep > 0:
            short = _without_middle(text, keep) if with_note else text[:keep] + MARK
            weight = counter.text(short)
            if weight <= tokens:
                return short
            # What is kept may be denser than the rest, and the note has its weight too.
            keep = min(keep - 1, keep * tokens // weight)
    return ""


def shares(weights: Sequence[int], room: int) -> list[int]:
    """Divide room so that who wants less than an equal share gets all of it, and the others the rest."""
    given = [0] * len(weights)
    by_weight = sorted(range(len(weights)), key=lambda index: weights[index])
    for done, index in enumerate(by_weight):
        given[index] = min(weights[index], max(room, 0) // (len(weights) - done))
        room -= given[index]
    return given


def squeezed(rows: tuple[Message, ...], budget: int, counter: Counter) -> tuple[Message, ...]:
    """Make rows fit into ``budget`` tokens.

    What tools said and files are shortened first, then words. Where that is not enough, older tool
    calls go with their results, then older rows; the newest words of a person stay to the last.
    """
    kept = units(rows)
    while kept:
        flat = tuple(row for unit in kept for row in unit)
        short = _shortened(flat, budget, counter)
        if short is not None:
            return short
        if len(kept) == 1:
            return (_bare(kept[0][0], budget, counter),)
        kept.pop(_least_needed(kept))
    return ()


def _without_middle(text: str, keep: int) -> str:
    head, tail = keep - keep // 3, keep // 3
    return (
        f"{text[:head]}\n[... {len(text) - head - tail} characters left out ...]\n{text[len(text) - tail :]}"
    )


def _shortened(rows: tuple[Message, ...], budget: int, counter: Counter) -> tuple[Message, ...] | None:
    """Shorten the texts in some rows, as far as that makes sense."""
    if weight_of(rows, counter) <= budget:
        return rows
    parts = [part for row in rows for part in row.parts]
    room = budget - weight_of((replace(row, parts=tuple(map(_emptied, row.parts))) for row in rows), counter)
    weights = [counter.text(_text_of(part)) for part in parts]
    if room < sum(min(one, LEAST_CUT) for one in weights):
        return None
    bulk = [index for index, part in enumerate(parts) if isinstance(part, FilePart | ToolResult)]
    words = [index for index, part in enumerate(parts) if isinstance(part, TextPart)]
    least = sum(min(weights[index], LEAST_CUT) for index in bulk)
    given = dict(zip(words, shares([weights[index] for index in words], room - least), strict=True))
    room -= sum(given.values())
    given.update(zip(bulk, shares([weights[index] for index in bulk], room), strict=True))
    cut = iter([_cut(part, given.get(index, 0), counter) for index, part in enumerate(parts)])
    return tuple(replace(row, parts=tuple(next(cut) for _ in row.parts)) for row in rows)


def _text_of(part: Part) -> str:
    return part.text if isinstance(part, TextPart | FilePart | ToolResult) else ""


def _emptied(part: Part) -> Part:
    return replace(part, text="") if isinstance(part, TextPart | FilePart | ToolResult) else part


def _cut(part: Part, tokens: int, counter: Counter) -> Part:
    if isinstance(part, TextPart | FilePart | ToolResult):
        return replace(part, text=clip(part.text, tokens, counter))
    return part


def _bare(row: Message, budget: int, counter: Counter) -> Message:
    """Leave nothing of a row but its words."""
    others = sum(not isinstance(part, TextPart) for part in row.parts)
    note = f"[{others} attachments left out: there is no room for them]" if others else ""
    text = "\n".join(filter(None, (row.text, note)))
    return replace(row, parts=(TextPart(clip(text, budget - MESSAGE_OVERHEAD, counter)),))


def _least_needed(kept: list[tuple[Message, ...]]) -> int:
    asked = [index for index, unit in enumerate(kept) if unit[0].role is Role.USER]
    last = asked[-1] if asked else len(kept) - 1
    calls = [index for index, unit in enumerate(kept) if has_calls(unit[0]) and index != last]
    others = [index for index in range(len(kept)) if index != last and index not in calls]
    return [*calls[:-1], *others, *calls[-1:]][0]
