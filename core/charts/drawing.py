"""Charts drawn as PNG."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from core.charts import frame
from core.charts.canvas import GROUND, HEIGHT, INK, SERIES, WIDTH, Canvas
from core.charts.chart import Chart, Kind
from core.charts.fonts import Fonts
from core.charts.frame import Area
from core.charts.scale import Scale, scale, written

_BARS = 0.8
_DOT = 5.0
_LINE = 3.0
_MOST_DOTS = 60
_LEAST_SHARE = 0.02
_QUARTER = 90.0
_LUMINANCE = 150


def draw(chart: Chart, fonts: Fonts) -> bytes:
    """Draw a chart."""
    canvas = Canvas(fonts)
    _DRAWERS[chart.kind](canvas, chart)
    return canvas.png()


def _names(chart: Chart) -> tuple[str, ...]:
    """The legend: none for a single series without a name."""
    names = tuple(one.name for one in chart.series)
    if len(names) == 1 and not names[0]:
        return ()
    return tuple(name or f"{number}" for number, name in enumerate(names, start=1))


def _labelled(canvas: Canvas, chart: Chart, *, with_zero: bool) -> tuple[Area, Scale]:
    """Draw what stands around bars and lines."""
    marks = scale(tuple(value for one in chart.series for value in one.values), with_zero=with_zero)
    top = frame.head(canvas, chart, _names(chart))
    below = frame.labels_below(canvas, chart.labels, WIDTH * 0.85) + frame.room_of_x_label(chart)
    area = frame.upright(canvas, chart, marks, top, below)
    frame.draw_labels(canvas, chart.labels, area)
    frame.x_label(canvas, chart, area)
    return area, marks


def _bars(canvas: Canvas, chart: Chart) -> None:
    area, marks = _labelled(canvas, chart, with_zero=True)
    slot = 1 / len(chart.labels)
    thick = slot * _BARS / len(chart.series)
    zero = marks.share(0.0)
    for number, one in enumerate(chart.series):
        for place, value in enumerate(one.values):
            left = (place + (1 - _BARS) / 2) * slot + number * thick
            corners = area.at(left, zero), area.at(left + thick * 0.95, marks.share(value))
            canvas.box(*corners, SERIES[number % len(SERIES)])
    frame.baseline(canvas, area, zero)


def _lines(canvas: Canvas, chart: Chart) -> None:
    area, marks = _labelled(canvas, chart, with_zero=False)
    frame.baseline(canvas, area, 0.0)
    for number, one in enumerate(chart.series):
        colour = SERIES[number % len(SERIES)]
        points = [
            area.at((place + 0.5) / len(chart.labels), marks.share(value))
            for place, value in enumerate(one.values)
        ]
        if len(points) > 1:
            canvas.line(points, colour, _LINE)
        for point in points if len(points) <= _MOST_DOTS else ():
            canvas.disc(point, _DOT, colour)


def _dots(canvas: Canvas, chart: Chart) -> None:
    up = scale(tuple(value for one in chart.series for value in one.values), with_zero=False)
    across = scale(tuple(value for one in chart.series for value in one.across), with_zero=False)
    top = frame.head(canvas, chart, _names(chart))
    area = frame.upright(canvas, chart, up, top, 40 + frame.room_of_x_label(chart))
    frame.draw_marks(canvas, across, area)
    frame.x_label(canvas, chart, area)
    frame.baseline(canvas, area, 0.0)
    for number, one in enumerate(chart.series):
        for x, y in zip(one.across, one.values, strict=True):
            canvas.disc(area.at(across.share(x), up.share(y)), _DOT, SERIES[number % len(SERIES)])


def _pie(canvas: Canvas, chart: Chart) -> None:
    values = chart.series[0].values
    whole = sum(values)
    named = [f"{label} ({written(value)})" for label, value in zip(chart.labels, values, strict=True)]
    top = frame.head(canvas, chart, named)
    radius = (HEIGHT - top - frame.MARGIN) / 2 - frame.MARGIN / 2
    middle = (WIDTH / 2, top + radius + frame.MARGIN / 2)
    begun = -_QUARTER
    for number, value in enumerate(values):
        share = value / whole
        colour = SERIES[number % len(SERIES)]
        if share > 0:
            canvas.slice(middle, radius, (begun, begun + 360 * share), colour)
        if share >= _LEAST_SHARE:
            at = _around(middle, radius * 0.7, begun + 180 * share)
            canvas.text(at, f"{share:.0%}", frame.TEXT, colour=_on(colour))
        begun += 360 * share


def _around(middle: tuple[float, float], radius: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)


def _on(colour: str) -> str:
    """Ink or ground, whichever is read better on a colour."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > _LUMINANCE else GROUND


_DRAWERS: Mapping[Kind, Callable[[Canvas, Chart], None]] = MappingProxyType(
    {Kind.BAR: _bars, Kind.LINE: _lines, Kind.PIE: _pie, Kind.SCATTER: _dots}
)
