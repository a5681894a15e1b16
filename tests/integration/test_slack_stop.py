"""The Stop button below an answer that grows: there while it does, and harmless in every other hand."""

from collections.abc import AsyncIterator

import pytest

from adapters.slack import clicks
from adapters.slack.buttons import STOP_ACTION
from adapters.slack.views import TRY_AGAIN
from core.address import Address
from core.delivery import Draft, Lookup, MessageRef, Rejected, Sent
from core.markdown.segments import segments
from core.message import Author
from core.phrases import NOTHING_TO_STOP, STOPPING
from tests.contract.stages_texts import GROWING, kinds, most
from tests.emulators.slack import TEAM, Seen, SlackEmulator
from tests.emulators.slack_stage import Stage, staged

KEY = "k" * 25


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with SlackEmulator(rate_scale=0) as slack, staged(slack) as stage:
        stage.inbox.reply = STOPPING
        yield stage


@pytest.fixture
async def root(stage: Stage) -> str:
    return await stage.slack.say("U1", "C1", "a question")


def draft(thread: str, text: str, *, live: bool = True, key: str = KEY) -> Draft:
    return Draft(Address("slack", TEAM, "C1", thread), key, "t1", text, None, first=True, live=live)


async def grown(stage: Stage, thread: str, text: str = "Once upon") -> MessageRef:
    """A message that still grows."""
    sent = await stage.adapter.post(draft(thread, text))
    assert isinstance(sent, Sent)
    return MessageRef(Address("slack", TEAM, "C1", thread), sent.id)


def shown(stage: Stage, ref: MessageRef) -> Seen:
    return next(seen for seen in stage.slack.answers("C1") if seen.ts == ref.id)


async def test_the_button_is_there_while_the_message_grows(stage: Stage, root: str) -> None:
    ref = await grown(stage, root)
    assert (shown(stage, ref).text, shown(stage, ref).buttons) == ("Once upon", ("Stop",))
    assert await stage.adapter.edit(ref, "Once upon a time", live=True) == Sent(ref.id)
    assert (shown(stage, ref).text, shown(stage, ref).buttons) == ("Once upon a time", ("Stop",))
    assert await stage.adapter.edit(ref, "Once upon a time. The end.") == Sent(ref.id)
    assert (shown(stage, ref).buttons, shown(stage, ref).edited) == ((), False)
    whole = await stage.adapter.post(draft(root, "whole", live=False, key="w" * 25))
    assert isinstance(whole, Sent)
    assert stage.slack.answers("C1")[-1].buttons == ()


@pytest.mark.parametrize("thread", ["root", "cmd-1.2.3", "view-V:1"])
async def test_a_click_stops_the_answer_of_its_thread_and_says_nothing(
    stage: Stage, root: str, thread: str
) -> None:
    ref = await grown(stage, root if thread == "root" else thread)
    assert await stage.slack.click("U1", "C1", ref.id, "Stop")
    await stage.slack.wait_for(lambda: stage.inbox.commands)
    assert stage.inbox.commands == [("stop", ref.address, Author("U1", "Ada"), "")]
    assert stage.slack.ephemerals == []


async def test_a_click_is_acknowledged_before_anything_is_done(stage: Stage, root: str) -> None:
    ref = await grown(stage, root)
    stage.inbox.slow = 1.0
    assert await stage.slack.click("U1", "C1", ref.id, "Stop")
    assert stage.slack.journal.acks[-1].at - stage.slack.journal.deliveries[-1].at < 0.5
    await stage.slack.wait_for(lambda: stage.inbox.commands)


@pytest.mark.parametrize("thread", ["root", "top"])
async def test_who_had_nothing_to_stop_is_told_alone(stage: Stage, root: str, thread: str) -> None:
    stage.inbox.reply = NOTHING_TO_STOP
    ref = await grown(stage, root if thread == "root" else "cmd-1")
    await stage.slack.click("U2", "C1", ref.id, "Stop")
    (told,) = await stage.slack.wait_for(lambda: stage.slack.ephemerals)
    assert (told.channel, told.user, told.text) == ("C1", "U2", NOTHING_TO_STOP)
    (call,) = stage.slack.journal.of("chat.postEphemeral")
    assert call.args.get("thread_ts") == (root if thread == "root" else None)


async def test_a_click_that_came_too_late_stops_nothing_newer(stage: Stage, root: str) -> None:
    ref = await grown(stage, root)
    post = stage.slack.backend.workspace.posts["C1", ref.id]
    (button,) = post.buttons
    await stage.adapter.edit(ref, "Done.")
    await stage.slack.press("U1", post, button)
    (told,) = await stage.slack.wait_for(lambda: stage.slack.ephemerals)
    assert (told.text, stage.inbox.commands) == (NOTHING_TO_STOP, [])
    await stage.adapter.edit(ref, "Done. Or not", live=True)
    await stage.slack.click("U1", "C1", ref.id, "Stop")
    await stage.slack.wait_for(lambda: stage.inbox.commands)


FORGED = [
    "",
    "x",
    "slack:T0TAMPU:C1",
    "slack:T0TAMPU:C1:1:2",
    "slack:T0TAMPU:C1:",
    "slack:T0OTHER:C1:1.1",
    "slack:T0TAMPU:C3:1.1",
    "discord:T0TAMPU:C1:1.1",
    "%" * 2_000,
]


@pytest.mark.parametrize("value", FORGED)
async def test_a_forged_button_does_nothing(stage: Stage, root: str, value: str) -> None:
    ref = await grown(stage, root)
    assert await stage.slack.click("U1", "C1", ref.id, "Stop", value=value)
    await stage.settled()
    assert (stage.inbox.commands, stage.slack.ephemerals) == ([], [])


async def test_a_button_below_a_message_that_is_not_ours_does_nothing(stage: Stage, root: str) -> None:
    post = stage.slack.backend.workspace.posts["C1", root]
    value = Address("slack", TEAM, "C1", root).key
    button = {"action_id": STOP_ACTION, "text": {"type": "plain_text", "text": "Stop"}, "value": value}
    assert await stage.slack.press("U1", post, button)
    await stage.settled()
    assert stage.inbox.commands == []


async def test_a_store_that_fails_is_told_and_the_rest_goes_on(
    stage: Stage, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await grown(stage, root)
    stage.inbox.fail = 1
    await stage.slack.click("U1", "C1", ref.id, "Stop")
    await stage.slack.wait_for(lambda: [told.text for told in stage.slack.ephemerals] == [TRY_AGAIN])
    monkeypatch.setattr(clicks, "STORE_S", 0.05)
    stage.inbox.slow = 30.0
    await stage.slack.click("U1", "C1", ref.id, "Stop")
    await stage.slack.wait_for(lambda: [told.text for told in stage.slack.ephemerals] == [TRY_AGAIN] * 2)
    stage.inbox.slow, stage.inbox.reply = 0.0, NOTHING_TO_STOP
    stage.slack.fault("chat.postEphemeral", error="user_not_in_channel")
    await stage.slack.click("U1", "C1", ref.id, "Stop")
    await stage.slack.wait_for(lambda: len(stage.slack.journal.of("chat.postEphemeral")) == 3)
    assert await stage.adapter.edit(ref, "still here") == Sent(ref.id)


async def test_the_fullest_message_has_room_for_the_button(stage: Stage, root: str) -> None:
    able = stage.adapter.capabilities
    for number, kind in enumerate(kinds(able)):
        text = GROWING[kind](most(GROWING[kind], able))
        sent = await stage.adapter.post(draft(root, text, key=f"{number:025}"))
        assert isinstance(sent, Sent), kind
        assert stage.slack.answers("C1", root)[-1].buttons == ("Stop",), kind
    book = "\n\n".join(f"## Chapter {name}\n\n{grow(60)}" for name, grow in GROWING.items())
    for part in segments(book, able.max_message, able.measure):
        assert isinstance(await stage.adapter.post(draft(root, part, key="p" * 25)), Sent)


async def test_a_message_whose_blocks_are_refused_grows_without_a_button(stage: Stage, root: str) -> None:
    stage.slack.fault("chat.postMessage", error="invalid_blocks")
    ref = await grown(stage, root, "**bold**")
    assert (shown(stage, ref).text, shown(stage, ref).buttons) == ("*bold*", ())
    stage.slack.fault("chat.update", error="invalid_blocks")
    assert await stage.adapter.edit(ref, "**bolder**", live=True) == Sent(ref.id)
    assert (shown(stage, ref).text, shown(stage, ref).buttons) == ("*bolder*", ())
    assert await stage.adapter.post(draft(root, "x" * 14_000)) == Rejected("msg_blocks_too_long")


async def test_a_growing_message_is_found_by_its_key(stage: Stage, root: str) -> None:
    ref = await grown(stage, root)
    assert await stage.adapter.find(Lookup(ref.address, KEY, root, frozenset())) == ref.id


async def test_clicks_in_private_and_by_many(stage: Stage) -> None:
    direct = stage.slack.direct("U1")
    asked = await stage.slack.say("U1", direct, "tell me")
    address = Address("slack", TEAM, direct, asked)
    sent = await stage.adapter.post(Draft(address, KEY, "t1", "Once", None, first=True, live=True))
    assert isinstance(sent, Sent)
    for _ in range(5):
        assert await stage.slack.click("U1", direct, sent.id, "Stop")
    await stage.slack.wait_for(lambda: len(stage.inbox.commands) == 5)
    assert {command[1] for command in stage.inbox.commands} == {address}
