"""Tables of several documents: which is which, and which a query is about."""

from core.conversation.asked_tables import MOST_DESCRIBED, asked_tables, described, named_tables
from core.documents import KeptDocument, KeptTable
from core.files.document import Column, ColumnKind

COLUMNS = (Column("month", ColumnKind.TEXT), Column("sales", ColumnKind.NUMBER))


def workbook(number: int, name: str, *sheets: str) -> KeptDocument:
    tables = tuple(KeptTable(sheet, COLUMNS, 12) for sheet in sheets)
    return KeptDocument(
        number, name, "Excel", len(sheets), len(sheets), 100, tables, (), "Ada", float(number)
    )


FIRST = workbook(1, "2025.xlsx", "Sheet1")
SECOND = workbook(2, "2026.xlsx", "Sheet1", "Notes")


def test_sheets_of_one_name_are_told_by_their_files() -> None:
    told = described(named_tables((FIRST, SECOND)))
    assert 'Table "sheet1" of 2025.xlsx (12 rows): "month" (text), "sales" (number)' in told
    assert 'Table "sheet1_2" of 2026.xlsx (12 rows): "month" (text), "sales" (number)' in told


def test_a_name_stays_when_another_document_comes_or_an_old_one_comes_again() -> None:
    for documents in ((FIRST, SECOND), (SECOND, FIRST), (FIRST, SECOND, workbook(3, "x.xlsx", "sheet1"))):
        names = {(one.document.name, one.table.name): one.name for one in named_tables(documents)}
        assert names["2025.xlsx", "Sheet1"] == "sheet1"
        assert names["2026.xlsx", "Sheet1"] == "sheet1_2"


def test_of_many_tables_those_that_came_last_are_described_and_all_can_be_asked() -> None:
    plan = workbook(1, "plan.xlsx", *(f"Week {at}" for at in range(1, 31)))
    tables = named_tables((plan, SECOND))
    told = described(tables)
    assert told.index('Table "sheet1" of 2026.xlsx') < told.index('Table "week_1" of plan.xlsx')
    assert f'Table "week_{MOST_DESCRIBED - 2}" of' in told
    assert f'Table "week_{MOST_DESCRIBED - 1}" of' not in told
    assert '"week_30" of plan.xlsx.' in told
    asked = asked_tables(tables, 'SELECT * FROM "Week_30" JOIN sheet1 USING (month)')
    assert [one.table.name for one in asked] == ["Sheet1", "Week 30"]
    assert asked_tables(tables, "SELECT 1") == ()
