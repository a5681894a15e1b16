"""Charts: numbers of any size, words in any script, drawn in a process of its own."""

import io
import json
import math
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.charts import press
from core.charts.canvas import HEIGHT, WIDTH
from core.charts.chart import Chart, Kind, Series, chart_from, chart_json
from core.charts.drawing import draw
from core.charts.fonts import Fonts, open_fonts
from core.charts.scale import scale, written
from core.charts.words import alt_text
from core.outgoing import ALT_MOST, OutFile
from core.tools.builtin.charts import chart_tool
from core.tools.toolbox import Toolbox
from core.transcript import ToolCall, ToolResult

LARGE = sys.float_info.max
FINITE = st.floats(allow_nan=False, allow_infinity=False)
BARS = Chart(
    Kind.BAR, "Who asks", ("Ada", "Bob"), (Series("2024", (3, -5)), Series("2025", (4, 6.5))), "Who", "n"
)


def picture(chart: Chart) -> Image.Image:
    with open_fonts() as files:
        image = Image.open(io.BytesIO(draw(chart, Fonts(files))))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    return image.convert("RGB")


async def called(**arguments: object) -> ToolResult:
    return await Toolbox((chart_tool(),)).run(ToolCall("1", "draw_chart", json.dumps(arguments)))


@given(st.lists(FINITE, min_size=1, max_size=20), st.booleans())
@settings(deadline=None, max_examples=150)
def test_an_axis_holds_all_its_numbers(values: list[float], with_zero: bool) -> None:
    axis = scale(tuple(values), with_zero=with_zero)
    assert list(axis.marks) == sorted(set(axis.marks))
    assert 2 <= len(axis.marks) <= 41
    for value in values:
        assert -1e-9 <= axis.share(value) <= 1 + 1e-9
    assert all(written(mark) for mark in axis.marks)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (1200, "1,200"), (0.25, "0.25"), (-3, "-3"), (3.1e12, "3.1e+12"), (1e-9, "1e-09")],
)
def test_numbers_are_written_as_people_read_them(value: float, said: str) -> None:
    assert written(value) == said


def test_bars_stand_on_zero_with_their_true_heights() -> None:
    image = picture(Chart(Kind.BAR, "", ("a", "b"), (Series("", (10.0, 5.0)),)))
    blue = (0, 114, 178)
    columns = [sum(image.getpixel((x, y)) == blue for y in range(HEIGHT)) for x in range(0, WIDTH, 3)]
    heights = sorted({height for height in columns if height > 20})
    assert heights[-1] == pytest.approx(2 * heights[0], rel=0.02)


@pytest.mark.parametrize("kind", [Kind.BAR, Kind.LINE, Kind.SCATTER])
@pytest.mark.parametrize(
    "values", [(0.0,), (LARGE, -LARGE), (5e-324, 0.0), (1e16, 1e16 + 2), (7.0, 7.0, 7.0), (-1.0, -2.0)]
)
def test_any_numbers_are_drawn(kind: Kind, values: tuple[float, ...]) -> None:
    labels = tuple(str(number) for number in range(len(values)))
    across = values if kind is Kind.SCATTER else ()
    assert len(picture(Chart(kind, "t", labels, (Series("s", values, across),))).getcolors(1 << 24) or ()) > 2


@pytest.mark.parametrize("count", [1, 2, 8])
def test_a_pie_of_any_parts_is_drawn(count: int) -> None:
    labels = tuple(f"part {number}" for number in range(count))
    values = (*(0.0,) * (count - 1), 1.0)
    picture(Chart(Kind.PIE, "Parts", labels, (Series("", values),)))


def test_many_and_long_words_stay_on_the_sheet() -> None:
    labels = tuple(f"A rather long label with the number {number}" for number in range(200))
    series = tuple(Series("A series with a very long name " * 5, (1.0,) * 200) for _ in range(8))
    image = picture(Chart(Kind.BAR, "A title " * 20, labels, series, "x" * 200, "y" * 200))
    edges = [image.getpixel((x, y)) for x in range(WIDTH) for y in (0, HEIGHT - 1)]
    edges += [image.getpixel((x, y)) for y in range(HEIGHT) for x in (0, WIDTH - 1)]
    assert set(edges) == {(255, 255, 255)}


def test_latin_greek_and_cyrillic_are_no_boxes_where_dejavu_is() -> None:
    with open_fonts() as files:
        if not any(Path(str(file.name)).name == "DejaVuSans.ttf" for file in files):
            pytest.skip("no such font here")
        fonts = Fonts(files)
        for text in ("Größe ąłż", "Ελλάδα", "Привет", "e\u0301", "a\u200db"):
            fonts.of(text, 20)
        assert fonts.missing == set()
        fonts.of("\U00012000", 20)
        assert fonts.missing == {"\U00012000"}


def test_without_any_font_there_are_still_words() -> None:
    fonts = Fonts(())
    assert draw(BARS, fonts).startswith(b"\x89PNG")
    fonts.of("ß", 20)
    assert fonts.missing == {"ß"}


def test_a_chart_goes_to_another_process_and_back() -> None:
    assert chart_from(chart_json(BARS)) == BARS


def test_a_chart_is_told_in_words() -> None:
    assert alt_text(BARS) == (
        "Bar chart: Who asks. Across: Who. Up: n. 2024: Ada 3, Bob -5. 2025: Ada 4, Bob 6.5."
    )
    dots = Chart(Kind.SCATTER, "", (), (Series("", (1.0, 2.0), (3.0, 4.0)),))
    assert alt_text(dots) == "Scatter plot. (3, 1), (4, 2)."
    many = tuple(str(number) for number in range(50))
    line = Chart(Kind.LINE, "t", many, (Series("s", tuple(map(float, range(50)))),))
    assert alt_text(line) == "Line chart: t. s: 50 values from 0 to 49."
    long = Chart(Kind.BAR, "t", ("n" * 200,) * 12, (Series("s", (1.0,) * 12),))
    assert len(alt_text(long)) == ALT_MOST


async def test_the_tool_makes_a_picture_with_words() -> None:
    result = await called(kind="bar", title="Who asks?", labels=["Ada", "Bob"], series=[{"values": [3, 5]}])
    assert not result.failed
    (file,) = result.files
    assert (file.name, file.mime) == ("who-asks.png", "image/png")
    assert file.alt == "Bar chart: Who asks?. Ada 3, Bob 5."
    assert Image.open(io.BytesIO(file.content)).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "bar", "labels": ["a"], "series": [{"values": [1, 2]}]}, "as many values"),
        ({"kind": "scatter", "series": [{"values": [1, 2], "x": [1]}]}, "as many numbers in x"),
        ({"kind": "pie", "labels": ["a", "b"], "series": [{"values": [1, -2]}]}, "negative"),
        ({"kind": "pie", "labels": ["a"], "series": [{"values": [0]}]}, "all zero"),
        ({"kind": "pie", "labels": ["a"], "series": [{"values": [1]}] * 2}, "one series"),
        ({"kind": "radar", "labels": ["a"], "series": [{"values": [1]}]}, "kind"),
        ({"kind": "bar", "labels": ["a"], "series": [{"values": ["NaN"]}]}, "values"),
        ({"kind": "bar", "labels": ["a"] * 201, "series": [{"values": [1] * 201}]}, "labels"),
    ],
)
async def test_what_cannot_be_drawn_is_told_to_the_model(arguments: dict[str, object], said: str) -> None:
    result = await called(title="t", **arguments)
    assert (result.failed, result.files) == (True, ())
    assert said in result.text


async def test_words_that_cannot_be_written_do_no_harm() -> None:
    result = await called(
        kind="bar",
        title="\x00\n\u202e ok",
        labels=["\u0007"],
        series=[{"name": "\x1b[31m", "values": [1]}],
    )
    assert not result.failed
    assert isinstance(result.files[0], OutFile)


async def test_a_worker_that_hangs_or_dies_is_a_failure_that_the_model_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(press, "_WORKER", "no.such.module")
    dead = await called(kind="bar", title="t", labels=["a"], series=[{"values": [1]}])
    assert (dead.failed, dead.text) == (True, press._NOT_DRAWN)
    monkeypatch.undo()
    monkeypatch.setattr(press, "_SECONDS", 0.001)
    late = await called(kind="bar", title="t", labels=["a"], series=[{"values": [1]}])
    assert (late.failed, late.text) == (True, press._NOT_DRAWN)
    assert math.isclose(press._SECONDS, 0.001)
