"""A table as the model first sees it: its columns with kinds and exact sums, and its first rows."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.files import exact
from core.files.document import Cell, ColumnKind, Table
from core.files.limits import FileLimits
from core.files.text import clean

_MAX_CELL = 80
_MAX_SHOWN_COLUMNS = 40
_MAX_DIFFERENT = 10_000
_TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sub-total", "sum"),
        *("summe", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt", "zwischensumme"),
        *("total général", "somme", "sous-total", "suma", "suma total", "totale", "somma", "subtotale"),
        *("totaal", "subtotaal", "totalt", "suma końcowa", "razem", "ogółem", "celkem", "итого", "всего"),
        *("合计", "总计", "小计", "合計", "総計", "小計", "합계", "총계", "소계", "total geral"),
    )
)
# Where more of the rows are called so, it is what the table is about.
_FEW_TOTALS = 0.34
_NUMERIC = frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.MIXED})


def preview(table: Table, limits: FileLimits) -> str:
    """Markdown: how much there is, one line a column, then the first rows.

    Sums and means are exact in decimals; they are of the rows that were read, which is said when
    that is not all.
    """
    size = f"{_counted(table.total, 'row')}, {_counted(len(table.columns), 'column')}."
    if table.total > len(table.rows):
        size += f" Only the first {len(table.rows):,} rows were read; all figures below are of those."
    parts = [size, _columns(table), *_of_totals(table)]
    if table.rows:
        shown = table.rows[: limits.preview_rows]
        heading = f"The first {len(shown)} rows:" if len(shown) < len(table.rows) else "All rows:"
        parts += [heading, markdown([column.name for column in table.columns], shown)]
    return "\n\n".join(parts)


def markdown(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table of at most 40 columns, long cells cut."""
    shown = names[:_MAX_SHOWN_COLUMNS]
    lines = [_line(list(shown)), "|" + "---|" * len(shown)]
    lines += [_line([exact.shown(cell) for cell in row[:_MAX_SHOWN_COLUMNS]]) for row in rows]
    if len(names) > len(shown):
        lines.append(f"\n({len(names) - len(shown):,} more columns are not shown.)")
    return "\n".join(lines)


def escaped(text: str) -> str:
    """A text as one cell of a Markdown table."""
    line = " ".join(clean(text[: 4 * _MAX_CELL]).split())
    if len(line) > _MAX_CELL:
        line = line[: _MAX_CELL - 1] + "…"
    return line.replace("\\", "\\\\").replace("|", "\\|")


def _of_totals(table: Table) -> Iterator[str]:
    """A word on rows that seem to be sums of others: whoever adds them up counts twice."""
    if not any(column.kind in _NUMERIC for column in table.columns):
        return
    found = [name for row in table.rows if (name := _called(row)).casefold().rstrip(": ") in _TOTALS]
    if found and len(found) <= max(1, _FEW_TOTALS * len(table.rows)):
        rows = "1 row seems" if len(found) == 1 else f"{len(found):,} rows seem"
        names = ", ".join(f'"{name}"' for name in dict.fromkeys(found))
        yield f"{rows} to be totals of others ({names}): the sums and means above count them, too."


def _called(row: Sequence[Cell]) -> str:
    return next((cell.strip() for cell in row if isinstance(cell, str) and cell.strip()), "")


def _columns(table: Table) -> str:
    heads = ["column", "kind", "filled", "smallest", "largest", "sum", "mean"]
    lines = [_line(heads), "|" + "---|" * len(heads)]
    for place, column in enumerate(table.columns[:_MAX_SHOWN_COLUMNS]):
        cells = [row[place] for row in table.rows if row[place] is not None]
        lines.append(
            _line([column.name, column.kind.value, f"{len(cells):,}", *_figures(column.kind, cells)])
        )
    return "\n".join(lines)


def _figures(kind: ColumnKind, cells: list[Cell]) -> list[str]:
    """Smallest, largest, sum and mean where they mean something."""
    if kind in _NUMERIC:
        cells = [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
        numbers = [found for found in map(exact.decimal_of, cells) if found is not None]
        return _of_numbers(numbers) if numbers else []
    if kind in (ColumnKind.DATE, ColumnKind.TIME) and cells:
        texts = sorted(map(str, cells))
        return [texts[0], texts[-1], "", ""]
    if kind is ColumnKind.YES_NO:
        return ["", "", f"{sum(map(bool, cells)):,} yes", ""]
    if kind is ColumnKind.TEXT and cells:
        different = len(set(cells[:_MAX_DIFFERENT]))
        more = "at least " if len(cells) > _MAX_DIFFERENT else ""
        return ["", "", f"{more}{different:,} different", ""]
    return ["", "", "", ""]


def _of_numbers(numbers: list[Decimal]) -> list[str]:
    total = Decimal(0)
    for number in numbers:
        total = exact.add(total, number)
    figures = [min(numbers), max(numbers), total]
    return [
        *(exact.shown(exact.cell_of(figure)) for figure in figures),
        exact.shown(exact.mean(total, len(numbers))),
    ]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escaped, cells)) + " |"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
