"""Who answers in a place, and how: what people chose there, over what the operator set."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from core.address import Address
from core.errors import ModelError, ModelForbidden
from core.policy import Decision
from core.ports import Model, Toolbox
from core.settings import Choices
from core.storage import SettingsStore
from core.tools.permitted import PermittedTools
from core.transcript import ModelInfo
from core.window import ROUGH, Counter

TEMPERATURE = 0.6

# Finds what counts the main model's tokens. Raises ``ModelError`` while it cannot be known.
Counting = Callable[[], Awaitable[Counter]]

log = structlog.get_logger()


async def rough() -> Counter:
    """Count by the rule of thumb."""
    return ROUGH


@dataclass(frozen=True, slots=True)
class Voice:
    """One model as it is to answer here, with the tools that it may call for who asks.

    ``info.max_output`` is within what was chosen.
    """

    model: Model
    info: ModelInfo
    tools: PermittedTools
    temperature: float = TEMPERATURE
    persona: str = ""
    shows_reasoning: bool = False
    counter: Counter = ROUGH


@dataclass(frozen=True, slots=True)
class Voices:
    """The models there are.

    ``others`` are those that people may choose, by name; ``alone`` are the same without anybody who would
    answer in their place. ``together`` names who may answer for the main one: itself, its fallbacks and the
    one that sees, as far as their names are known; ``None`` for all of ``others``.
    """

    main: Model
    store: SettingsStore
    toolbox: Toolbox
    house: Choices = field(default_factory=Choices)
    others: Mapping[str, Model] = field(default_factory=dict)
    counting: Counting = rough
    alone: Mapping[str, Model] = field(default_factory=dict)
    together: tuple[str, ...] | None = None

    async def of(self, address: Address, decision: Decision) -> Voice:
        """Who answers at an address, within what the rules decided for who asks.

        Raises ``ModelError``, ``StoreError``.
        """
        choices = (await self.store.chain(address)).over(self.house)
        model = await self._model(choices.model or "", decision)
        info = await model.info()
        if choices.answer_tokens is not None:
            info = replace(info, max_output=min(info.max_output, choices.answer_tokens))
        return Voice(
            model=model,
            info=info,
            tools=PermittedTools(self.toolbox, decision),
            temperature=TEMPERATURE if choices.temperature is None else choices.temperature,
            persona=choices.persona or "",
            shows_reasoning=bool(choices.shows_reasoning),
            counter=await self._counter() if model is self.main else ROUGH,
        )

    async def for_summary(self, decision: Decision) -> tuple[Model, Counter]:
        """Who sums up a conversation within what the rules decided, and what counts their tokens.

        Raises ``ModelError``.
        """
        model = await self._model("", decision)
        return model, await self.counting() if model is self.main else ROUGH

    async def _model(self, chosen: str, decision: Decision) -> Model:
        """Who was chosen, if they may answer, else the first who may."""
        wanted = self.others.get(chosen, self.main)
        if decision.models.value is None or (wanted is not self.main and decision.allows_model(chosen)):
            return wanted
        if await self._all_allowed(decision):
            return self.main
        allowed = decision.models_among(dict.fromkeys((chosen, *self.alone)))
        if (model := next((self.alone[name] for name in allowed if name in self.alone), None)) is None:
            raise ModelForbidden("the rules allow none of the models")
        return model

    async def _all_allowed(self, decision: Decision) -> bool:
        """Whether the main model may answer, and whoever would in its place."""
        if not all(map(decision.allows_model, self.others if self.together is None else self.together)):
            return False
        is_named = any(one is self.main for one in self.others.values())
        return is_named or decision.allows_model((await self.main.info()).name)

    async def _counter(self) -> Counter:
        try:
            return await self.counting()
        except ModelError as error:
            log.info("model.counted_roughly", kind=type(error).__name__)
            return ROUGH
