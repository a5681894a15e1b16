"""What the planned servers offer, each model beside what is known of it and what it is set for."""

import asyncio
from dataclasses import dataclass
from typing import Final, TypeGuard

from bots.local_model import LOCAL_INFO
from bots.model import LOCAL_FACTS
from bots.model_plan import ModelPlan, PlannedModel
from core.errors import ModelError, ModelRefusedKey, ModelTimedOut, ModelUnreachable
from core.llama.catalog import Entry, Source
from core.llama.endpoint import Endpoint
from core.llama.known import DEFAULT_WINDOW
from core.llama.offer import Offer, ask_offer
from core.llama.profiles import OPENAI

FAILURES: Final[dict[type[ModelError], str]] = {
    ModelUnreachable: "cannot be reached ({reason}): check that it runs, and its address",
    ModelRefusedKey: "refuses the key ({reason}): check it",
    ModelTimedOut: "does not answer in time ({reason})",
}
ANSWERS, LOOKS, FALLBACK, MAY_BE_CHOSEN = "answers", "pictures", "fallback", "may be chosen"


@dataclass(frozen=True, slots=True)
class Line:
    """One model: what it is used for, and what is known.

    ``window`` is what a chat gets, in tokens; ``assumed`` when nobody has said that it is there.
    """

    name: str
    uses: tuple[str, ...]
    window: int
    assumed: bool
    entry: Entry


@dataclass(frozen=True, slots=True)
class Server:
    """One server's models, or ``failure``: what it did instead of listing them.

    ``kind`` is what it looks like; ``missing`` are models that are set but not in its list.
    """

    origin: str
    kind: str = ""
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    failure: str = ""


async def ask_servers(plan: ModelPlan) -> tuple[Server, ...]:
    """Ask every server of the plan at once, the main one first; without any it is the small local model."""
    if plan.main is None:
        return (_local(),)
    endpoints = dict.fromkeys((one.endpoint.base_url, one.endpoint.api_key) for one in plan.models)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(_ask(Endpoint(*endpoint), plan)) for endpoint in endpoints]
    return tuple(task.result() for task in asked)


def _local() -> Server:
    note = f"{LOCAL_INFO.note} Set LLAMA_BASE_URL for another, such as http://localhost:11434/v1."
    entry = Entry(LOCAL_FACTS, Source.TABLE, sure=True, row="comes with Tampu", note=note)
    line = Line(LOCAL_INFO.name, (ANSWERS,), LOCAL_INFO.window, assumed=False, entry=entry)
    return Server("this machine", lines=(line,))


async def _ask(endpoint: Endpoint, plan: ModelPlan) -> Server:
    try:
        offer = await ask_offer(endpoint, plan.deadlines)
    except ModelError as error:
        words = FAILURES.get(type(error), "does not list its models ({reason})")
        reason = str(error) or type(error).__name__
        return Server(endpoint.origin, failure=words.format(reason=reason))
    return _Listed(endpoint, offer, plan).server()


@dataclass(frozen=True, slots=True)
class _Listed:
    """A server's offer, held against the plan."""

    endpoint: Endpoint
    offer: Offer
    plan: ModelPlan

    def server(self) -> Server:
        uses = self._uses()
        lines = [self._line(name, uses.get(name, ())) for name in self.offer.names]
        lines.sort(
            key=lambda line: (not line.uses, ANSWERS not in line.uses, _unknown(line), line.name.lower())
        )
        missing = tuple(name for name in uses if name not in self.offer.names)
        kind = "" if self.offer.profile is OPENAI else self.offer.profile.title
        return Server(self.endpoint.origin, kind, tuple(lines), missing)

    def _uses(self) -> dict[str, tuple[str, ...]]:
        """What the models of this server are set for, by name."""
        planned = [(ANSWERS, self.plan.main), (LOOKS, self.plan.vision)]
        planned += [(f"{FALLBACK} {number}", one) for number, one in enumerate(self.plan.fallbacks, 1)]
        planned += [(MAY_BE_CHOSEN, one) for one in self.plan.choices]
        names = self.offer.names
        uses: dict[str, tuple[str, ...]] = {}
        for use, model in planned:
            if self._is_here(model):
                name = model.endpoint.model or (names[0] if len(names) == 1 else "")
                if name:
                    uses[name] = (*uses.get(name, ()), use)
        return uses

    def _is_here(self, model: PlannedModel | None) -> TypeGuard[PlannedModel]:
        here = (self.endpoint.base_url, self.endpoint.api_key)
        return model is not None and (model.endpoint.base_url, model.endpoint.api_key) == here

    def _line(self, name: str, uses: tuple[str, ...]) -> Line:
        entry = self.plan.catalog.entry(name, self.endpoint.base_url, self.offer.facts_of(name))
        if uses and self.plan.context and self._is_here(self.plan.main):
            return Line(name, uses, self.plan.context, assumed=False, entry=entry)
        window = entry.facts.window or DEFAULT_WINDOW
        if not entry.sure and not self.endpoint.hosted:
            window = min(window, DEFAULT_WINDOW)
        return Line(name, uses, window, not entry.sure, entry)


def _unknown(line: Line) -> int:
    """Rows of the operator and of the table stand before the rest of a long list."""
    return 0 if line.entry.source in (Source.OPERATOR, Source.TABLE) else 1
