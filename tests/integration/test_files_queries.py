"""Tables are asked in a process of their own: exact, and bounded."""

import asyncio
import time
from dataclasses import replace

import pytest

from core.errors import FileError
from core.files.document import Column, ColumnKind, Table
from core.files.limits import DEFAULT_LIMITS
from core.files.queries import Queries, queries

COLUMNS = (Column("what", ColumnKind.TEXT), Column("price", ColumnKind.NUMBER))
COSTS = Table("Costs 2026", COLUMNS, tuple((f"item | {n}", n / 10) for n in range(1, 1_001)), 1_000)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def test_sums_are_exact_and_cells_stay_in_their_place() -> None:
    said = await queries().ask([COSTS], "SELECT sum(price) AS total, max(what) AS last FROM costs_2026")
    assert "| 50050 |" in said
    assert "item \\| 999" in said


async def test_what_is_wrong_in_a_query_is_said() -> None:
    with pytest.raises(FileError, match=r'Table "costs_2026" has the columns "what", "price"'):
        await queries().ask([COSTS], "SELECT sum(cost) FROM costs_2026")


async def test_nothing_but_the_tables_is_reached() -> None:
    for sql in ("ATTACH '/etc/passwd' AS x", "PRAGMA database_list", "SELECT readfile('/etc/passwd')"):
        with pytest.raises(FileError):
            await queries().ask([COSTS], sql)


async def test_one_that_never_ends_is_ended_and_holds_nobody_up() -> None:
    limits = replace(DEFAULT_LIMITS, query_seconds=1.0)
    asking = Queries(queries().asked, limits)
    begun = time.monotonic()
    endless = asyncio.create_task(asking.ask([COSTS], ENDLESS))
    assert "| 1000 |" in await asking.ask([COSTS], "SELECT count(*) FROM costs_2026")
    with pytest.raises(FileError, match="took longer than 1 second"):
        await endless
    assert time.monotonic() - begun < 15
