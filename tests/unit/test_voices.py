"""Which model answers: who was chosen, within what the rules allow who asks."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from core.conversation.voices import Voices
from core.errors import ModelForbidden
from core.message import Author
from core.policy import decide
from core.ports import Model
from core.principal import Principal
from core.rules import Rule
from core.settings import Choices, Scope
from core.tools.toolbox import Toolbox
from core.transcript import ModelEvent, ModelInfo, ModelRequest
from tests.fakes.store import MemoryStore
from tests.questions import ADA, asked

HERE = asked("").address
MIA = Author("U5", "Mia")


@dataclass(eq=False)
class Named:
    """A model that has a name and never speaks."""

    name: str

    async def info(self) -> ModelInfo:
        return ModelInfo(self.name, 8_192, 1_024, tools=True, vision=False, hosted=False)

    async def stream(self, _request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        raise AssertionError("nobody asked for an answer")
        yield


MAIN, CHAIN, BACKUP, BIG = (Named(name) for name in ("main", "main", "backup", "big"))
ALONE: dict[str, Model] = {"main": MAIN, "backup": BACKUP, "big": BIG}


async def answers(chosen: str, *allowed: str, named_main: bool = True) -> Model:
    """Who answers where ``chosen`` was chosen and rules allow these models."""
    store = MemoryStore()
    if chosen:
        await store.choose(HERE, Scope.THREAD, Choices(model=chosen), MIA, 1.0)
    alone = ALONE if named_main else {name: model for name, model in ALONE.items() if name != "main"}
    others = {**alone, "main": CHAIN} if named_main else alone
    together = ("main", "backup") if named_main else ("backup",)
    voices = Voices(CHAIN, store, Toolbox(()), others=others, alone=alone, together=together)
    rules = (Rule("these", models=allowed),) if allowed else ()
    return (await voices.of(HERE, decide(rules, Principal.of(ADA, HERE)))).model


@pytest.mark.parametrize(
    ("chosen", "allowed", "who"),
    [
        ("", (), CHAIN),
        ("big", (), BIG),
        ("gone", (), CHAIN),
        ("", ("main", "backup"), CHAIN),
        ("big", ("main", "backup"), CHAIN),
        ("big", ("main", "backup", "big"), BIG),
        ("main", ("main", "backup", "big"), CHAIN),
        ("", ("main",), MAIN),
        ("big", ("big",), BIG),
        ("", ("big", "backup"), BACKUP),
    ],
)
async def test_fallbacks_stay_where_the_rules_allow_them(
    chosen: str, allowed: tuple[str, ...], who: Model
) -> None:
    assert await answers(chosen, *allowed) is who


@pytest.mark.parametrize(
    ("allowed", "who"), [(("backup",), BACKUP), (("main", "backup"), CHAIN), (("big", "backup"), BACKUP)]
)
async def test_a_main_model_whose_name_is_not_set_answers_only_whom_it_may(
    allowed: tuple[str, ...], who: Model
) -> None:
    assert await answers("", *allowed, named_main=False) is who


async def test_without_any_that_may_nobody_answers() -> None:
    with pytest.raises(ModelForbidden):
        await answers("big", "another")
