"""Who answers in a place, and how: what people chose there, over what the operator set."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from core.address import Address
from core.errors import ModelError
from core.ports import Model
from core.settings import Choices
from core.storage import SettingsStore
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
    """One model as it is to answer here. ``info.max_output`` is within what was chosen."""

    model: Model
    info: ModelInfo
    temperature: float = TEMPERATURE
    persona: str = ""
    shows_reasoning: bool = False
    counter: Counter = ROUGH


@dataclass(frozen=True, slots=True)
class Voices:
    """The models there are. ``others`` are those that people may choose, by name."""

    main: Model
    store: SettingsStore
    house: Choices = field(default_factory=Choices)
    others: Mapping[str, Model] = field(default_factory=dict)
    counting: Counting = rough

    async def of(self, address: Address) -> Voice:
        """Who answers at an address. Raises ``ModelError``, ``StoreError``."""
        choices = (await self.store.chain(address)).over(self.house)
        model = self.others.get(choices.model or "", self.main)
        info = await model.info()
        if choices.answer_tokens is not None:
            info = replace(info, max_output=min(info.max_output, choices.answer_tokens))
        return Voice(
            model=model,
            info=info,
            temperature=TEMPERATURE if choices.temperature is None else choices.temperature,
            persona=choices.persona or "",
            shows_reasoning=bool(choices.shows_reasoning),
            counter=await self._counter() if model is self.main else ROUGH,
        )

    async def _counter(self) -> Counter:
        try:
            return await self.counting()
        except ModelError as error:
            log.info("model.counted_roughly", kind=type(error).__name__)
            return ROUGH
