"""What stays when a process crashes: the store, the platform, and a sender who waits for his receipt."""

from dataclasses import dataclass, field

from core import phrases
from core.capabilities import Capabilities
from core.delivery import Draft, Lookup, Outcome, Sent
from core.errors import PlatformError
from core.events import Asked
from core.markdown.segments import segments
from core.message import Author
from core.storage import Answer, Store, TurnState
from core.transcript import Role
from tests.fakes.platform import FakePlatform
from tests.questions import asked

NOW = 1_700_000_100.0


def unhurried(limit: int) -> Capabilities:
    """No paces, so that a run depends on no clock."""
    return Capabilities(max_message=limit, measure=len, paces=(), formatting="Plain text.")


@dataclass
class StrictPlatform(FakePlatform):
    """Notes each post that arrives. ``keys`` says how soon one can be found by its key.

    ``at once``; ``refused``: the first question about a key fails; ``unseen``: it finds nothing.
    """

    arrived: list[str] = field(default_factory=list)
    asked_for: set[str] = field(default_factory=set)
    keys: str = "at once"

    async def post(self, draft: Draft) -> Outcome:
        outcome = await FakePlatform.post(self, draft)
        if isinstance(outcome, Sent):
            self.arrived.append(draft.key)
        return outcome

    async def find(self, lookup: Lookup) -> str | None:
        is_first = lookup.key not in self.asked_for
        self.asked_for.add(lookup.key)
        if is_first and self.keys == "refused":
            raise PlatformError("not now")
        if is_first and self.keys == "unseen":
            return None
        return await FakePlatform.find(self, lookup)


@dataclass(frozen=True)
class Scenario:
    """One question. Life number n of the process hears ``texts[n]`` from the model (the last one goes on).

    ``committed`` is an answer that stands in the store before the first life; ``again`` has the
    event delivered in every life, not only until it was acknowledged.
    """

    name: str
    texts: tuple[str, ...]
    limit: int = 2000
    opener: str | None = None
    uses_tool: bool = False
    committed: tuple[str, ...] = ()
    again: bool = False
    keys: str = "at once"

    def question(self, number: int) -> Asked:
        """A question in a thread of its own, by a person of its own."""
        return asked(
            f"Question {number}?",
            number=number,
            thread=f"t{number}",
            author=Author(f"U{number}", "Ada"),
            opener=self.opener,
        )

    def text(self, life: int) -> str:
        return self.texts[min(life, len(self.texts) - 1)]

    @property
    def whole(self) -> set[tuple[str, ...]]:
        """Every answer that is one: the messages that people may see in the end."""
        return {self.committed} if self.committed else {self._messages(text) for text in self.texts}

    @property
    def given_up(self) -> tuple[str, ...]:
        """The honest word after too many attempts."""
        return self._messages(phrases.GAVE_UP)

    def _messages(self, text: str) -> tuple[str, ...]:
        before = (self.opener,) if self.opener else ()
        return (*before, *segments(text, self.limit, len))


@dataclass
class World:
    """All that a crash leaves alone."""

    scenario: Scenario
    store: Store
    platform: StrictPlatform
    number: int = 1
    acknowledged: bool = False

    @property
    def question(self) -> Asked:
        return self.scenario.question(self.number)

    @property
    def state(self) -> str:
        """Equal for worlds in which everything goes on alike."""
        shown = [(number, one.draft.key, one.text) for number, one in self.platform.messages.items()]
        keys = (sorted(self.platform.arrived), sorted(self.platform.asked_for))
        return repr((self.store, shown, keys, self.acknowledged))

    @property
    def seen(self) -> tuple[str, ...]:
        """What people see below their question."""
        return tuple(self.platform.texts(self.question.address.thread))


async def new_world(scenario: Scenario, store: Store, number: int = 1) -> World:
    """A world before the first life: nothing was asked yet, or an answer is committed already."""
    platform = StrictPlatform(capabilities=unhurried(scenario.limit), keys=scenario.keys)
    world = World(scenario, store, platform, number)
    if scenario.committed:
        await store.accept(world.question, (), NOW)
        turn = await store.begin(world.question.address, NOW)
        assert turn is not None
        answer = Answer(Role.ASSISTANT, " ".join(scenario.committed), TurnState.DONE, "scripted")
        await store.commit_answer(turn, answer, scenario.committed, NOW)
        world.acknowledged = True
    return world


async def verdict(world: World) -> str:
    """What became of the question: once, given up, lost, repeated, cut, or stuck; by what people see."""
    seen = " ".join(world.seen)
    whole = world.scenario.whole
    if not world.seen:
        return "lost"
    if await world.store.waiting():
        return "stuck"
    if len(set(world.platform.arrived)) < len(world.platform.arrived):
        return "repeated"
    if world.seen in whole:
        return "once"
    if world.seen == world.scenario.given_up:
        return "given up"
    return "repeated" if any(" ".join(one) in seen for one in whole) else "cut"
