"""Budgets in force: reserved before each call, settled after it, told when they are used up."""

import asyncio

from core.budgets import Budget, Limit, Measure, Span, Whom
from core.message import Author
from core.principal import Principal
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import DONE, Reply, chunk, opening, tokens, usage
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

HERE = asked("").address


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


async def test_many_at_once_never_use_more_than_there_is(begin: Begin, model: ModelEmulator) -> None:
    reply = Reply((*opening(), *tokens("One."), chunk({}, "stop"), usage(700, 300), DONE))
    model.answer_with(lambda _: reply)
    async with begin(model, tampu_budgets=budget(12_000, Whom.ACCOUNT)) as talk:
        questions = [asked("hi", number=number, thread=f"t{number}") for number in range(1, 31)]
        await asyncio.gather(*map(talk.ask, questions))
        await talk.quiet()
        said = [talk.platform.texts(f"t{number}")[0] for number in range(1, 31)]
        answered, refused = said.count("One."), [text for text in said if "budget" in text]
        assert answered + len(refused) == 30
        assert answered == len(model.journal)
        [account] = [
            use
            for use in (await talk.conversations.store.report(0.0)).subjects
            if use.label == "account:test:a1"
        ]
        assert account.usage.prompt_tokens + account.usage.completion_tokens == 1000 * answered <= 12_000


async def test_an_answer_is_on_the_bill_of_who_asked_and_of_the_place(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model) as talk:
        await talk.ask("hi")
        await talk.quiet()
        report = await talk.conversations.store.report(0.0)
    labels = {use.label for use in report.subjects}
    assert labels == {"person:test:a1:U1", "channel:test:a1:c1", "account:test:a1", "house"}
