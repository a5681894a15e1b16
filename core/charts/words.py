"""A chart in words, for those who do not see it."""

from core.charts.chart import Chart, Kind, Series
from core.charts.scale import written
from core.outgoing import ALT_MOST

_NAMES = {Kind.BAR: "Bar chart", Kind.LINE: "Line chart", Kind.PIE: "Pie chart", Kind.SCATTER: "Scatter plot"}
_MOST_VALUES = 12


def alt_text(chart: Chart) -> str:
    """Say what a chart shows: each number while they are few, else from where to where they go."""
    sentences = [f"{_NAMES[chart.kind]}{f': {chart.title}' if chart.title else ''}."]
    axes = (("Across", chart.x_label), ("Up", chart.y_label))
    sentences += [f"{axis}: {label}." for axis, label in axes if label]
    sentences += [f"{_said(chart, one)}." for one in chart.series]
    said = " ".join(sentences)
    return said if len(said) <= ALT_MOST else f"{said[: ALT_MOST - 1]}\u2026"


def _said(chart: Chart, one: Series) -> str:
    name = f"{one.name}: " if one.name else ""
    if len(one.values) > _MOST_VALUES:
        values = f"{len(one.values)} values from {written(min(one.values))} to {written(max(one.values))}"
    elif chart.kind is Kind.SCATTER:
        values = ", ".join(
            f"({written(x)}, {written(y)})" for x, y in zip(one.across, one.values, strict=True)
        )
    else:
        values = ", ".join(
            f"{label} {written(value)}" for label, value in zip(chart.labels, one.values, strict=True)
        )
    return name + values
