"""What stays when a process crashes: the store, the platform, and what the person does."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import permutations

from core import phrases
from core.conversation.turn import STALE
from core.events import Asked, Revised, Withdrawn
from core.storage import Answer, Store, TurnState
from core.transcript import Role, TextPart
from tests.faults.crash_platform import StrictPlatform, unhurried
from tests.faults.crash_scenario import Scenario
from tests.scenario.conftest import FakeToolbox

NOW = 1_700_000_100.0
HARMLESS = {spec.name for spec in FakeToolbox().specs if spec.idempotent}


@dataclass
class World:
    """All that a crash leaves alone.

    ``done`` counts what the person has done since the question; ``receipts`` are the events that
    were acknowledged, the question being 0; ``jumbled`` says that one was delivered before an
    earlier one was. ``starts`` counts lives, ``ran`` the tool calls that took effect, ``asked`` how often
    the model was called.
    """

    scenario: Scenario
    store: Store
    platform: StrictPlatform
    number: int = 1
    done: int = 0
    receipts: set[int] = field(default_factory=set)
    jumbled: bool = False
    starts: int = 0
    asked: int = 0
    ran: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def question(self) -> Asked:
        return self.scenario.question(self.number)

    @property
    def is_over(self) -> bool:
        """Whether the person will do nothing more."""
        return self.done == len(self.scenario.acts)

    def event(self, nth: int) -> Asked | Revised | Withdrawn:
        """The question, or what the platform tells of a later act."""
        return self.question if nth == 0 else self.scenario.event(self.number, nth - 1)

    @property
    def surroundings(self) -> Hashable:
        """All but the store, equal for worlds in which everything goes on alike."""
        platform = self.platform
        shown = tuple(
            (number, one.draft.key, one.text, one.live) for number, one in platform.messages.items()
        )
        runs = tuple((call, min(many, 2 - (call[0] in HARMLESS))) for call, many in self.ran.items())
        done = (
            self.done,
            self.jumbled,
            min(self.starts, 2) if self.scenario.away_s else 0,
            tuple(sorted(self.receipts)),
            tuple(sorted(runs)),
        )
        # Asked for once or more often is the same where the platform always says what it knows.
        asked_for = () if platform.keys == "at once" else tuple(sorted(platform.asked_for))
        return (shown, tuple(sorted(platform.arrived)), asked_for, done)

    @property
    def whole(self) -> set[tuple[str, ...]]:
        """What people may see in the end: all that was asked in order, if it came in order."""
        orders = permutations(self.standing) if self.jumbled else (self.standing,)
        return set().union(*(self._answers(words) for words in orders))

    def _answers(self, words: tuple[str, ...]) -> set[tuple[str, ...]]:
        """After an absence one line may stand for the first of them, for the last, or for all."""
        found = self.scenario.whole(self.number, words, self.done)
        if not (self.scenario.away_s and self.starts > 1 and words):
            return found
        for count in range(len(words) + 1):
            first = self.scenario.whole(self.number, words[:count], self.done)
            last = self.scenario.whole(self.number, words[count:], self.done)
            found |= {(phrases.AWAY, *messages) for messages in last}
            found |= {(*messages, phrases.AWAY) for messages in first}
        return found

    @property
    def standing(self) -> tuple[str, ...]:
        """The words that want an answer."""
        return self.scenario.standing(self.number, self.done)

    @property
    def seen(self) -> tuple[str, ...]:
        """What people see below their question."""
        return tuple(self.platform.texts(self.question.address.thread))


async def new_world(scenario: Scenario, store: Store, number: int = 1) -> World:
    """A world before the first life: nothing was asked yet, or an answer is committed already."""
    platform = StrictPlatform(
        capabilities=unhurried(scenario.limit), keys=scenario.keys, unsure=scenario.unsure
    )
    world = World(scenario, store, platform, number)
    if scenario.committed:
        await store.accept(world.question, (), NOW)
        turn = await store.begin(world.question.address, NOW)
        assert turn is not None
        said = " ".join(scenario.committed)
        answer = Answer(Role.ASSISTANT, said, TurnState.DONE, "scripted", files=scenario.files)
        await store.commit_answer(turn, answer, scenario.committed, NOW)
        world.receipts.add(0)
    return world


async def verdict(world: World, kept: str) -> str:
    """What became of it all: once, or what is wrong. ``kept`` is all that the store holds, as text."""
    return await _left_behind(world, kept) or _on_screen(world) or await _remembered(world) or "once"


async def _left_behind(world: World, kept: str) -> str | None:
    """What still waits, or was said or done too often."""
    if await world.store.waiting():
        return "stuck"
    if any(letter.reason != STALE for letter in await world.store.dead_letters(9)):
        return "dead letter"
    if any(many > world.scenario.runs and name not in HARMLESS for (name, _), many in world.ran.items()):
        return "ran twice"
    if any(words in kept for words in world.scenario.withdrawn(world.number, world.done)):
        return "kept"
    if len(set(world.platform.arrived)) < len(world.platform.arrived):
        return "repeated"
    return "moved" if len(world.platform.arrived) > world.scenario.most(world.number) else None


def _on_screen(world: World) -> str | None:
    """What people see that they should not."""
    whole = world.whole
    if world.seen in whole:
        return "button left" if any(one.live for one in world.platform.messages.values()) else None
    if world.seen == world.scenario.given_up:
        return "given up"
    if not world.seen:
        return "lost"
    if () in whole:
        return "left on screen"
    seen = " ".join(world.seen)
    return "repeated" if any(" ".join(one) in seen for one in whole) else "cut"


async def _remembered(world: World) -> str | None:
    """Whether the model will read what people see."""
    rows = await world.store.transcript(world.question.address, 50)
    parts = [part for row in rows if row.role is Role.USER for part in row.parts]
    asked = [part.text for part in parts if isinstance(part, TextPart)]
    spoken = " ".join(row.text for row in rows if row.role is Role.ASSISTANT)
    unsaid = {world.scenario.opener, phrases.AWAY, *world.scenario.names}
    seen = " ".join(text for text in world.seen if text not in unsaid)
    seen = seen.replace(phrases.INTERRUPTED, "")
    wanted = list(world.standing)
    is_there = sorted(asked) == sorted(wanted) if world.jumbled else asked == wanted
    # An edit of what nobody asked, as far as is known, is no question once it is old.
    is_there = is_there or (world.jumbled and phrases.AWAY in world.seen)
    return None if is_there and spoken.split() == seen.split() else "misremembered"
