"""The store on SQLite: one file, one process, one writer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.memory.audit import AuditTable
from core.memory.boots import BootTable
from core.memory.calls import CallTable
from core.memory.changes import ChangeTable
from core.memory.choices import ChoiceTable
from core.memory.database import Database, open_database
from core.memory.documents import DocumentTable
from core.memory.forgetting import ForgetTable
from core.memory.inbox import InboxTable
from core.memory.library import LibraryTable
from core.memory.posts import PostTable
from core.memory.recall import RecallTable
from core.memory.retention import RetentionTable
from core.memory.rules import RuleTable
from core.memory.spending import SpendingTable
from core.memory.told import ToldTable
from core.memory.turns import TurnTable


class SqliteStore(
    InboxTable,
    ChangeTable,
    TurnTable,
    CallTable,
    PostTable,
    LibraryTable,
    BootTable,
    RecallTable,
    ChoiceTable,
    AuditTable,
    ForgetTable,
    RetentionTable,
    SpendingTable,
    ToldTable,
    RuleTable,
    DocumentTable,
):
    """Implements ``core.storage.Store``."""

    def __init__(self, database: Database) -> None:
        self._database = database


@asynccontextmanager
async def open_store(folder: Path) -> AsyncIterator[SqliteStore]:
    """Open the store in a data folder, made if need be. Raises ``StoreError`` and its kin."""
    async with open_database(folder) as database:
        yield SqliteStore(database)
