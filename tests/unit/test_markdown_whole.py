"""Code and tables that no message can hold, as files."""

import csv
import io

import pytest

from core.capabilities import Capabilities
from core.markdown.whole import too_long_for_one
from tests.fakes.platform import fast

SMALL = fast(200)
CODE = "\n".join(f"print({number})" for number in range(40))


def fenced(info: str, code: str = CODE, fence: str = "```") -> str:
    return f"{fence}{info}\n{code}\n{fence}"


def table(rows: int, cell: str = "ten") -> str:
    return "\n".join(["| name | number |", "|---|---|", *(f"| {cell} | {row} |" for row in range(rows))])


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("python", "code.py"),
        ("py title=x", "code.py"),
        ("", "code.txt"),
        ("c#", "code.cs"),
        ("x/../y", "code.txt"),
    ],
)
def test_code_is_a_file_as_it_stands_with_the_ending_of_its_language(info: str, name: str) -> None:
    (file,) = too_long_for_one(f"Here:\n\n{fenced(info)}\n\nThat is all.", SMALL)
    assert (file.name, file.mime, file.content.decode()) == (name, "text/plain", f"{CODE}\n")


def test_code_with_fences_in_it_is_whole() -> None:
    inner = f"# Title\n\n{fenced('sh', 'ls')}\n\n" + "words " * 60
    (file,) = too_long_for_one(fenced("markdown", inner, "````"), SMALL)
    assert file.content.decode() == f"{inner}\n"


def test_a_table_is_csv_that_a_spreadsheet_reads_and_does_not_run() -> None:
    (file,) = too_long_for_one(table(40, '=HYPERLINK("http://evil.test")'), SMALL)
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert (file.name, file.mime) == ("table.csv", "text/csv")
    assert rows[0] == ["name", "number"]
    assert rows[40] == ['\'=HYPERLINK("http://evil.test")', "39"]


@pytest.mark.parametrize(
    "text", ["", "words " * 900, f"{fenced('py', 'print(1)')}\n\n" * 40, table(3), "```py\nprint(1)"]
)
def test_what_a_message_holds_or_can_be_cut_well_is_no_file(text: str) -> None:
    assert too_long_for_one(text, SMALL) == ()


def test_where_no_file_is_taken_there_is_none() -> None:
    deaf = Capabilities(200, len, (), "Plain.", max_file=0)
    assert too_long_for_one(fenced("py"), deaf) == ()


def test_several_are_told_apart_and_not_too_many() -> None:
    files = too_long_for_one("\n\n".join([fenced("py")] * 5), SMALL)
    assert [file.name for file in files] == ["code.py", "code-2.py"]
