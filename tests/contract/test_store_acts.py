"""What every store must write down of each act, in the transaction that does it."""

from dataclasses import replace

import pytest

from core import acts
from core.audit import Action, AuditEntry, AuditSearch
from core.errors import LeaseLost, Overtaken
from core.forgetting import EVERYTHING
from core.rules import Rule
from core.settings import Choices, Scope, Setting
from core.storage import Turn
from core.thread_memory import PINS_MOST
from tests.contract.keeping import Keeping, person
from tests.contract.stores import ADDRESS, NOW, answered, begin, begun, edit
from tests.questions import ADA, BEN, asked

ADAS, BENS = person().person_key, person(BEN).person_key
CHANNEL = "test:a1:c1"
RULE = Rule("quiet", answers=False)
Noted = tuple[str, str, dict[str, str]]


async def noted(store: Keeping) -> list[Noted]:
    """By whom, what, and its details, the oldest first."""
    found = await store.entries(AuditSearch())
    return [(entry.actor, entry.action, dict(entry.detail)) for entry in reversed(found)]


def running(turn: Turn, at: float = NOW, name: str = "clock") -> AuditEntry:
    return acts.tool_ran(turn.questions[0].author, turn.address, name, at)


def ran(end: str, name: str = "clock") -> Noted:
    return ADAS, Action.TOOL_RAN, {"tool": name, "end": end}


async def test_who_pinned_and_who_took_it_away(store: Keeping) -> None:
    await store.pin(ADDRESS, "the secret fact", ADA, NOW)
    await store.pin(ADDRESS, "the secret fact", BEN, NOW + 1)
    await store.unpin(ADDRESS, 7, BEN, NOW + 2)
    await store.unpin(ADDRESS, 1, BEN, NOW + 3)
    await store.unpin(ADDRESS, 1, ADA, NOW + 4)
    assert await store.entries(AuditSearch()) == (
        AuditEntry(NOW + 3, BENS, "Ben", Action.UNPINNED, ADDRESS.key, {"number": "1"}),
        AuditEntry(NOW, ADAS, "Ada", Action.PINNED, ADDRESS.key, {"number": "1"}),
    )


async def test_what_found_no_room_is_not_pinned(store: Keeping) -> None:
    for number in range(PINS_MOST + 3):
        await store.pin(ADDRESS, f"fact {number}", ADA, NOW)
    assert len(await noted(store)) == PINS_MOST


async def test_a_choice_is_told_with_what_it_was_before(store: Keeping) -> None:
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=0.2), ADA, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=1.0), BEN, NOW + 1)
    await store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.0), BEN, NOW + 2)
    assert await store.entries(AuditSearch()) == tuple(
        AuditEntry(NOW + after, actor, name, Action.SETTINGS_CHANGED, place, detail)
        for after, actor, name, place, detail in (
            (2, BENS, "Ben", ADDRESS.key, {"setting": "temperature", "after": "0"}),
            (1, BENS, "Ben", CHANNEL, {"setting": "temperature", "before": "0.2", "after": "1"}),
            (0, ADAS, "Ada", CHANNEL, {"setting": "temperature", "after": "0.2"}),
        )
    )


async def test_each_setting_is_an_act_of_its_own(store: Keeping) -> None:
    everything = Choices("llama", "pirate", 0.5, 800, shows_reasoning=True)
    await store.choose(ADDRESS, Scope.ACCOUNT, everything, ADA, NOW)
    changed = replace(everything, persona="poet", shows_reasoning=False)
    await store.choose(ADDRESS, Scope.ACCOUNT, changed, ADA, NOW + 1)
    assert await noted(store) == [
        (ADAS, Action.MODEL_CHOSEN, {"setting": "model", "after": "llama"}),
        (ADAS, Action.PERSONA_CHOSEN, {"setting": "persona", "after": "pirate"}),
        (ADAS, Action.SETTINGS_CHANGED, {"setting": "temperature", "after": "0.5"}),
        (ADAS, Action.SETTINGS_CHANGED, {"setting": "answer_tokens", "after": "800"}),
        (ADAS, Action.SETTINGS_CHANGED, {"setting": "shows_reasoning", "after": "on"}),
        (ADAS, Action.PERSONA_CHOSEN, {"setting": "persona", "before": "pirate", "after": "poet"}),
        (ADAS, Action.SETTINGS_CHANGED, {"setting": "shows_reasoning", "before": "on", "after": "off"}),
    ]


async def test_the_same_choice_again_changes_nothing(store: Keeping) -> None:
    for author, at in ((ADA, NOW), (BEN, NOW + 1)):
        await store.choose(ADDRESS, Scope.THREAD, Choices(persona="pirate"), author, at)
    assert len(await noted(store)) == 1


async def test_of_what_is_taken_back_only_what_was_chosen_is_told(store: Keeping) -> None:
    await store.unchoose(ADDRESS, Scope.CHANNEL, tuple(Setting), BEN, NOW)
    await store.choose(ADDRESS, Scope.CHANNEL, Choices(temperature=0.2, model="llama"), ADA, NOW)
    await store.unchoose(ADDRESS, Scope.CHANNEL, tuple(Setting), BEN, NOW + 1)
    await store.unchoose(ADDRESS, Scope.CHANNEL, tuple(Setting), BEN, NOW + 2)
    assert (await noted(store))[2:] == [
        (BENS, Action.MODEL_CHOSEN, {"setting": "model", "before": "llama"}),
        (BENS, Action.SETTINGS_CHANGED, {"setting": "temperature", "before": "0.2"}),
    ]


async def test_a_fresh_start_is_told_once_and_how_many_pins_it_took(store: Keeping) -> None:
    await store.reset(ADDRESS, BEN, NOW)
    await answered(store)
    await store.reset(ADDRESS, BEN, NOW + 1)
    await store.reset(ADDRESS, BEN, NOW + 2)
    await store.pin(ADDRESS, "a fact", ADA, NOW + 3)
    await store.pin(ADDRESS, "another", ADA, NOW + 3)
    await store.reset(ADDRESS, BEN, NOW + 4)
    told = [one for one in await noted(store) if one[1] == Action.BEGAN_AFRESH]
    assert told == [(BENS, Action.BEGAN_AFRESH, {}), (BENS, Action.BEGAN_AFRESH, {"pins": "2"})]


@pytest.mark.parametrize(("failed", "end"), [(False, "ok"), (True, "failed")])
async def test_a_tool_is_told_when_it_begins_and_how_it_ended(store: Keeping, failed: bool, end: str) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "clock", '{"secret": 1}', NOW, running(turn))
    assert await noted(store) == [ran("unknown")]
    await store.tool_ended(turn, "call_1", "a secret", failed=failed)
    assert await store.entries(AuditSearch()) == (
        AuditEntry(NOW, ADAS, "Ada", Action.TOOL_RAN, ADDRESS.key, {"tool": "clock", "end": end}),
    )


async def test_calls_beside_each_other_have_each_their_end(store: Keeping) -> None:
    turn = await begun(store)
    other = await begun(store, asked("x", number=2, thread="t2"))
    for call in ("a", "b", "c"):
        await store.tool_started(turn, call, "clock", "{}", NOW, running(turn))
    await store.tool_started(turn, "d", "calculate", "{}", NOW, running(turn, name="calculate"))
    await store.tool_started(other, "a", "clock", "{}", NOW, running(other))
    await store.tool_ended(turn, "b", "noon", failed=True)
    await store.tool_ended(turn, "c", "noon", failed=False)
    ends = sorted(await noted(store), key=repr)
    assert ends == sorted(
        [ran("failed"), ran("ok"), ran("unknown"), ran("unknown"), ran("unknown", "calculate")], key=repr
    )
    await store.tool_ended(other, "a", "noon", failed=True)
    at = {entry.place for entry in await store.entries(AuditSearch()) if entry.detail["end"] == "failed"}
    assert at == {ADDRESS.key, other.address.key}


async def test_a_call_that_a_crash_cut_stays_and_the_next_one_is_another(store: Keeping) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "clock", "{}", NOW, running(turn))
    again = await begin(store)
    assert await noted(store) == [ran("unknown")]
    await store.tool_started(again, "call_1", "clock", "{}", NOW + 1, running(again, NOW + 1))
    await store.tool_ended(again, "call_1", "noon", failed=False)
    assert await noted(store) == [ran("unknown"), ran("ok")]
    await begin(store)
    assert len(await noted(store)) == 2


async def test_what_may_not_begin_is_not_told(store: Keeping) -> None:
    old = await begun(store)
    turn = await begin(store)
    with pytest.raises(LeaseLost):
        await store.tool_started(old, "call_1", "clock", "{}", NOW, running(old))
    await edit(store, turn.questions[0], "3+3?")
    with pytest.raises(Overtaken):
        await store.tool_started(turn, "call_1", "clock", "{}", NOW, running(turn))
    assert await noted(store) == []


async def test_a_call_without_an_entry_ends_without_one(store: Keeping) -> None:
    turn = await begun(store)
    denied = acts.tool_denied(ADA, ADDRESS, "clock", "no tools", NOW)
    await store.tool_started(turn, "call_1", "clock", "{}", NOW, denied)
    await store.tool_started(turn, "call_2", "invented", "{}", NOW)
    for call in ("call_1", "call_2"):
        await store.tool_ended(turn, call, "no", failed=True)
    assert await noted(store) == [(ADAS, Action.TOOL_DENIED, {"tool": "clock", "rule": "no tools"})]


async def test_what_is_told_once_is_noted_once(store: Keeping) -> None:
    entry = acts.refused(ADA, ADDRESS, "not answered", NOW, {"rule": "default"})
    assert await store.once(ADAS, "refusal", NOW + 10, NOW, entry)
    assert not await store.once(ADAS, "refusal", NOW + 10, NOW + 1, entry)
    assert await store.entries(AuditSearch()) == (entry,)
    assert entry.place == CHANNEL


async def test_a_rule_that_stands_there_as_it_is_is_not_told_again(store: Keeping) -> None:
    entry = acts.by(ADA, ADDRESS, Action.RULE_SET, NOW, {"rule": "quiet"}, Scope.ACCOUNT)
    gone = replace(entry, action=Action.RULE_REMOVED)
    await store.put_rule(RULE, ADDRESS, ADA, NOW, entry)
    await store.put_rule(RULE, ADDRESS, ADA, NOW, entry)
    await store.put_rule(replace(RULE, answers=True), ADDRESS, ADA, NOW, entry)
    await store.take_rule_away("quiet", ADDRESS, gone)
    await store.take_rule_away("quiet", ADDRESS, gone)
    assert await store.entries(AuditSearch()) == (gone, entry, entry)


async def test_who_is_forgotten_is_in_it_by_id_alone(store: Keeping) -> None:
    turn = await begun(store)
    await store.tool_started(turn, "call_1", "clock", "{}", NOW, running(turn))
    await store.choose(ADDRESS, Scope.THREAD, Choices(temperature=0.2), ADA, NOW)
    await store.pin(ADDRESS, "a fact", ADA, NOW)
    await store.pin(ADDRESS, "another", BEN, NOW)
    await store.forget(person(), EVERYTHING, NOW + 1)
    await store.forget(person(), EVERYTHING, NOW + 2)
    with pytest.raises(LeaseLost):
        await store.tool_ended(turn, "call_1", "noon", failed=False)
    found = await store.entries(AuditSearch())
    assert [(entry.name, entry.action) for entry in found] == [
        ("", Action.FORGOT),
        ("Ben", Action.PINNED),
        ("", Action.PINNED),
        ("", Action.SETTINGS_CHANGED),
        ("", Action.TOOL_RAN),
    ]
    assert found[0] == AuditEntry(
        NOW + 1,
        ADAS,
        "",
        Action.FORGOT,
        "test:a1",
        {"what": "everything", "questions": "1", "pins": "1", "tool calls": "1", "threads": "1"},
    )
