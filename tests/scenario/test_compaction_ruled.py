"""Who sums up a conversation, and who pays for it, where rules and budgets speak of its place."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.conversation.voices import Voices
from core.errors import ModelForbidden
from core.llama.client import LlamaClient
from core.llama.endpoint import Endpoint
from core.memory.store import open_store
from core.policy import Decision, decide
from core.principal import Principal
from core.rules import Place, Rule
from core.tools.toolbox import Toolbox
from tests.emulators.model import ModelEmulator
from tests.questions import ADA
from tests.scenario.compaction import ANSWERED, SMALL, THREAD, Summariser, housekeeping, is_for_summary
from tests.scenario.conftest import Begin, Talk


def calls(talk: Talk) -> int:
    """How often a summary was asked for."""
    return sum(is_for_summary(call.ask) for call in talk.model.journal)


async def grown(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 9))


@pytest.mark.parametrize(("allowed", "made"), [("another", 0), ("emulated-llama", 1)])
async def test_a_model_that_may_not_answer_in_a_channel_reads_nothing_for_a_summary(
    begin: Begin, model: ModelEmulator, allowed: str, made: int
) -> None:
    await grown(begin, model)
    rule = Rule("in general", where=(Place(channel="general"),), models=(allowed,))
    async with begin(model, facts=SMALL, tampu_rules=(rule,)) as talk:
        await talk.conversations.compacting._visit(replace(ANSWERED, parent="general"))
        assert (calls(talk) > 0) == bool(made)
        assert ((await talk.conversations.store.memory(THREAD, 1)).summary is not None) == bool(made)


async def test_a_summary_of_a_thread_counts_for_the_channel_around_it(
    begin: Begin, model: ModelEmulator
) -> None:
    await grown(begin, model)
    async with begin(model, facts=SMALL) as talk:
        await talk.conversations.compacting._visit(replace(ANSWERED, parent="general"))
        assert calls(talk) > 0
        around = Principal.of(ADA, replace(THREAD, channel="general"))
        *_, channel, _, _ = around.subjects
        store = talk.conversations.store
        assert (await store.used(channel, 0.0)).tokens > 0
        report = await store.report(0.0)
        (counted,) = [use for use in report.subjects if use.label == around.person_key]
        assert counted.calls == 8


async def test_who_sums_up_is_one_that_the_rules_allow(tmp_path: Path) -> None:
    def allowing(*models: str) -> Decision:
        return decide((Rule("these", models=models),), Principal.of(ADA, THREAD))

    first, second = (LlamaClient(Endpoint("http://127.0.0.1:9/v1", "", name)) for name in ("first", "second"))
    named = {"first": first, "second": second}
    async with open_store(tmp_path / "data") as store:
        voices = Voices(first, store, Toolbox(()), others=named, alone=named)
        assert (await voices.for_summary(decide((), Principal.of(ADA, THREAD))))[0] is first
        assert (await voices.for_summary(allowing("second")))[0] is second
        with pytest.raises(ModelForbidden):
            await voices.for_summary(allowing("third"))
    for client in named.values():
        await client.aclose()
