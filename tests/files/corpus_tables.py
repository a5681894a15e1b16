"""Sheets and delimited texts, honest and hostile."""

import datetime as dt
import gzip
from functools import partial

from tests.files import make_tables
from tests.files.corpus_case import Case, Wanted, hostile, refused, taken
from tests.files.make_office_hostile import rest_of
from tests.files.make_old_office import compound
from tests.files.make_tables import ODS_EMPTY_END, ODS_FULL_END, Cells, csv_bytes, ods, ods_rows, xlsx

_ROWS: Cells = [["tea", "price"], ["Assam", 2.5], ["Darjeeling", 3.75]]
_SHEETS: dict[str, Cells] = {
    "Costs": [["item", "day", "euros", "paid"], ["tea", dt.date(2026, 11, 23), 1234.56, True]],
    "Towns": [["town", "people"], ["Ulm", 126_000]],
}


def _csv(*words: str, told: str = "") -> Wanted:
    return Wanted("CSV", (told,), words, tables=1)


def _excel(*words: str, told: str = "", tables: int | None = None) -> Wanted:
    return Wanted("Excel", (told,), words, ("root:",), tables=tables)


def _long_csv(rows: int) -> bytes:
    return b"number,square\n" + b"".join(b"%d,%d\n" % (one, one * one) for one in range(rows))


def _wide_csv(columns: int) -> bytes:
    return (",".join(f"c{one}" for one in range(columns)) + "\n").encode() * 3


CASES: tuple[Case, ...] = (
    taken("CSV with commas", "teas.csv", partial(csv_bytes, _ROWS), _csv("Darjeeling", "3.75")),
    taken(
        "CSV as a German Excel saves it",
        "tees.csv",
        lambda: "Tee;Preis\r\nGrün;1.234,50\r\nWeiß;3,75\r\n".encode("cp1252"),
        _csv("Grün", "1234.5", "3.75"),
    ),
    taken("CSV with tabs", "teas.tsv", partial(csv_bytes, _ROWS, "\t"), _csv("Darjeeling", "3.75")),
    taken("CSV with bars", "teas.psv", partial(csv_bytes, _ROWS, "|"), _csv("Darjeeling", "3.75")),
    taken(
        "CSV with every cell in quotes, lines in cells",
        "notes.csv",
        partial(csv_bytes, [["who", "said"], ["Mira", 'one\n"two", three']], quote_all=True),
        _csv("Mira", '"two", three'),
    ),
    taken(
        "CSV in UTF-16, as Excel saves Unicode",
        "unicode.csv",
        lambda: csv_bytes(_ROWS, "\t", "utf-16"),
        _csv("Darjeeling"),
    ),
    taken(
        "CSV of 300,000 rows",
        "long.csv",
        partial(_long_csv, 300_000),
        _csv("number", told="only the first 199,999 of"),
        small=partial(_long_csv, 210_000),
    ),
    taken("CSV of 5,000 columns", "wide.csv", partial(_wide_csv, 5_000), _csv("c0")),
    taken(
        "Excel: two sheets with dates, numbers, yes and no",
        "costs.xlsx",
        partial(xlsx, _SHEETS),
        _excel("2026-11-23", "1234.56", "126000", tables=2),
    ),
    taken(
        "Excel: times, shares, errors, formulas, hidden sheets",
        "odd.xlsx",
        make_tables.odd_xlsx,
        _excel("2026-02-01", "13:05:01", "00123", "#DIV/0!"),
    ),
    taken("Excel without its results", "sums.xlsx", make_tables.uncounted_xlsx, _excel("a", told="formula")),
    taken(
        "OpenDocument sheet with a million empty rows",
        "costs.ods",
        lambda: ods(ods_rows(_ROWS, ODS_EMPTY_END)),
        Wanted("Excel", (), ("Darjeeling", "3.75"), tables=1),
    ),
    hostile(
        "OpenDocument sheet of 17,000,000,000 cells",
        "full.ods",
        lambda: ods(ods_rows(_ROWS, ODS_FULL_END)),
        refused("full.ods"),
    ),
    hostile(
        "Excel: two cells in far corners",
        "far.xlsx",
        make_tables.far_corner_xlsx,
        _excel("tea"),
    ),
    hostile(
        "Excel that declares entities (XXE)",
        "xxe.xlsx",
        make_tables.entity_xlsx,
        refused("holds XML declarations that no office program writes"),
    ),
    hostile("Excel that broke off", "half.xlsx", lambda: rest_of(xlsx(_SHEETS), 0.5), refused("is damaged")),
    hostile(
        "Excel behind a password",
        "pay.xlsx",
        lambda: compound({"EncryptedPackage": bytes(64)}),
        refused("is protected by a password"),
    ),
    hostile(
        "CSV bomb: 300 MB in gzip",
        "data.csv.gz",
        lambda: gzip.compress(b"1,2,3\n" * 50_000_000, 6),
        refused("data.csv.gz unpacks to"),
        small=lambda: gzip.compress(b"1,2,3\n" * 5_000_000, 6),
    ),
)
