"""Rules that people have set by command."""

from dataclasses import replace
from pathlib import Path

import aiosqlite
from pydantic import TypeAdapter

from core.address import Address
from core.audit import AuditEntry
from core.memory.audit import note
from core.memory.beside import read_beside
from core.memory.database import Database, Row, Value, every, one, run
from core.message import Author
from core.policy_store import SetRule, account_key
from core.rules import Rule

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


class RuleTable:
    """Implements ``core.policy_store.RuleStore``."""

    _database: Database

    async def rules_of(self, address: Address) -> tuple[SetRule, ...]:
        """List the rules of the address's account in the order in which they were set."""
        rows = await self._database.rows("rules_of", {"account": account_key(address)})
        return tuple(_set_rule(row) for row in rows)

    async def put_rule(
        self, rule: Rule, address: Address, by: Author, now: float, entry: AuditEntry | None = None
    ) -> None:
        """Set a rule for the address's account."""
        values: dict[str, Value] = {
            "account": account_key(address),
            "name": rule.name,
            "rule": _RULE.dump_json(replace(rule, by_command=True)).decode(),
            "author_id": by.id,
            "author": by.name,
            "now": now,
        }

        async def unit(connection: aiosqlite.Connection) -> None:
            row = await one(connection, "rule_named", values)
            await run(connection, "put_rule", values)
            if row is None or row[0] != values["rule"]:
                await note(connection, entry)

        await self._database.write(unit)

    async def take_rule_away(
        self, name: str, address: Address, entry: AuditEntry | None = None
    ) -> SetRule | None:
        """Take a rule of the address's account away, and return it."""

        async def unit(connection: aiosqlite.Connection) -> Row | None:
            row = await one(connection, "take_rule_away", {"account": account_key(address), "name": name})
            if row is not None:
                await note(connection, entry)
            return row

        row = await self._database.write(unit)
        return _set_rule(row) if row else None


async def read_set_rules(folder: Path) -> tuple[SetRule, ...]:
    """List the rules of all accounts beside the process that owns the data folder.

    Raises ``StoreError`` and its kin.
    """

    async def read(connection: aiosqlite.Connection) -> tuple[SetRule, ...]:
        return tuple(_set_rule(row) for row in await every(connection, "every_rule", {}))

    return await read_beside(folder, read)


def _set_rule(row: Row) -> SetRule:
    account, rule, author_id, author, at = row
    read = replace(_RULE.validate_json(str(rule)), by_command=True)
    return SetRule(read, str(account), str(author_id), str(author), float(str(at)))
