"""What every store must do when a person wants their words forgotten."""

from dataclasses import replace
from typing import Protocol

import pytest

from core.address import Address
from core.audit import Action, AuditEntry, AuditSearch, AuditStore
from core.errors import LeaseLost
from core.events import Asked
from core.forgetting import EVERYTHING, Extent, ForgetStore, Forgotten, Inventory
from core.message import Attachment, Author, Upload
from core.policy_store import RuleStore
from core.principal import Principal
from core.rules import Rule
from core.settings import Choices, Scope, Setting
from core.spending import ToldStore
from core.storage import Change, PostState, Store, TurnState
from core.thread_memory import Summary
from core.transcript import Image, ImagePart, Role, TextPart
from tests.contract.stores import (
    ADDRESS,
    NOW,
    answer,
    answered,
    ask,
    begin,
    begun,
    commit,
    delete,
    edit,
    screen,
    show,
    talk,
)
from tests.questions import ADA, BEN, asked

HERE = Extent(ADDRESS)
LATER = NOW + 86_400.0
PICTURE = Attachment("f1", "cat.png", "image/png", 3, "x")
CAT = (TextPart("look"), ImagePart("h1", "image/png", 1, 1, "cat.png"))
IMAGE = (("h1", Image("image/png", b"png")),)
RULE = Rule("quiet")


class Keeping(Store, ForgetStore, AuditStore, RuleStore, ToldStore, Protocol):
    """A store with all that is kept of people."""


def person(author: Author = ADA, address: Address = ADDRESS) -> Principal:
    return Principal.of(author, address)


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
    event = asked("look", attachments=(PICTURE,))
    await store.accept(event, (Upload("f1", b"abc"),), NOW)
    turn = await begin(store)
    await store.keep_parts(turn, event, CAT, IMAGE)
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


async def test_what_waits_is_not_answered_any_more(store: Keeping) -> None:
    await ask(store, asked("2+2?"))
    await ask(store, asked("3+3?", number=2, author=BEN))
    assert (await store.forget(person(), EVERYTHING, NOW)).anew == ()
    turn = await begin(store)
    assert [question.text for question in turn.questions] == ["3+3?"]


async def test_a_turn_at_work_can_write_no_more_and_is_taken_back(store: Keeping) -> None:
    event = asked("look", attachments=(PICTURE,))
    turn = await begun(store, event)
    await show(store, turn, "Fo")
    await store.tool_started(turn, "call_1", "search", "cats", NOW)
    forgotten = await store.forget(person(), EVERYTHING, NOW)
    assert [(effect.change, effect.address, effect.turn) for effect in forgotten.anew] == [
        (Change.ANEW, ADDRESS, turn.id)
    ]
    late = [
        store.tool_started(turn, "call_2", "search", "late", NOW),
        store.tool_ended(turn, "call_1", "late", failed=False),
        store.keep_parts(turn, event, CAT, IMAGE),
        store.intend(turn, 1),
        store.posted(turn, 0, "m", "late"),
        store.shown(turn, 0, "late"),
        store.end(turn, NOW),
    ]
    for write in late:
        with pytest.raises(LeaseLost):
            await write
    with pytest.raises(LeaseLost):
        await commit(store, turn, "late")
    assert await store.waiting() == (ADDRESS,)
    gone = await begin(store)
    assert (gone.id, gone.state, gone.anchor) == (turn.id, TurnState.DELIVERING, turn.anchor)
    assert [(question.text, question.author.name) for question in gone.questions] == [("", "")]
    posts = await store.posts(gone)
    assert [(post.platform_id, post.shown, post.final) for post in posts] == [("q1-m0", None, None)]
    assert await store.tool_calls(gone) == ()
    await store.end(gone, NOW)
    assert await store.waiting() == ()
    assert await store.images(("h1",)) == ()


async def test_an_answer_on_its_way_is_taken_back(store: Keeping) -> None:
    turn = await begun(store)
    await commit(store, turn, "Four", "and more")
    (effect,) = (await store.forget(person(), HERE, NOW)).anew
    assert effect.turn == turn.id
    gone = await begin(store)
    assert [(post.platform_id, post.final) for post in await store.posts(gone)] == [
        ("q1-m0", None),
        ("q1-m1", None),
    ]


async def test_what_others_are_being_answered_goes_on(store: Keeping) -> None:
    await answered(store)
    running = await begun(store, asked("3+3?", number=2, author=BEN))
    assert (await store.forget(person(), EVERYTHING, NOW)).anew == ()
    await commit(store, running, "Six.")
    await store.end(running, NOW)
    assert await screen(store) == ["3+3?", "Six."]


async def test_a_redo_that_waits_behind_another_turn_does_not_stop_that(store: Keeping) -> None:
    old = await answered(store)
    running = await begun(store, asked("3+3?", number=2, author=BEN))
    await delete(store, old.questions[0])
    (effect,) = (await store.forget(person(), EVERYTHING, NOW)).anew
    assert effect.turn == old.id
    await commit(store, running, "Six.")
    await store.end(running, NOW)
    gone = await begin(store)
    assert (gone.id, gone.state) == (old.id, TurnState.DELIVERING)


async def test_the_command_that_forgets_is_answered(store: Keeping) -> None:
    await answered(store)
    turn = await begun(store, asked("/forget everything yes", number=2))
    assert (await store.inventory(person(), EVERYTHING)).questions == 1
    forgotten = await store.forget(person(), EVERYTHING, NOW)
    assert (forgotten.inventory.questions, forgotten.anew) == (1, ())
    await commit(store, turn, "Forgotten.")
    await store.end(turn, NOW)
    assert await screen(store) == ["/forget everything yes", "Forgotten."]
    assert [message.author for message in await store.messages(ADDRESS)] == ["", ""]
    # Of the next one it is a command as any other.
    assert (await store.forget(person(), EVERYTHING, NOW)).inventory.questions == 1
    assert await screen(store) == []


@pytest.mark.parametrize("text", ["/forgetful everything", "forget everything", "/help /forget"])
async def test_what_only_looks_like_the_command_is_not_spared(store: Keeping, text: str) -> None:
    turn = await begun(store, asked(text))
    (effect,) = (await store.forget(person(), EVERYTHING, NOW)).anew
    assert effect.turn == turn.id


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


async def test_an_answer_can_still_be_taken_off_the_screen(store: Keeping) -> None:
    turn = await answered(store)
    await store.forget(person(), EVERYTHING, NOW)
    effect = await delete(store, turn.questions[0])
    assert (effect.change, effect.address, effect.turn) == (Change.ANEW, ADDRESS, turn.id)
    gone = await begin(store)
    assert (gone.id, gone.state) == (turn.id, TurnState.DELIVERING)
    assert [post.platform_id for post in await store.posts(gone)] == ["q1-m0"]


async def test_of_an_unanswered_question_nothing_has_to_be_taken_off_the_screen(store: Keeping) -> None:
    waiting = await ask(store, asked("2+2?"))
    refused = await begun(store, asked("3+3?", number=2, thread="t2"))
    await store.commit_answer(refused, replace(answer(""), ending=TurnState.REFUSED), (), NOW)
    await store.end(refused, NOW)
    await store.forget(person(), EVERYTHING, NOW)
    for event in (waiting, refused.questions[0]):
        assert (await delete(store, event)).change is Change.NOTHING
    assert await store.waiting() == ()


async def test_a_deleted_questions_author_is_forgotten_too(store: Keeping) -> None:
    turn = await answered(store)
    await delete(store, turn.questions[0])
    gone = await begin(store)
    await store.lost(gone, 0, PostState.GONE, "surplus", NOW)
    await store.end(gone, NOW)
    assert await store.inventory(person(), EVERYTHING) == Inventory(threads=1, whole=1)
    await store.forget(person(), EVERYTHING, NOW)
    assert (await store.inventory(person(), EVERYTHING)).is_empty
