"""Letting go of a person's words at their word."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiosqlite

from core import acts
from core.address import Address
from core.commands import split_command
from core.forgetting import FORGET, Extent, Forgotten, Inventory
from core.memory.audit import note
from core.memory.database import Database, Value, every, one, run
from core.memory.document_writing import let_go_of_unwanted, take_from
from core.principal import Principal
from core.rules import DIRECT
from core.storage import Change, Effect

COUNTED_S = 3600.0
# In this order: what finds the rows goes last.
OF_TURNS = ("forget_tool_calls", "forget_posts", "take_lanes_away", "take_back", "forget_whose_turns")
OF_PERSON = (
    "forget_uploads",
    "forget_pins_by",
    "empty_names_of_events",
    "empty_names_of_messages",
    "forget_choices_in",
    "empty_names_of_choices",
    "empty_names_of_rules",
    "empty_names_of_audit",
    "forget_what_was_told",
    "empty_events",
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Places by their keys: threads from ``first`` to ``last``, and the ``account`` around them, if any."""

    first: str
    last: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A person's rows in a reach: ``values`` for the statements, and what is kept."""

    values: Mapping[str, Value]
    inventory: Inventory


class ForgetTable:
    """Implements ``core.forgetting.ForgetStore``."""

    _database: Database

    async def inventory(self, person: Principal, extent: Extent) -> Inventory:
        """Say what would go."""

        async def unit(connection: aiosqlite.Connection) -> Inventory:
            found = [await found_in(connection, person, reach) for reach in reaches(person, extent)]
            return _sum(one.inventory for one in found)

        return await self._database.write(unit)

    async def forget(self, person: Principal, extent: Extent, now: float) -> Forgotten:
        """Let it go, and overwrite what is left of it in the file."""

        async def unit(connection: aiosqlite.Connection) -> Forgotten:
            gone = [await _forget(connection, person, reach, now) for reach in reaches(person, extent)]
            anew = tuple(effect for one in gone for effect in one.anew)
            inventory = _sum(one.inventory for one in gone)
            await note(connection, acts.forgot(person, extent, inventory, now))
            return Forgotten(inventory, anew)

        forgotten = await self._database.write(unit)
        await let_go_of_unwanted(self._database)
        await self._database.begin_to_erase()
        return forgotten

    async def erase(self) -> bool:
        """Overwrite what is left in the file of words that went; false when it has to be tried again."""
        return await self._database.erase()


def reaches(person: Principal, extent: Extent) -> tuple[Reach, ...]:
    """Say where a person's rows are looked for: nowhere without an id."""
    if not person.person:
        return ()
    if extent.thread is not None:
        return (Reach(extent.thread.key, extent.thread.key),)
    platform = quote(person.platform, safe="")
    if person.account == DIRECT:
        return (_below(platform),)
    accounts = (f"{platform}:{quote(account, safe='')}" for account in (person.account, DIRECT))
    return tuple(_below(account) for account in accounts)


def _below(key: str) -> Reach:
    # The keys of a place begin with it and a colon; the next character ends them.
    return Reach(f"{key}:", f"{key};", key)


async def _forget(connection: aiosqlite.Connection, person: Principal, reach: Reach, now: float) -> Forgotten:
    found = await found_in(connection, person, reach)
    values: dict[str, Value] = {**found.values, "before": now - COUNTED_S}
    pictures = [row[0] for row in await every(connection, "pictures_of_turns", values)]
    at_work = await every(connection, "open_turns_among", values)
    await run(connection, "empty_messages", values)
    if pictures:
        await run(connection, "forget_images", {"hashes": json.dumps(pictures)})
    await take_from(connection, "forget_sources_by", values)
    for statement in (*OF_TURNS, *OF_PERSON):
        await run(connection, statement, values)
    await run(connection, "mark_erasure", {})
    anew = tuple(Effect(Change.ANEW, Address.from_key(str(key)), str(turn)) for turn, key in at_work)
    return Forgotten(found.inventory, anew)


async def found_in(connection: aiosqlite.Connection, person: Principal, reach: Reach) -> Found:
    """Look for a person's rows within a transaction."""
    values: dict[str, Value] = {
        "person": person.person,
        "first": reach.first,
        "last": reach.last,
        "account": reach.account,
        "tail": f":{quote(person.person, safe='')}",
    }
    at_work = await every(connection, "turns_at_work_for", values)
    # A command stands alone; beside other words it is none, however it came there by an edit.
    talking = {turn for turn, text in at_work if not _is_forget(str(text))}
    values["spared"] = json.dumps([turn for turn, _ in at_work if turn not in talking])
    values["turns"] = json.dumps([turn for (turn,) in await every(connection, "turns_for", values)])
    threads = await every(connection, "threads_of_person", values)
    values["whole"] = json.dumps([key for key, is_whole in threads if is_whole])
    row = await one(connection, "count_questions", values)
    assert row is not None
    chosen = await every(connection, "settings_chosen_by", values)
    inventory = Inventory(
        threads=len(threads),
        whole=sum(bool(is_whole) for _, is_whole in threads),
        questions=int(str(row[0])),
        answers=await _count(connection, "count_answers", values),
        files=int(str(row[1])),
        pins=await _count(connection, "count_pins", values),
        summaries=await _count(connection, "count_summaries", values),
        tool_calls=await _count(connection, "count_tool_calls", values),
        settings=tuple(sorted(str(setting) for (setting,) in chosen)),
    )
    return Found(values, inventory)


def _is_forget(text: str) -> bool:
    command = split_command(text)
    return command is not None and command[0] == FORGET


async def _count(connection: aiosqlite.Connection, name: str, values: Mapping[str, Value]) -> int:
    row = await one(connection, name, values)
    assert row is not None
    return int(str(row[0]))


def _sum(parts: Iterable[Inventory]) -> Inventory:
    found = tuple(parts)
    return Inventory(
        threads=sum(part.threads for part in found),
        whole=sum(part.whole for part in found),
        questions=sum(part.questions for part in found),
        answers=sum(part.answers for part in found),
        files=sum(part.files for part in found),
        pins=sum(part.pins for part in found),
        summaries=sum(part.summaries for part in found),
        tool_calls=sum(part.tool_calls for part in found),
        settings=tuple(sorted({setting for part in found for setting in part.settings})),
    )
