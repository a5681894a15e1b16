"""What stands around the numbers: title, legend, axes."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.charts.canvas import HEIGHT, INK, QUIET, RULE, SERIES, WIDTH, Canvas, Point
from core.charts.chart import Chart
from core.charts.scale import Scale, written

TITLE, TEXT, SMALL = 30, 20, 18
MARGIN = 36
_LINE = 30
_LABEL_MOST = 180
_SWATCH = 16
_GAP = 12


@dataclass(frozen=True, slots=True)
class Area:
    """The part of the sheet where the numbers are drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def at(self, x: float, y: float) -> Point:
        """A point by its shares of the way to the right and upwards."""
        return self.left + x * (self.right - self.left), self.bottom - y * (self.bottom - self.top)


def head(canvas: Canvas, chart: Chart, legend: Sequence[str]) -> float:
    """Draw title and legend; where the space below them begins."""
    y: float = MARGIN
    if chart.title:
        title = canvas.shortened(chart.title, TITLE, WIDTH - 2 * MARGIN)
        canvas.text((WIDTH / 2, y), title, TITLE)
        y += _LINE + _GAP
    x: float = MARGIN
    for number, name in enumerate(legend):
        shown = canvas.shortened(name, SMALL, WIDTH / 2)
        wide = _SWATCH + _GAP / 2 + canvas.width(shown, SMALL)
        if x + wide > WIDTH - MARGIN and x > MARGIN:
            x, y = MARGIN, y + _LINE
        canvas.box((x, y - _SWATCH / 2), (x + _SWATCH, y + _SWATCH / 2), SERIES[number % len(SERIES)])
        canvas.text((x + _SWATCH + _GAP / 2, y), shown, SMALL, anchor="lm")
        x += wide + 2 * _GAP
    return y + (_LINE if legend else 0)


def upright(canvas: Canvas, chart: Chart, marks: Scale, top: float, below: float) -> Area:
    """Draw the axis of values with its rules; ``below`` is the room for what stands under the area."""
    wide = max(canvas.width(written(mark), SMALL) for mark in marks.marks)
    left = MARGIN + wide + _GAP + (_LINE if chart.y_label else 0)
    area = Area(left, top + _GAP, WIDTH - MARGIN, HEIGHT - MARGIN / 2 - below)
    for mark in marks.marks:
        x, y = area.at(0, marks.share(mark))
        canvas.line(((x, y), (area.right, y)), RULE, 1)
        canvas.text((x - _GAP, y), written(mark), SMALL, anchor="rm", colour=QUIET)
    if chart.y_label:
        label = canvas.shortened(chart.y_label, TEXT, area.bottom - area.top)
        canvas.upwards((MARGIN, (area.top + area.bottom) / 2), label, TEXT)
    return area


def baseline(canvas: Canvas, area: Area, at: float) -> None:
    """Draw the line on which bars stand, or at which an area begins."""
    canvas.line((area.at(0, at), area.at(1, at)), INK, 1.5)


def labels_below(canvas: Canvas, labels: Sequence[str], wide: float) -> float:
    """How much room labels take below an area: one line, or their length where they have to stand."""
    widest = max((canvas.width(label, SMALL) for label in labels), default=0.0)
    return _LINE if widest <= _slot(labels, wide) else min(widest, _LABEL_MOST) + _GAP


def draw_labels(canvas: Canvas, labels: Sequence[str], area: Area) -> None:
    """Write each label under its place; of too many some are left out."""
    slot = _slot(labels, area.right - area.left)
    lies = all(canvas.width(label, SMALL) <= slot for label in labels)
    every = 1 if lies else -(-_LINE * len(labels) // int(area.right - area.left)) or 1
    for number, label in enumerate(labels):
        if number % every:
            continue
        x, y = area.at((number + 0.5) / len(labels), 0)
        if lies:
            canvas.text((x, y + _LINE / 2), label, SMALL)
        else:
            canvas.upwards((x, y + _GAP), canvas.shortened(label, SMALL, _LABEL_MOST), SMALL, ends=True)


def draw_marks(canvas: Canvas, marks: Scale, area: Area) -> None:
    """Write the numbers of an axis of values under an area."""
    for mark in marks.marks:
        x, y = area.at(marks.share(mark), 0)
        canvas.line(((x, y), (x, y + _GAP / 2)), QUIET, 1)
        canvas.text((x, y + _LINE / 2 + _GAP / 2), written(mark), SMALL, colour=QUIET)


def x_label(canvas: Canvas, chart: Chart, area: Area) -> None:
    """Write what the axis below means."""
    if chart.x_label:
        label = canvas.shortened(chart.x_label, TEXT, area.right - area.left)
        canvas.text(((area.left + area.right) / 2, HEIGHT - MARGIN / 2 - TEXT / 2), label, TEXT)


def room_of_x_label(chart: Chart) -> float:
    """How much room that takes."""
    return _LINE if chart.x_label else 0.0


def _slot(labels: Sequence[str], wide: float) -> float:
    return wide / max(1, len(labels)) - _GAP / 2
