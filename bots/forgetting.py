"""``/forget``: what would go, and, once it is confirmed, what went."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from bots.choice_words import code
from core.address import Address
from core.audit import AuditStore
from core.commands import CommandSpec
from core.forgetting import EVERYTHING, FORGET, Extent, ForgetStore, Inventory
from core.message import Author
from core.phrases import joined
from core.ports import Clock
from core.principal import Principal
from core.rules import DIRECT
from core.spending import SpendingStore
from core.storage import Effect

FORGET_COMMAND: Final = CommandSpec(
    FORGET, "Delete what I keep of you", argument="this thread, or everything"
)
YES: Final = "yes"
PUNCTUATION: Final = str.maketrans(dict.fromkeys("`'\".,!:", " "))
THIS_THREAD: Final = frozenset(
    {"this thread", "thread", "this", "here", "this conversation", "conversation", "this chat"}
)
EVERYTHING_SAID: Final = frozenset(
    {"everything", "all", "everything of mine", "all of it", "me", "everything about me"}
)
NOT_UNDERSTOOD: Final = (
    "I did not understand {said}, and nothing is deleted. Say `{sign}forget this thread` or "
    "`{sign}forget everything`; then I say first what would go."
)
NO_THREAD: Final = (
    "There is no conversation here that I could forget. Say it inside of one, or `{sign}forget everything`."
)
FINAL: Final = "It cannot be undone."
STAYS: Final = (
    "What others wrote stays, with my answers to them. Backups that the operator made are not reached: "
    "ask whoever runs me."
)
ON_SCREEN: Final = (
    "Your messages and my answers stay visible here, for they are not mine to keep: when you delete a "
    "message of yours, my answer to it goes too."
)
OVERTAKEN: Final = "What I was about to answer you is taken back."
NOTHING_HERE: Final = "I keep nothing of yours from this conversation."
NOTHING: Final = "I keep nothing of yours."


class ForgettingStore(ForgetStore, SpendingStore, AuditStore, Protocol):
    """What the command reads and changes."""


@dataclass(frozen=True, slots=True)
class ForgetCommand:
    """Answers it.

    ``go_on`` is told which turns were at work for the person: they have to be overtaken, and their lanes
    woken. Replies are Markdown.
    """

    store: ForgettingStore
    clock: Clock
    go_on: Callable[[Effect], None]

    async def run(self, address: Address, author: Author, argument: str, sign: str, *, alone: bool) -> str:
        """Say what would go, or let it go when it is confirmed. Raises ``StoreError``.

        ``sign`` stands before a command's name on a platform; ``alone`` says that conversations are shown
        nowhere else than here.
        """
        said = " ".join(argument.lower().translate(PUNCTUATION).split())
        what, _, last = said.rpartition(" ")
        is_confirmed = last == YES and bool(what)
        wanted = what if is_confirmed else said
        if not wanted:
            return await self._overview(address, author, sign, alone=alone)
        if wanted in EVERYTHING_SAID:
            extent = EVERYTHING
        elif wanted not in THIS_THREAD:
            return NOT_UNDERSTOOD.format(said=code(argument[:80]), sign=sign)
        elif not address.thread:
            return NO_THREAD.format(sign=sign)
        else:
            extent = Extent(address)
        if is_confirmed:
            return await self._forget(address, author, extent, alone=alone)
        return await self._ask(address, author, extent, sign, alone=alone)

    async def _overview(self, address: Address, author: Author, sign: str, *, alone: bool) -> str:
        person = Principal.of(author, address)
        everything = await self.store.inventory(person, EVERYTHING)
        if everything.is_empty:
            return NOTHING
        lines = [f"- {_where(address)}: {_listed(everything)}"]
        ways = [f"`{sign}forget everything {YES}` deletes all of it."]
        if address.thread:
            here = await self.store.inventory(person, Extent(address))
            lines.insert(0, f"- in this conversation: {_listed(here)}")
            ways.insert(0, f"`{sign}forget this thread {YES}` deletes what is from here.")
        stays = _stays(alone=alone)
        return "\n\n".join(("What I keep of you:", "\n".join(lines), " ".join((*ways, FINAL)), stays))

    async def _ask(self, address: Address, author: Author, extent: Extent, sign: str, *, alone: bool) -> str:
        inventory = await self.store.inventory(Principal.of(author, address), extent)
        if inventory.is_empty:
            return NOTHING_HERE if extent.thread else NOTHING
        where, name = ("from this conversation", "this thread") if extent.thread else ("", "everything")
        goes = " ".join(f"I would delete {where}: {_listed(inventory)}.".split()).replace(" :", ":")
        shared = _shared(inventory)
        how = f"Say `{sign}forget {name} {YES}` to delete it. {FINAL}"
        return "\n\n".join(part for part in (goes, shared, how, _stays(alone=alone)) if part)

    async def _forget(self, address: Address, author: Author, extent: Extent, *, alone: bool) -> str:
        person, now = Principal.of(author, address), self.clock.now()
        forgotten = await self.store.forget(person, extent, now)
        for effect in forgotten.anew:
            self.go_on(effect)
        if extent is EVERYTHING:
            for account in {person.account, DIRECT}:
                key = replace(person, account=account).person_key
                await self.store.forget_person(key, _month_of(now))
        if forgotten.inventory.is_empty:
            return NOTHING_HERE if extent.thread else NOTHING
        parts = [f"Deleted: {_listed(forgotten.inventory)}."]
        if forgotten.anew:
            parts.append(OVERTAKEN)
        return "\n\n".join((" ".join(parts), _stays(alone=alone)))


def _listed(inventory: Inventory) -> str:
    """Say what is kept, in numbers."""
    counted = (
        (inventory.questions, "question or message", "questions and messages"),
        (inventory.answers, "answer", "answers"),
        (inventory.files, "file or picture", "files and pictures"),
        (inventory.tool_calls, "use of a tool", "uses of tools"),
        (inventory.pins, "pinned fact", "pinned facts"),
        (inventory.summaries, "summary", "summaries"),
    )
    parts = [f"{many} {one if many == 1 else more}" for many, one, more in counted if many]
    if inventory.settings:
        parts.append(f"your name at what you chose ({', '.join(map(_setting, inventory.settings))})")
    if not parts:
        return "your name at messages that are deleted" if inventory.threads else "nothing"
    return joined(parts)


def _setting(name: str) -> str:
    return {"answer_tokens": "length", "shows_reasoning": "reasoning"}.get(name, name)


def _shared(inventory: Inventory) -> str:
    shared = inventory.threads - inventory.whole
    if not shared:
        return ""
    where = "In one conversation" if shared == 1 else f"In {shared} conversations"
    return f"{where} others wrote too: there only what is yours goes."


def _where(address: Address) -> str:
    if address.account == DIRECT:
        return "everything, wherever you have written to me"
    return "everything, here and in private"


def _stays(*, alone: bool) -> str:
    return STAYS if alone else f"{ON_SCREEN} {STAYS}"


def _month_of(now: float) -> float:
    """Return when the month began, in unix seconds: what was used since then still counts."""
    at = datetime.fromtimestamp(now, UTC)
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
