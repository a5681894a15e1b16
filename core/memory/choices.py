"""What people chose for a thread, a channel or an account."""

import json

import aiosqlite
from pydantic import TypeAdapter

from core import acts
from core.address import Address
from core.memory.audit import note
from core.memory.database import Database, Row, Value, one, run
from core.message import Author
from core.settings import Chain, Choices, Chosen, Scope, Setting, place_of

_CHOICES: TypeAdapter[Choices] = TypeAdapter(Choices)


class ChoiceTable:
    """Implements ``core.storage.SettingsStore``."""

    _database: Database

    async def chain(self, address: Address) -> Chain:
        """Read all that was chosen for an address."""
        places = {scope: place_of(address, scope) for scope in Scope}
        rows = await self._database.rows("choices_of", {str(scope): key for scope, key in places.items()})
        return Chain(tuple(_chosen(row, scope) for scope in Scope for row in rows if row[0] == places[scope]))

    async def choose(self, address: Address, scope: Scope, choices: Choices, by: Author, now: float) -> None:
        """Set what is chosen in ``choices`` for the address's thread, channel or account."""
        made: dict[str, Value] = {
            "place": place_of(address, scope),
            "author_id": by.id,
            "author": by.name,
            "now": now,
        }

        async def unit(connection: aiosqlite.Connection) -> None:
            for setting in choices.made:
                before = _choices(await one(connection, "choice_of", {**made, "setting": setting}))
                one_of_them = json.dumps({setting: choices.value(setting)})
                await run(connection, "choose", {**made, "setting": setting, "choices": one_of_them})
                await note(connection, acts.chosen(by, address, scope, setting, (before, choices), now))

        await self._database.write(unit)

    async def unchoose(
        self, address: Address, scope: Scope, settings: tuple[Setting, ...], by: Author, now: float
    ) -> None:
        """Take choices back."""
        place = place_of(address, scope)

        async def unit(connection: aiosqlite.Connection) -> None:
            for setting in settings:
                row = await one(connection, "unchoose", {"place": place, "setting": setting})
                change = (_choices(row), Choices())
                await note(connection, acts.chosen(by, address, scope, setting, change, now))

        await self._database.write(unit)


def _choices(row: Row | None) -> Choices:
    return Choices() if row is None else _CHOICES.validate_json(str(row[0]))


def _chosen(row: Row, scope: Scope) -> Chosen:
    _, choices, author, at = row
    return Chosen(scope, _CHOICES.validate_json(str(choices)), str(author), float(str(at)))
