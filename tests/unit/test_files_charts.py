"""Charts and diagrams are read as numbers and words, wherever they are drawn."""

from collections.abc import Sequence

import pytest

from core.files.limits import FileLimits
from core.files.readers import word
from tests.files.make_office import paragraph, raw_docx, relations, run

_DRAWN = "http://schemas.openxmlformats.org/drawingml/2006"
_NAMES = f'xmlns:c="{_DRAWN}/chart" xmlns:a="{_DRAWN}/main" xmlns:dgm="{_DRAWN}/diagram"'


def _titled(text: str) -> str:
    words = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return f"<c:title><c:tx><c:rich>{words}</c:rich></c:tx></c:title>"


def _points(kind: str, values: Sequence[str], code: str = "") -> str:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values) if value
    )
    return f"<c:{kind}>{f'<c:formatCode>{code}</c:formatCode>' if code else ''}{points}</c:{kind}>"


def _series(name: str, categories: str, values: str) -> str:
    told = f"<c:tx><c:strRef>{_points('strCache', [name])}</c:strRef></c:tx>"
    return f"<c:ser>{told}<c:cat>{categories}</c:cat><c:val><c:numRef>{values}</c:numRef></c:val></c:ser>"


def _chart(series: str, title: str = "", axes: str = "", before: str = "") -> str:
    plot = f"<c:plotArea><c:barChart>{series}</c:barChart>{axes}</c:plotArea>"
    return f"<c:chartSpace {_NAMES}>{before}<c:chart>{title}{plot}</c:chart></c:chartSpace>"


def _text_with(kind: str, part: str, drawn: str) -> str:
    """What is read of a Word document in which a graphic stands between two words."""
    graphic = (
        f"<w:r><w:drawing><wp:inline {_NAMES}><a:graphic>{drawn}</a:graphic></wp:inline></w:drawing></w:r>"
    )
    content = raw_docx(
        paragraph(run("before"), graphic, run("after")),
        {"word/_rels/document.xml.rels": relations((kind, f"{kind}.xml")), f"word/{kind}.xml": part},
    )
    found = word.read(content, "a.docx", FileLimits())
    return "\n".join(page.text for page in found.pages)


def _charted(part: str) -> str:
    return _text_with("chart", part, '<c:chart r:id="rId1"/>')


_QUARTERS = f"<c:strRef>{_points('strCache', ['Q1', 'Q2'])}</c:strRef>"


def test_a_chart_of_a_word_document_is_a_table_in_its_place() -> None:
    axes = f"<c:catAx>{_titled('Quarter')}</c:catAx><c:valAx>{_titled('Million euros')}</c:valAx>"
    values = _points("numCache", ["3", "4.5"], "General")
    assert _charted(_chart(_series("Sales", _QUARTERS, values), _titled("Our\nyear"), axes)) == (
        "before\nChart: Our year\n\nAxes: Quarter; Million euros\n\n"
        "|  | Sales |\n| --- | --- |\n| Q1 | 3 |\n| Q2 | 4.5 |\nafter"
    )


def test_the_name_of_an_axis_is_not_that_of_the_chart() -> None:
    axes = f"<c:valAx>{_titled('Litres')}</c:valAx>"
    text = _charted(_chart(_series("Milk", _QUARTERS, _points("numCache", ["1", "2"])), axes=axes))
    assert "Chart:\n\nAxes: Litres\n\n" in text


@pytest.mark.parametrize(
    ("code", "before", "value", "shown"),
    [
        ("General", "", "0.60000000000000009", "0.6"),
        ("General", "", "1234567890.25", "1234567890.25"),
        ('0.0" days"', "", "46000", "46000"),
        ("yyyy\\-mm\\-dd", "", "46000", "2025-12-09"),
        ("[$-407]d/ mmm yy", "", "46000.5", "2025-12-09 12:00"),
        ("m/d/yyyy", '<c:date1904 val="1"/>', "0", "1904-01-01"),
        ("m/d/yyyy", "", "9e99", "9e99"),
        ("m/d/yyyy", "", "nan", "nan"),
    ],
)
def test_numbers_and_days_are_shown_as_the_office_shows_them(
    code: str, before: str, value: str, shown: str
) -> None:
    categories = f"<c:numRef>{_points('numCache', [value], code)}</c:numRef>"
    chart = _chart(_series("Price", categories, _points("numCache", ["7"])), before=before)
    assert f"| {shown} | 7 |" in _charted(chart)


def test_categories_in_two_levels_keep_both() -> None:
    levels = _points("lvl", ["Nov", "Dec", "Jan"]) + _points("lvl", ["2025", "", "2026"])
    categories = f"<c:multiLvlStrRef><c:multiLvlStrCache>{levels}</c:multiLvlStrCache></c:multiLvlStrRef>"
    text = _charted(_chart(_series("Rain", categories, _points("numCache", ["1", "2", "3"]))))
    assert text.endswith("| 2025 Nov | 1 |\n| Dec | 2 |\n| 2026 Jan | 3 |\nafter")


def test_a_diagram_of_a_word_document_says_its_words() -> None:
    plan = "<a:p><a:r><a:t>Pl</a:t></a:r><a:r><a:t>an</a:t></a:r></a:p><a:p/>"
    do = "<a:p><a:r><a:t>Do</a:t></a:r><a:br/><a:r><a:t>it</a:t></a:r></a:p>"
    now = "<a:p><a:r><a:t>now</a:t></a:r></a:p>"
    said = "".join(f"<dgm:pt><dgm:t>{text}</dgm:t></dgm:pt>" for text in (plan, do + now, ""))
    part = f"<dgm:dataModel {_NAMES}><dgm:ptLst>{said}</dgm:ptLst></dgm:dataModel>"
    assert (
        _text_with("diagramData", part, '<dgm:relIds r:dm="rId1"/>') == "before\n- Plan\n- Do it / now\nafter"
    )


def test_a_damaged_chart_costs_only_itself() -> None:
    assert _charted("<c:chartSpace") == "beforeafter"
    assert _text_with("chart", _chart(""), '<c:chart r:id="rId9"/>') == "beforeafter"


def test_one_chart_drawn_without_end_is_read_so_often_and_no_more() -> None:
    chart = _chart(_series("Milk", _QUARTERS, _points("numCache", ["1", "2"])))
    text = _text_with("chart", chart, '<c:chart r:id="rId1"/>' * 20_000)
    assert text.count("| Q1 | 1 |") == 500
