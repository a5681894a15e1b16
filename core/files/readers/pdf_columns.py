"""Columns of prose on a PDF page that were written line by line across the page.

Most programs write one column after the other, and then the order of writing is the order of reading. Some
write line by line; then every other line belongs to the other column. A table is written so as well, and
must stay so: only lines that fill their column make it prose.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from core.files.readers.pdfium import TextHandle

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""

_FEW = 4
_MANY = 2_000
_STRIPS = 100
_MIDDLE = (30, 70)
_CROSSING = 0.1
_GUTTER = 0.015
_FILLED = 0.6
_ALTERNATING = 0.5
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])- *\n(?=[a-z\u00df-\u00ff])")


@dataclass(frozen=True, slots=True)
class _Split:
    """Lines on the left, on the right, and across both."""

    left: tuple[Box, ...]
    right: tuple[Box, ...]
    across: tuple[Box, ...]
    place: float


def in_columns(written: TextHandle) -> str | None:
    """The text, one column after the other; ``None`` where the order of writing is as good."""
    count = written.count_rects()
    if not 2 * _FEW <= count <= _MANY:
        return None
    boxes = [written.get_rect(index) for index in range(count)]
    split = _split(boxes)
    if split is None or not (_is_prose(split.left) and _is_prose(split.right) and _alternates(boxes, split)):
        return None
    return "\n".join(filter(None, (_region(written, box) for box in _regions(boxes, split))))


def _split(boxes: Sequence[Box]) -> _Split | None:
    """The lines on both sides of a strip in the middle that nearly no line crosses."""
    start, end = min(box[0] for box in boxes), max(box[2] for box in boxes)
    width = (end - start) / _STRIPS
    if width <= 0:
        return None
    free = [
        strip
        for strip in range(*_MIDDLE)
        if sum(box[0] < start + (strip + 1) * width and box[2] > start + strip * width for box in boxes)
        <= _CROSSING * len(boxes)
    ]
    if len(free) < _GUTTER * _STRIPS:
        return None
    place = start + (median(free) + 0.5) * width
    left = tuple(box for box in boxes if box[2] <= place)
    right = tuple(box for box in boxes if box[0] >= place)
    across = tuple(box for box in boxes if box[0] < place < box[2])
    return _Split(left, right, across, place) if min(len(left), len(right)) >= _FEW else None


def _is_prose(column: Sequence[Box]) -> bool:
    extent = max(box[2] for box in column) - min(box[0] for box in column)
    return median(box[2] - box[0] for box in column) >= _FILLED * extent


def _alternates(boxes: Sequence[Box], split: _Split) -> bool:
    sides = [box[0] >= split.place for box in boxes if box[2] <= split.place or box[0] >= split.place]
    changes = sum(one != other for one, other in pairwise(sides))
    return changes >= _ALTERNATING * min(len(split.left), len(split.right))


def _regions(boxes: Sequence[Box], split: _Split) -> list[Box]:
    """From the top down: lines across the page, and between them the left part before the right one."""
    start, end = min(box[0] for box in boxes) - 1, max(box[2] for box in boxes) + 1
    regions: list[Box] = []
    top = max(box[3] for box in boxes) + 1
    for line in sorted(split.across, key=lambda box: -box[3]):
        regions += [(start, line[3], split.place, top), (split.place, line[3], end, top)]
        regions.append((start, line[1], end, line[3]))
        top = line[1]
    bottom = min(box[1] for box in boxes) - 1
    return [*regions, (start, bottom, split.place, top), (split.place, bottom, end, top)]


def _region(written: TextHandle, box: Box) -> str:
    left, bottom, right, top = box
    if top <= bottom:
        return ""
    text = written.get_text_bounded(left=left, bottom=bottom, right=right, top=top)
    return _BROKEN_WORD.sub("", text.replace("\r\n", "\n")).strip()
