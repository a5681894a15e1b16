"""A tool that draws charts."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, Field, FiniteFloat

from core.charts.chart import Chart, Kind, Series
from core.charts.press import Press
from core.charts.words import alt_text
from core.errors import ToolRetry
from core.outgoing import OutFile
from core.tools.tool import Tool, ToolOutput, tool

MOST_SERIES = 8
MOST_LABELS = 200
MOST_SLICES = 8
MOST_DOTS = 2_000
MOST_CHARACTERS = 200
TIMEOUT_S = 30.0
_MIME = "image/png"
_NOT_IN_NAMES = re.compile(r"\W+")

Words = Annotated[str, Field(max_length=MOST_CHARACTERS)]


class Numbers(BaseModel, extra="forbid"):
    """One series. Only a scatter has x: as many numbers as there are values."""

    values: Annotated[list[FiniteFloat], Field(min_length=1, max_length=MOST_DOTS)]
    name: Words = ""
    x: Annotated[list[FiniteFloat], Field(max_length=MOST_DOTS)] = []


Shape = Annotated[
    Literal["bar", "line", "pie", "scatter"],
    Field(description="A pie has one series and no negative values"),
]
Title = Annotated[Words, Field(description="What the chart shows")]
AllSeries = Annotated[
    list[Numbers],
    Field(
        min_length=1,
        max_length=MOST_SERIES,
        description='Such as [{"name": "2025", "values": [3, 5]}]; a scatter has "x", too',
    ),
]
Labels = Annotated[
    list[Words], Field(max_length=MOST_LABELS, description="One for each value; none for a scatter")
]


def chart_tool() -> Tool:
    """Make the tool ``draw_chart``, with a press of its own."""
    press = Press()

    @tool(idempotent=True, timeout_s=TIMEOUT_S)
    async def draw_chart(
        kind: Shape,
        title: Title,
        series: AllSeries,
        labels: Labels = [],  # noqa: B006 - never changed: pydantic copies it
        x_label: Words = "",
        y_label: Words = "",
    ) -> ToolOutput:
        """Draw a chart as a picture, which is posted below your answer. Use exact numbers, never guesses."""
        given = tuple(Series(_clean(one.name), tuple(one.values), tuple(one.x)) for one in series)
        names = tuple(_clean(label) for label in labels)
        chart = Chart(Kind(kind), _clean(title), names, given, _clean(x_label), _clean(y_label))
        _check(chart)
        picture = await press.printed(chart)
        file = OutFile(_name(title), _MIME, picture.content, alt_text(chart))
        return ToolOutput(_told(picture.missing), (file,))

    return draw_chart


def _clean(words: str) -> str:
    """Words on one line, of characters that can be written."""
    return "".join(sign if sign.isprintable() else " " for sign in words).strip()


def _check(chart: Chart) -> None:
    """Raise ``ToolRetry`` for what cannot be drawn so."""
    if chart.kind is Kind.SCATTER:
        if any(len(one.across) != len(one.values) for one in chart.series):
            raise ToolRetry("Each series of a scatter needs as many numbers in x as in values.")
        return
    if any(len(one.values) != len(chart.labels) for one in chart.series):
        raise ToolRetry(f"There are {len(chart.labels)} labels: each series needs as many values.")
    if chart.kind is Kind.PIE:
        _check_pie(chart)


def _check_pie(chart: Chart) -> None:
    values = chart.series[0].values
    if len(chart.series) > 1 or len(values) > MOST_SLICES:
        raise ToolRetry(f"A pie has one series of at most {MOST_SLICES} values: use a bar chart.")
    if min(values) < 0 or not 0 < sum(values) < float("inf"):
        raise ToolRetry("A pie has no negative values, and they are not all zero: use a bar chart.")


def _name(title: str) -> str:
    words = _NOT_IN_NAMES.sub("-", title.lower()).strip("-_")[:40]
    return f"{words or 'chart'}.png"


def _told(missing: str) -> str:
    told = "The chart is drawn and will be posted below your answer. Do not repeat its numbers as a list."
    if missing:
        told += f" No font here has these characters of its words, which are boxes on it: {missing[:40]}"
    return told
