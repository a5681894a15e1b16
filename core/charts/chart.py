"""A chart as values."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a chart shows its numbers."""

    BAR = "bar"
    LINE = "line"
    PIE = "pie"
    SCATTER = "scatter"


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers that belong together: ``values`` upwards; ``across`` are a scatter's, one for each value."""

    name: str
    values: tuple[float, ...]
    across: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. ``labels`` name the values of each series, in their order; a scatter has none."""

    kind: Kind
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All words on it."""
        words = (self.title, self.x_label, self.y_label, *self.labels, *(one.name for one in self.series))
        return tuple(word for word in words if word)


def chart_json(chart: Chart) -> bytes:
    """Write a chart for another process."""
    return json.dumps(asdict(chart)).encode()


def chart_from(written: bytes) -> Chart:
    """Read what :func:`chart_json` wrote."""
    said = json.loads(written)
    series = tuple(Series(one["name"], tuple(one["values"]), tuple(one["across"])) for one in said["series"])
    return Chart(
        Kind(said["kind"]), said["title"], tuple(said["labels"]), series, said["x_label"], said["y_label"]
    )
