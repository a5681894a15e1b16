"""Budgets in force: reserved before each call, settled after it, told when they are used up."""

import asyncio
import itertools

import pytest

from core.budgets import Budget, Limit, Measure, Span, Whom
from core.message import Author
from core.principal import HOUSE, Principal
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import DONE, Ask, Pause, Reply, chunk, opening, tokens, usage
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

HERE = asked("").address
MANY = 50
# In millionths of a dollar.
CENT = 10_000


def priced(model: ModelEmulator) -> dict[str, object]:
    """A model at a dollar for a million tokens that are sent, and two for as many that are answered."""
    row = {"price_in": 1.0, "price_out": 2.0}
    name = "emulated-llama"
    named = {"llama_base_url": model.url, "llama_api_key": "k", "llama_model": name}
    return {**named, "llama_models": {name: row}}


def budget(tokens: int, whom: Whom = Whom.PERSON) -> tuple[Budget, ...]:
    return (Budget("small", whom, (Limit(Measure.TOKENS, Span.DAY, tokens),)),)


async def used(talk: Talk, author: Author = ADA) -> int:
    return (await talk.conversations.store.used(Principal.of(author, HERE).person_key, 0.0)).tokens


async def test_a_person_who_has_used_theirs_is_told_and_others_are_answered(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, tampu_budgets=budget(20_000)) as talk:
        model.reply(Reply((*opening(), *tokens("Much."), chunk({}, "stop"), usage(19_000, 800), DONE)))
        for number, author in enumerate((ADA, ADA, BEN), 1):
            await talk.ask(asked("hi", number=number, author=author, thread=f"t{number}"))
            await talk.quiet()
        assert await used(talk) == 19_800
        assert talk.platform.texts("t2")[0].startswith("You have used today's budget of 20,000 tokens;")
        assert talk.platform.texts("t3") == ["You said: hi"]
    assert len(model.journal) == 2


async def test_a_stopped_answer_counts(begin: Begin, model: ModelEmulator) -> None:
    model.stall("A long beginning of a longer story")
    async with begin(model) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: talk.platform.texts() != [])
        await talk.ask(asked("/stop", number=2))
        await talk.quiet()
        assert await used(talk) > 50


async def test_every_call_of_a_turn_counts_and_a_restarted_one_twice(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model) as talk:
        model.call_tool("look_up", {"to": "Ben"})
        model.say("Found.")
        await talk.ask("Look it up")
        await talk.quiet()
        assert await used(talk) == 2 * 12
        model.cut("Half of it", after=4)
        model.say("Whole.")
        await talk.ask(asked("Tell me", number=2, author=BEN, thread="t2"))
        await talk.quiet()
        assert await used(talk, BEN) > 12


async def test_the_answer_is_shorter_where_the_budget_is(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_budgets=budget(2_000)) as talk:
        await talk.ask("hi")
        await talk.quiet()
        assert talk.platform.texts() == ["You said: hi"]
    assert 256 <= model.journal[0].ask.body["max_tokens"] < 2_000


@pytest.mark.parametrize("ending", ["as they were asked", "the last first"])
async def test_fifty_turns_at_once_never_use_more_than_the_last_cent(
    begin: Begin, model: ModelEmulator, ending: str
) -> None:
    """What is said is paid for by the token; a cent is enough for some of them."""
    pauses = itertools.count() if ending == "as they were asked" else itertools.count(MANY, -1)

    def answer(ask: Ask) -> Reply:
        used = usage(200, min(400, int(ask.body["max_tokens"])))
        return Reply((Pause(next(pauses) * 0.01), *opening(), *tokens("One."), chunk({}, "stop"), used, DONE))

    model.answer_with(answer)
    cent = (Budget("all of us", Whom.HOUSE, (Limit(Measure.MONEY, Span.DAY, CENT),)),)
    async with begin(model, tampu_budgets=cent, **priced(model)) as talk:
        asking = [asked("hi", number=number, thread=f"t{number}") for number in range(1, MANY + 1)]
        await asyncio.gather(*map(talk.ask, asking))
        await talk.quiet()
        said = [talk.platform.texts(f"t{number}")[:1] for number in range(1, MANY + 1)]
        report = await talk.conversations.store.report(0.0)
        assert await talk.conversations.store.settle_left() == 0
    [house] = [use for use in report.subjects if use.label == HOUSE]
    assert said.count(["One."]) == len(model.journal) == house.calls >= 2
    assert 0 < house.cost <= CENT
    refused = {texts[0] for texts in said if texts not in ([], ["One."])}
    assert refused
    assert all("budget" in text and "`/usage` shows how it stands" in text for text in refused)


async def test_a_budget_that_is_used_up_is_told_once_within_an_hour(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, tampu_budgets=budget(300)) as talk:
        for number in (1, 2):
            await talk.ask(asked("hi", number=number, thread=f"t{number}"))
            await talk.quiet()
        assert [len(talk.platform.texts(f"t{number}")) for number in (1, 2)] == [1, 0]
        talk.clock.skip(3_601)
        await talk.ask(asked("hi", number=3, thread="t3"))
        await talk.quiet()
        assert len(talk.platform.texts("t3")) == 1
    assert model.journal == ()


async def test_an_answer_is_on_the_bill_of_who_asked_and_of_the_place(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model) as talk:
        await talk.ask("hi")
        await talk.quiet()
        report = await talk.conversations.store.report(0.0)
    labels = {use.label for use in report.subjects}
    assert labels == {"person:test:a1:U1", "channel:test:a1:c1", "account:test:a1", "house"}
