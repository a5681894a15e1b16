"""The store in memory: letting go of a person's words at their word."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core import acts
from core.address import Address
from core.commands import split_command
from core.events import Asked
from core.forgetting import FORGET, Extent, Forgotten, Inventory
from core.message import Author
from core.principal import Principal
from core.rules import DIRECT
from core.settings import Setting
from core.storage import Change, Effect
from core.transcript import Role
from tests.fakes.audit import MemoryAudit
from tests.fakes.changes import MemoryChanges
from tests.fakes.rules import MemoryRules
from tests.fakes.tables import OPEN, WITHDRAW, EventRow, MessageRow, TurnRow, occurrence

COUNTED_S = 3600.0


@dataclass
class Theirs:
    """A person's rows."""

    events: list[EventRow]
    turns: list[TurnRow]
    spared: list[TurnRow]
    answers: list[MessageRow]
    choices: list[tuple[str, Setting]]


@dataclass
class MemoryForgetting(MemoryChanges, MemoryAudit, MemoryRules):
    """Implements core.forgetting.ForgetStore."""

    async def inventory(self, person: Principal, extent: Extent) -> Inventory:
        return self._inventory(person, extent, self._theirs(person, extent))

    async def forget(self, person: Principal, extent: Extent, now: float) -> Forgotten:
        theirs = self._theirs(person, extent)
        inventory = self._inventory(person, extent, theirs)
        whole = self._whole(person, theirs)
        anew = self._overtake(person, theirs)
        self._forget_turns(theirs, now - COUNTED_S)
        for key in theirs.choices:
            self._forget_choice(key, whole)
        for thread, pins in self.pinned.items():
            if _within(person, extent)(Address.from_key(thread)):
                self.pinned[thread] = [row for row in pins if row.author_id != person.person]
        for event in theirs.events:
            self._forget_event(event)
        for turn in theirs.spared:
            for event in self.questions_of(turn):
                event.event = replace(event.event, author=replace(event.event.author, name=""))
        if extent.thread is None and person.person:
            self._forget_names(person)
        for entry in self.audited:
            if extent.thread is not None and (entry.place, entry.actor) == (
                extent.thread.key,
                person.person_key,
            ):
                entry.name = ""
        self.note(acts.forgot(person, extent, inventory, now))
        return Forgotten(inventory, anew)

    async def erase(self) -> bool:
        return True

    def _theirs(self, person: Principal, extent: Extent) -> Theirs:
        within = _within(person, extent)
        asked = [
            row
            for row in self.events.values()
            if person.person and row.event.author.id == person.person and within(row.event.address)
        ]
        spared = [
            self.turn_rows[row.turn_id]
            for row in asked
            if row.turn_id
            and self.turn_rows[row.turn_id].state in OPEN
            and all(_is_forget(each) for each in asked if each.turn_id == row.turn_id)
        ]
        events = [row for row in asked if not any(row.turn_id == turn.id for turn in spared)]
        turns = {row.turn_id: self.turn_rows[row.turn_id] for row in events if row.turn_id}
        answers = [
            row for row in self.rows if row.turn_id in turns and row.role is not Role.USER and row.parts
        ]
        return Theirs(events, list(turns.values()), spared, answers, self._choices_of(person, extent))

    def _choices_of(self, person: Principal, extent: Extent) -> list[tuple[str, Setting]]:
        if not person.person:
            return []
        within = _within(person, extent)
        found = []
        for place, setting in self.choices:
            parts = [*place.split(":"), "", ""][:4]
            is_account = extent.thread is None or place.count(":") == 3
            address = Address.from_key(":".join(parts))
            if self.choosers[place, setting] == person.person and is_account and within(address):
                found.append((place, setting))
        return found

    def _inventory(self, person: Principal, extent: Extent, theirs: Theirs) -> Inventory:
        within = _within(person, extent)
        ids = {turn.id for turn in theirs.turns}
        covered = [
            summary
            for key, summary in self.summaries.items()
            if any(
                row.address.key == key and row.number <= summary.upto and row.parts and row.turn_id in ids
                for row in self.rows
            )
        ]
        live = [row for row in theirs.events if not row.is_withdrawn]
        pins = [
            row
            for key, rows in self.pinned.items()
            for row in rows
            if person.person and row.author_id == person.person and within(Address.from_key(key))
        ]
        return Inventory(
            threads=len({row.event.address for row in theirs.events}),
            whole=len(self._whole(person, theirs)),
            questions=len(live),
            answers=len(theirs.answers),
            files=sum(len(row.event.attachments) for row in live),
            pins=len(pins),
            summaries=len(covered),
            tool_calls=sum(turn_id in ids for turn_id, _ in self.tools),
            settings=tuple(sorted({str(setting) for _, setting in theirs.choices})),
        )

    def _whole(self, person: Principal, theirs: Theirs) -> set[str]:
        threads = {row.event.address.key for row in theirs.events}
        others = {
            row.event.address.key
            for row in self.events.values()
            if row.event.author.id not in {person.person, ""}
        }
        others |= {
            key for key, pins in self.pinned.items() if any(row.author_id != person.person for row in pins)
        }
        return threads - others

    def _overtake(self, person: Principal, theirs: Theirs) -> tuple[Effect, ...]:
        at_work = [turn for turn in theirs.turns if turn.state in OPEN or turn.wish]
        at_work.sort(
            key=lambda turn: (turn.address.account != person.account, turn.address.key, turn.begun_at)
        )
        for turn in at_work:
            turn.wish = WITHDRAW
            if turn.state in OPEN:
                self.fences[turn.address.key] += 1
        return tuple(Effect(Change.ANEW, turn.address, turn.id) for turn in at_work)

    def _forget_turns(self, theirs: Theirs, before: float) -> None:
        for turn in theirs.turns:
            pictures = set().union(*(row.pictures for row in self.messages_of(turn)))
            for row in self.messages_of(turn):
                self.reword(row, ())
            for sha256 in pictures - set().union(*(row.pictures for row in self.rows)):
                self.pictures.pop(sha256, None)
            for post in self.posts_of(turn):
                post.post = replace(post.post, shown=None, final=None, file=None)
            self.tools = {key: row for key, row in self.tools.items() if key[0] != turn.id}
            turn.author_id = "" if turn.begun_at < before else turn.author_id

    def _forget_event(self, row: EventRow) -> None:
        asked = row.event
        key = occurrence(asked.address, asked.key)
        self.uploads = {id_: kept for id_, kept in self.uploads.items() if kept.occurrence != key}
        self.forget_documents(key)
        row.is_withdrawn = True
        row.state = "done" if row.state == "new" else row.state
        row.event = Asked(
            asked.key, asked.address, Author("", ""), "", asked.message_id, asked.sent_at, asked.addressing
        )

    def _forget_choice(self, key: tuple[str, Setting], whole: set[str]) -> None:
        if key[0] in whole:
            del self.choices[key]
        else:
            self.choices[key] = replace(self.choices[key], by="")
            self.choosers[key] = ""

    def _forget_names(self, person: Principal) -> None:
        def is_theirs(key: str) -> bool:
            accounts = {turn.address.account for turn in self.turn_rows.values()}
            accounts |= {person.account, DIRECT}
            return any(
                replace(person, account=account).person_key == key
                for account in accounts
                if person.account in {account, DIRECT} or account == DIRECT
            )

        for row in self.audited:
            row.name = "" if is_theirs(row.actor) else row.name
        self.told = {key: until for key, until in self.told.items() if not is_theirs(key[0])}
        for key, kept in self.set_rules.items():
            within = _within(person, Extent())
            if kept.by_id == person.person and within(Address.from_key(f"{kept.account}::")):
                self.set_rules[key] = replace(kept, by="")


def _within(person: Principal, extent: Extent) -> Callable[[Address], bool]:
    def within(address: Address) -> bool:
        if extent.thread is not None:
            return address == extent.thread
        is_there = person.account in {address.account, DIRECT} or address.account == DIRECT
        return address.platform == person.platform and is_there

    return within


def _is_forget(row: EventRow) -> bool:
    command = split_command(row.event.text)
    return command is not None and command[0] == FORGET
