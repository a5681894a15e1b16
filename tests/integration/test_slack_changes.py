"""Edits, deletions and endings in Slack reach the inbox once, in order, before Slack is told so."""

import pytest

from core.address import Address
from core.events import Addressing, Closed, Revised, Withdrawn
from tests.emulators.slack import BOT_USER, TEAM, events
from tests.emulators.slack_stage import Stage

ME = f"<@{BOT_USER}>"
PNG = ("board.png", b"\x89PNG\r\n\x1a\n", "image/png")
TXT = ("notes.txt", b"notes", "text/plain")


async def revised(stage: Stage, count: int = 1) -> list[Revised]:
    """The edits that the inbox took, once there are so many and every event is acknowledged."""
    await stage.slack.wait_for(lambda: len(stage.inbox.revised) >= count)
    await stage.settled()
    assert len(stage.inbox.revised) == count
    return stage.inbox.revised


@pytest.mark.parametrize("mention_first", [True, False])
async def test_an_edit_brings_two_events_and_one_change_of_the_same_question(
    stage: Stage, mention_first: bool
) -> None:
    stage.slack.backend.mention_first = mention_first
    ts = await stage.slack.say("U1", "C1", f"{ME} what is a lama?")
    (asked,) = await stage.asked()
    await stage.slack.edit("C1", ts, f"{ME} what is a llama, <@U2>?")
    (edit,) = await revised(stage)
    assert edit.asked.text == "what is a llama, @Grace?"
    assert (edit.asked.key, edit.asked.address) == (asked.key, asked.address)
    assert (edit.asked.addressing, edit.asked.place) == (Addressing.MENTION, "#general")
    assert (edit.asked.author, edit.asked.sent_at, edit.asked.message_id) == (asked.author, float(ts), ts)
    assert edit.revision > float(ts)
    kinds = sorted(d.event_type for d in stage.slack.journal.deliveries)
    assert kinds == ["app_mention", "app_mention", "message", "message"]
    assert len(stage.inbox.asked) == 1
    assert stage.slack.journal.of("conversations.replies") == []


async def test_an_edit_whose_message_event_never_comes_is_read_from_slack(stage: Stage) -> None:
    ts = await stage.slack.say("U1", "C1", f"{ME} what is this", files=[PNG])
    await stage.asked()
    await stage.settled()
    async with stage.slack.lost_events():
        await stage.slack.edit("C1", ts, f"{ME} what is that")
    workspace = stage.slack.backend.workspace
    stage.slack.backend.send(events.mention(workspace, workspace.posts["C1", ts], with_files=False))
    (edit,) = await revised(stage)
    assert edit.asked.text == "what is that"
    assert [file.name for file in edit.asked.attachments] == ["board.png"]


async def test_an_edit_that_adds_our_name_asks_now(stage: Stage) -> None:
    ts = await stage.slack.say("U1", "C1", "what is a llama?")
    await stage.slack.edit("C1", ts, f"{ME} what is a llama?")
    (edit,) = await revised(stage)
    assert (edit.asked.addressing, edit.asked.address.thread) == (Addressing.MENTION, ts)
    assert stage.inbox.asked == []


async def test_an_edit_that_takes_our_name_away_is_told_too(stage: Stage) -> None:
    ts = await stage.slack.say("U1", "C1", f"{ME} my password is 1234")
    for text in ("never mind", "never mind, all of you"):
        await stage.slack.edit("C1", ts, text)
    edits = await revised(stage, 2)
    assert [edit.asked.text for edit in edits] == ["never mind", "never mind, all of you"]
    assert {edit.asked.addressing for edit in edits} == {Addressing.OVERHEARD}


async def test_edits_in_private_in_threads_and_below_a_command(stage: Stage) -> None:
    slack, direct = stage.slack, stage.slack.direct("U3")
    own = await slack.say("U3", direct, "hello")
    opener = await stage.adapter._client.chat_postMessage(channel="C1", text="Ada asked: why?")
    address = Address("slack", TEAM, "C1", "cmd-1.2.3")
    await stage.inbox.anchor(address, opener["ts"])
    below = await slack.say("U1", "C1", "and then?", thread=opener["ts"])
    root = await slack.say("U2", "C1", "people talk")
    said = await slack.say("U1", "C1", f"{ME} and you?", thread=root, broadcast=True)
    await stage.asked(3)
    await slack.edit(direct, own, "hello you")
    await slack.edit("C1", below, "and what then?")
    await slack.edit("C1", said, f"{ME} and they?")
    edits = {edit.asked.text: edit.asked for edit in await revised(stage, 3)}
    assert edits["hello you"].addressing is Addressing.DIRECT
    assert edits["hello you"].address.thread == own
    assert (edits["and what then?"].address, edits["and what then?"].joined_midway) == (address, False)
    assert (edits["and they?"].address.thread, edits["and they?"].joined_midway) == (root, True)


async def test_files_added_and_deleted_are_an_edit(stage: Stage) -> None:
    ts = await stage.slack.say("U1", "C1", f"{ME} see this", files=[PNG])
    await stage.asked()
    await stage.slack.edit("C1", ts, f"{ME} see this", files=[PNG, TXT])
    await revised(stage)
    await stage.slack.remove_file("C1", ts, "notes.txt")
    edits = await revised(stage, 2)
    names = [[file.name for file in edit.asked.attachments] for edit in edits]
    assert names == [["board.png", "notes.txt"], ["board.png"]]


async def test_what_slack_does_to_a_message_by_itself_is_no_edit(stage: Stage) -> None:
    root = await stage.slack.say("U1", "C1", f"{ME} see https://a.test")
    await stage.slack.unfurl("C1", root, "https://a.test")
    await stage.slack.say("U2", "C1", "all of you", thread=root, broadcast=True)
    ours = await stage.adapter._client.chat_postMessage(channel="C1", text="hello")
    await stage.adapter._client.chat_update(channel="C1", ts=ours["ts"], text="hello there")
    await stage.settled()
    assert stage.inbox.revised == []
    assert [event.text for event in await stage.asked(2)] == ["see https://a.test", "all of you"]
    await stage.slack.edit("C1", root, f"{ME} see https://b.test")
    await stage.slack.unfurl("C1", root, "https://b.test")
    (edit,) = await revised(stage)
    assert edit.asked.text.startswith("see https://b.test")


async def test_edits_in_quick_order_stay_in_order(stage: Stage) -> None:
    ts = await stage.slack.say("U1", stage.slack.direct("U1"), "version 0")
    for number in range(1, 11):
        await stage.slack.edit(stage.slack.direct("U1"), ts, f"version {number}")
    edits = await revised(stage, 10)
    assert [edit.asked.text for edit in edits] == [f"version {number}" for number in range(1, 11)]
    assert stage.inbox.texts == ["version 0"]
    assert len({edit.revision for edit in edits}) == 10


async def test_an_edit_waits_for_the_message_that_it_changes(stage: Stage) -> None:
    stage.inbox.slow = 0.3
    ts = await stage.slack.say("U1", "C1", f"{ME} one")
    await stage.slack.edit("C1", ts, f"{ME} two")
    await stage.slack.delete("C1", ts)
    await stage.slack.wait_for(lambda: stage.inbox.withdrawn)
    stored = stage.inbox.stored_at
    assert stored[f"C1:{ts}"] < stored[f"C1:{ts}:edited"] < stored[f"C1:{ts}:deleted"]


async def test_changes_are_acknowledged_only_when_they_are_durable(stage: Stage) -> None:
    ts = await stage.slack.say("U1", "C1", "to nobody")
    await stage.settled()
    stage.inbox.slow = 0.2
    journal = stage.slack.journal
    await stage.slack.edit("C1", ts, "to nobody at all")
    await stage.slack.delete("C1", ts)
    await stage.settled()
    envelopes = [d.envelope_id for d in journal.deliveries if d.ts == ts][1:]
    acks = [next(ack for ack in journal.acks if ack.envelope_id == one) for one in envelopes]
    for ack, kind in zip(acks, ("edited", "deleted"), strict=True):
        assert ack.at >= stage.inbox.stored_at[f"C1:{ts}:{kind}"]


@pytest.mark.parametrize("change", ["edit", "delete", "archive"])
async def test_a_change_that_cannot_be_stored_comes_again(stage: Stage, change: str) -> None:
    stage.slack.sockets.ack_timeout = 0.3
    ts = await stage.slack.say("U1", "C1", f"{ME} hello")
    await stage.asked()
    await stage.settled()
    stage.inbox.fail = 1
    if change == "edit":
        stage.slack.backend.mention_on_edit = False
        await stage.slack.edit("C1", ts, f"{ME} hello again")
    elif change == "delete":
        await stage.slack.delete("C1", ts)
    else:
        await stage.slack.archive("C1")
    inbox = stage.inbox
    await stage.slack.wait_for(lambda: inbox.revised or inbox.withdrawn or inbox.closed)
    await stage.slack.wait_for(
        lambda: stage.slack.journal.acks[-1].at > stage.slack.journal.deliveries[-1].at
    )
    assert [d.attempt for d in stage.slack.journal.deliveries[-2:]] == [0, 1]


async def test_an_edit_delivered_twice_is_one_change(stage: Stage) -> None:
    direct = stage.slack.direct("U1")
    ts = await stage.slack.say("U1", direct, "once")
    await stage.asked()
    stage.slack.sockets.ack_timeout = 0.1
    stage.inbox.slow = 0.25
    await stage.slack.edit(direct, ts, "once more")
    await stage.slack.wait_for(lambda: stage.inbox.duplicates)
    assert [edit.asked.text for edit in stage.inbox.revised] == ["once more"]


async def test_deletions_are_told_but_ours_and_other_bots(stage: Stage) -> None:
    slack = stage.slack
    slack.add_member("U9", "OtherBot", is_bot=True)
    asked = await slack.say("U1", "C1", f"{ME} hello")
    private = await slack.say("U1", slack.direct("U1"), "hello")
    ours = await stage.adapter._client.chat_postMessage(channel="C1", text="hi", thread_ts=asked)
    await stage.asked(2)
    await slack.delete("C1", ours["ts"])
    await slack.delete("C1", asked)
    await slack.delete(slack.direct("U1"), private)
    await slack.wait_for(lambda: len(stage.inbox.withdrawn) == 2)
    await stage.settled()
    assert stage.inbox.withdrawn == [
        Withdrawn("slack", TEAM, channel, ts, f"{channel}:{ts}", float(ts))
        for channel, ts in (("C1", asked), (slack.direct("U1"), private))
    ]
    assert {event.key for event in stage.inbox.asked} == {event.key for event in stage.inbox.withdrawn}


async def test_a_deleted_question_with_answers_below_it_leaves_a_tombstone_and_is_told(stage: Stage) -> None:
    asked = await stage.slack.say("U1", "C1", f"{ME} hello")
    ours = await stage.adapter._client.chat_postMessage(channel="C1", text="hi", thread_ts=asked)
    await stage.slack.delete("C1", asked)
    await stage.slack.wait_for(lambda: stage.inbox.withdrawn)
    assert [seen.user for seen in stage.slack.messages("C1", asked)] == ["USLACKBOT", BOT_USER]
    await stage.slack.delete("C1", ours["ts"])
    await stage.settled()
    assert [event.message_id for event in stage.inbox.withdrawn] == [asked]
    assert stage.slack.messages("C1") == []
    assert stage.inbox.revised == []


@pytest.mark.parametrize("channel", ["C1", "G1"])
async def test_a_channel_that_ends_is_told(stage: Stage, channel: str) -> None:
    await stage.slack.archive(channel)
    await stage.slack.kick("C3")
    await stage.slack.delete_channel(channel)
    await stage.slack.wait_for(lambda: len(stage.inbox.closed) == 3)
    await stage.settled()
    assert sorted(event.channel for event in stage.inbox.closed) == sorted([channel, "C3", channel])
    assert {(event.platform, event.account) for event in stage.inbox.closed} == {("slack", TEAM)}


async def test_an_app_that_is_sent_away_closes_the_whole_account(stage: Stage) -> None:
    await stage.slack.uninstall()
    await stage.slack.wait_for(lambda: len(stage.inbox.closed) == 2)
    assert set(stage.inbox.closed) == {Closed("slack", TEAM)}
