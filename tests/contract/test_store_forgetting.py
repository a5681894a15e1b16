"""What every store must do when a person wants their words forgotten."""

from dataclasses import replace

import pytest

from core.audit import Action, AuditEntry, AuditSearch
from core.events import Asked
from core.forgetting import EVERYTHING, Extent, Forgotten, Inventory
from core.message import Author
from core.rules import Rule
from core.settings import Choices, Scope, Setting
from core.storage import Change
from core.thread_memory import Summary
from core.transcript import Role
from tests.contract.keeping import Keeping, person
from tests.contract.stores import (
    ADDRESS,
    CAT,
    IMAGE,
    NOW,
    PICTURE,
    answered,
    ask,
    begun,
    begun_with_picture,
    commit,
    edit,
    screen,
    talk,
)
from tests.questions import ADA, BEN, asked

HERE = Extent(ADDRESS)
LATER = NOW + 86_400.0
RULE = Rule("quiet")


def elsewhere(account: str, *, author: Author = ADA, number: int = 1, text: str = "mine") -> Asked:
    """A question in another account of the platform."""
    event = asked(text, number=number, author=author)
    return replace(event, address=replace(event.address, account=account))


async def summarised(store: Keeping, upto: int) -> None:
    """The thread's oldest rows become a summary."""
    memory = await store.oldest(ADDRESS, upto)
    summary = Summary(memory.rows[-1].position, "a summary", 3, "m", NOW)
    assert await store.put_summary(ADDRESS, summary, memory)


async def a_talk(store: Keeping) -> None:
    """Of Ada and Ben in one thread, and of Ada alone in another."""
    await answered(store, asked("2+2?"))
    await answered(store, asked("3+3?", number=2, author=BEN), texts=("Six.",))
    await answered(store, asked("alone", number=3, thread="t2"), texts=("Yes.",))


async def test_a_stranger_has_nothing(store: Keeping) -> None:
    await answered(store)
    for stranger in (Author("U9", "Ada"), Author("", ""), Author("U", "Ada")):
        assert (await store.inventory(person(stranger), EVERYTHING)).is_empty
        assert await store.forget(person(stranger), EVERYTHING, NOW) == Forgotten()
        assert (await store.inventory(person(stranger), HERE)).is_empty
    assert await screen(store) == ["2+2?", "Four."]


async def test_what_is_kept_is_counted_and_then_nothing_is(store: Keeping) -> None:
    turn = await begun_with_picture(store)
    await store.tool_started(turn, "call_1", "search", "cats", NOW)
    await commit(store, turn, "A cat.")
    await store.end(turn, NOW)
    await answered(store, asked("3+3?", number=2, author=BEN), texts=("Six.",))
    await answered(store, asked("mine", number=3, thread="t2"))
    await ask(store, asked("waiting", number=4, thread="t3"))
    await summarised(store, 2)
    await store.pin(ADDRESS, "a fact", ADA, NOW)
    await store.pin(ADDRESS, "another", BEN, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(persona="pirate", temperature=1.0), ADA, NOW)
    await store.choose(ADDRESS, Scope.ACCOUNT, Choices(persona="poet", model="llama"), BEN, NOW)
    kept = Inventory(
        threads=3,
        whole=2,
        questions=3,
        answers=2,
        files=1,
        pins=1,
        summaries=1,
        tool_calls=1,
        settings=("persona", "temperature"),
    )
    assert await store.inventory(person(), EVERYTHING) == kept
    here = replace(kept, threads=1, whole=0, questions=1, answers=1, settings=())
    assert await store.inventory(person(), HERE) == here
    assert (await store.forget(person(), EVERYTHING, NOW)).inventory == kept
    assert (await store.inventory(person(), EVERYTHING)).is_empty
    assert await store.forget(person(), EVERYTHING, NOW) == Forgotten()


async def test_in_a_thread_of_several_people_only_ones_own_goes(store: Keeping) -> None:
    await a_talk(store)
    await store.forget(person(), EVERYTHING, NOW)
    assert await screen(store) == ["3+3?", "Six."]
    assert await talk(store) == [(Role.USER, "3+3?"), (Role.ASSISTANT, "Six.")]
    assert await screen(store, asked("", thread="t2").address) == []
    assert [summary.title for summary in await store.conversations("test", "a1")] == ["3+3?"]
    assert not (await store.inventory(person(BEN), EVERYTHING)).is_empty


async def test_of_one_thread_the_others_stay(store: Keeping) -> None:
    await a_talk(store)
    assert (await store.inventory(person(), HERE)).whole == 0
    await store.forget(person(), HERE, NOW)
    assert await screen(store) == ["3+3?", "Six."]
    assert await screen(store, asked("", thread="t2").address) == ["alone", "Yes."]


async def test_everything_is_ones_own_account_and_what_was_private(store: Keeping) -> None:
    for event in (asked("here"), elsewhere("direct", number=2), elsewhere("a2", number=3)):
        await answered(store, event)
    await store.forget(person(), EVERYTHING, NOW)
    assert await screen(store) == []
    assert await screen(store, elsewhere("direct").address) == []
    assert await screen(store, elsewhere("a2").address) == ["mine", "Four."]


async def test_asked_in_private_it_is_everything_on_the_platform(store: Keeping) -> None:
    for event in (asked("here"), elsewhere("direct", number=2), elsewhere("a 2", number=3)):
        await answered(store, event)
    other = asked("there", platform="other")
    await answered(store, other)
    await store.forget(person(ADA, elsewhere("direct").address), EVERYTHING, NOW)
    for event in (asked("here"), elsewhere("direct"), elsewhere("a 2")):
        assert await screen(store, event.address) == []
    assert await screen(store, other.address) == ["there", "Four."]


@pytest.mark.parametrize("account", ["a", "a1 ", "a1:", "A1", "a10", "a%31"])
async def test_accounts_that_look_alike_are_not_the_same(store: Keeping, account: str) -> None:
    event = elsewhere(account)
    await answered(store, event)
    await store.choose(event.address, Scope.ACCOUNT, Choices(persona="poet"), ADA, NOW)
    await store.pin(event.address, "a fact", ADA, NOW)
    assert await store.forget(person(), EVERYTHING, NOW) == Forgotten()
    assert await screen(store, event.address) == ["mine", "Four."]
    assert [pin.by for pin in await store.pins(event.address)] == ["Ada"]
    assert [chosen.by for chosen in (await store.chain(event.address)).chosen] == ["Ada"]


async def test_an_event_that_comes_again_is_not_answered_again(store: Keeping) -> None:
    turn = await answered(store)
    await store.forget(person(), EVERYTHING, NOW)
    assert not await store.accept(turn.questions[0], (), NOW)
    assert (await edit(store, turn.questions[0], "2+3?")).change is Change.NOTHING
    assert await store.waiting() == ()
    assert await screen(store) == []


async def test_a_new_question_in_a_forgotten_thread_is_answered_without_the_past(store: Keeping) -> None:
    await answered(store, replace(asked("2+2?"), joined_midway=True))
    await store.forget(person(), HERE, NOW)
    await answered(store, asked("hello?", number=2), texts=("Hello!",))
    assert await talk(store) == [(Role.USER, "hello?"), (Role.ASSISTANT, "Hello!")]
    # What people had said before is not read once more either.
    assert await store.joined_midway(ADDRESS) is None


async def test_a_summary_goes_with_the_rows_that_it_covers(store: Keeping) -> None:
    await answered(store, asked("3+3?", number=2, author=BEN), texts=("Six.",))
    await answered(store, asked("2+2?", number=3))
    await summarised(store, 2)
    assert (await store.inventory(person(), HERE)).summaries == 0
    await store.forget(person(), HERE, NOW)
    assert (await store.memory(ADDRESS, 10)).summary is not None
    await store.forget(person(BEN), HERE, NOW)
    assert (await store.memory(ADDRESS, 10)).summary is None


async def test_a_summary_that_is_being_made_is_not_kept(store: Keeping) -> None:
    await answered(store)
    memory = await store.oldest(ADDRESS, 2)
    await store.forget(person(), HERE, NOW)
    summary = Summary(memory.rows[-1].position, "They asked for 2+2", 3, "m", NOW)
    assert not await store.put_summary(ADDRESS, summary, memory)
    await answered(store, asked("2+2?", number=2))
    assert not await store.put_summary(ADDRESS, summary, memory)


async def test_a_picture_stays_where_somebody_else_has_shown_it(store: Keeping) -> None:
    first = asked("look", attachments=(PICTURE,))
    second = asked("look", number=2, author=BEN, attachments=(replace(PICTURE, id="f2"),))
    for event in (first, second):
        turn = await begun(store, event)
        await store.keep_parts(turn, event, CAT, IMAGE)
        await commit(store, turn, "A cat.")
        await store.end(turn, NOW)
    await store.forget(person(), HERE, NOW)
    assert await store.images(("h1",)) == IMAGE
    await store.forget(person(BEN), HERE, NOW)
    assert await store.images(("h1",)) == ()


async def test_pins_and_choices_of_others_stay(store: Keeping) -> None:
    await answered(store)
    for number, author in enumerate((ADA, BEN)):
        await store.pin(ADDRESS, f"fact {number}", author, NOW)
    await store.choose(ADDRESS, Scope.THREAD, Choices(persona="pirate"), BEN, NOW)
    await store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.1), ADA, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=0.2), ADA, NOW)
    assert (await store.inventory(person(), HERE)).whole == 0
    await store.forget(person(), EVERYTHING, NOW)
    assert [(pin.text, pin.by) for pin in await store.pins(ADDRESS)] == [("fact 1", "Ben")]
    chosen = (await store.chain(ADDRESS)).chosen
    assert [(one.by, one.choices) for one in chosen] == [
        ("Ben", Choices(persona="pirate")),
        ("", Choices(temperature=0.1)),
        ("", Choices(temperature=0.2)),
    ]
    # Nobody's choices are nobody's to be forgotten.
    assert (await store.inventory(person(Author("", "")), EVERYTHING)).is_empty


async def test_with_a_whole_thread_goes_what_was_chosen_for_it(store: Keeping) -> None:
    await answered(store)
    await store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.1), ADA, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=0.2), ADA, NOW)
    assert (await store.forget(person(), HERE, NOW)).inventory.settings == ("temperature",)
    source = (await store.chain(ADDRESS)).source(Setting.TEMPERATURE)
    assert source is not None
    assert (source.scope, source.by) == (Scope.CHANNEL, "Ada")


async def test_names_go_from_rules_and_from_the_audit(store: Keeping) -> None:
    for author in (ADA, BEN):
        await store.put_rule(replace(RULE, name=author.name), ADDRESS, author, NOW)
        entry = AuditEntry(NOW, person(author).person_key, author.name, Action.RULE_SET)
        await store.record(entry)
    await store.forget(person(), HERE, NOW)
    assert [entry.name for entry in await store.entries(AuditSearch())] == ["Ben", "Ada"]
    await store.forget(person(), EVERYTHING, NOW)
    assert [(entry.name, entry.actor) for entry in await store.entries(AuditSearch())] == [
        ("Ben", person(BEN).person_key),
        ("", person().person_key),
    ]
    assert [(rule.rule.name, rule.by) for rule in await store.rules_of(ADDRESS)] == [
        ("Ada", ""),
        ("Ben", "Ben"),
    ]


async def test_with_a_thread_a_name_goes_from_what_was_done_in_it(store: Keeping) -> None:
    await a_talk(store)
    other = replace(ADDRESS, thread="t2")
    for place in (ADDRESS, other):
        for author in (ADA, BEN):
            await store.pin(place, f"a fact by {author.name}", author, NOW)
    await store.forget(person(), HERE, NOW)
    named = {(entry.place, entry.actor): entry.name for entry in await store.entries(AuditSearch())}
    mine, bens = person().person_key, person(BEN).person_key
    assert named == {
        (ADDRESS.key, mine): "",
        (ADDRESS.key, bens): "Ben",
        (other.key, mine): "Ada",
        (other.key, bens): "Ben",
    }


async def test_what_a_person_was_told_is_forgotten(store: Keeping) -> None:
    for author in (ADA, BEN):
        assert await store.once(person(author).person_key, "refusal", LATER, NOW)
    await store.forget(person(), HERE, NOW)
    assert not await store.once(person().person_key, "refusal", LATER, NOW)
    await store.forget(person(), EVERYTHING, NOW)
    assert await store.once(person().person_key, "refusal", LATER, NOW)
    assert not await store.once(person(BEN).person_key, "refusal", LATER, NOW)


async def test_forgetting_gives_no_new_hour(store: Keeping) -> None:
    await answered(store)
    await store.forget(person(), EVERYTHING, NOW)
    assert (await store.turns_of(ADDRESS, ADA.id, NOW - 3600)).count == 1
    await answered(store, asked("again", number=2))
    await store.forget(person(), EVERYTHING, LATER)
    assert (await store.turns_of(ADDRESS, ADA.id, NOW - 3600)).count == 1
