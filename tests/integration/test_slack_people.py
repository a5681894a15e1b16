"""Whoever asks in Slack comes with what they are there: by message, edit, command, form and button."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.slack import directory, groups, people
from core.address import Address
from core.delivery import Draft, Sent
from core.events import Absence
from core.message import Author, Standing
from tests.emulators.slack import BOT_USER, TEAM, SlackEmulator
from tests.emulators.slack_stage import Stage, staged

ME = f"<@{BOT_USER}>"
PNG = ("board.png", b"\x89PNG\r\n\x1a\n", "image/png")
ELSEWHERE = "T9OTHER"
# Longer than a person is waited for, and shorter than Slack waits for us.
IN_TIME_S = 2.0

Way = Callable[[Stage, str], Awaitable[Author]]


async def by_message(stage: Stage, user: str) -> Author:
    ts = await stage.slack.say(user, "C1", f"{ME} hello")
    return await author_of(stage, ts)


async def by_edit(stage: Stage, user: str) -> Author:
    count = len(stage.inbox.revised)
    ts = await stage.slack.say(user, "C1", "hello")
    await stage.slack.edit("C1", ts, f"{ME} hello")
    await stage.slack.wait_for(lambda: len(stage.inbox.revised) > count)
    return stage.inbox.revised[-1].asked.author


async def by_command(stage: Stage, user: str) -> Author:
    await stage.slack.command(user, "C1", "/llama", "stop")
    return stage.inbox.commands[-1][2]


async def by_question(stage: Stage, user: str) -> Author:
    result = await stage.slack.command(user, "C1", "/llama", "why is the sky blue?")
    return await author_of(stage, result.trigger_id)


async def by_form(stage: Stage, user: str) -> Author:
    await stage.slack.command(user, "C1", "/llama", "image what is it?")
    view = next(iter(stage.slack.views))
    await stage.slack.submit_view(user, view, {}, files=[PNG])
    return await author_of(stage, view)


async def by_button(stage: Stage, user: str) -> Author:
    count = len(stage.inbox.commands)
    root = await stage.slack.say("U1", "C1", "root")
    draft = Draft(
        Address("slack", TEAM, "C1", root),
        f"k{count}".ljust(25, "a"),
        "t1",
        "Well",
        None,
        first=True,
        live=True,
    )
    sent = await stage.adapter.post(draft)
    assert isinstance(sent, Sent)
    assert await stage.slack.click(user, "C1", sent.id, "Stop")
    await stage.slack.wait_for(lambda: len(stage.inbox.commands) > count)
    return stage.inbox.commands[-1][2]


async def by_history(stage: Stage, user: str) -> Author:
    since = time.time()
    async with stage.slack.lost_events():
        ts = await stage.slack.say(user, "C1", f"{ME} hello")
    await stage.adapter.catch_up(Absence(since, ()))
    return await author_of(stage, ts)


async def author_of(stage: Stage, message_id: str) -> Author:
    def found() -> list[Author]:
        return [event.author for event in stage.inbox.asked if event.message_id == message_id]

    return (await stage.slack.wait_for(found))[0]


def asked_for(stage: Stage) -> list[str]:
    """Whom Slack was asked for, ourselves aside."""
    calls = stage.slack.journal.of("users.info")
    return sorted(call.args["user"] for call in calls if call.args["user"] != BOT_USER)


WAYS = [by_message, by_edit, by_command, by_question, by_form, by_button, by_history]
KINDS = {
    "owner": (("is_admin", "is_owner"), TEAM, Standing.OWNER),
    "admin": (("is_admin",), TEAM, Standing.ADMIN),
    "member": ((), TEAM, Standing.MEMBER),
    "guest": (("is_restricted",), TEAM, Standing.GUEST),
    "single-channel guest": (("is_restricted", "is_ultra_restricted"), TEAM, Standing.GUEST),
    "Connect": (("is_admin",), ELSEWHERE, Standing.EXTERNAL),
    "stranger": (("is_stranger",), ELSEWHERE, Standing.EXTERNAL),
    "deactivated": (("deleted", "is_owner"), TEAM, Standing.EXTERNAL),
}


@pytest.mark.parametrize("way", WAYS)
async def test_each_kind_of_person_is_known_whichever_way_they_come(stage: Stage, way: Way) -> None:
    for number, (flags, team, _) in enumerate(KINDS.values()):
        stage.slack.add_member(f"U1{number}", f"Person {number}", *flags, team=team)
    await stage.slack.add_group("S2", "team", *(f"U1{number}" for number in range(len(KINDS))))
    await stage.slack.add_group("S1", "first", "U10", "U12")
    for number, (kind, (_, _, standing)) in enumerate(KINDS.items()):
        author = await way(stage, f"U1{number}")
        assert (author.id, author.name, author.is_bot) == (f"U1{number}", f"Person {number}", False), kind
        assert author.standing is standing, kind
        inside = standing is not Standing.EXTERNAL
        assert author.groups == (("S1", "S2") if number in {0, 2} else ("S2",) if inside else ()), kind


async def test_a_bots_form_of_a_person_is_marked(stage: Stage) -> None:
    stage.slack.add_member("U9", "Robot", is_bot=True)
    assert (await by_command(stage, "U9")).is_bot


async def test_somebody_whom_slack_does_not_show_is_external(stage: Stage) -> None:
    stage.slack.fault("users.info", error="user_not_visible")
    assert (await by_message(stage, "U1")) == Author("U1", "U1", standing=Standing.EXTERNAL)


async def test_in_an_enterprise_colleagues_are_members(slack: SlackEmulator) -> None:
    slack.backend.enterprise = "E1"
    slack.add_member("W8", "Colleague", "is_owner", team=ELSEWHERE)
    slack.backend.workspace.members["W8"].enterprise = {"enterprise_id": "E1", "teams": [ELSEWHERE]}
    slack.add_member("W9", "Partner", "is_owner", team="T8")
    slack.backend.workspace.members["W9"].enterprise = {"enterprise_id": "E2", "teams": ["T8"]}
    async with staged(slack) as stage:
        assert (await by_message(stage, "W8")).standing is Standing.MEMBER
        assert (await by_message(stage, "W9")).standing is Standing.EXTERNAL


@pytest.mark.parametrize("told", [True, False], ids=["by event", "by age"])
async def test_a_promotion_and_a_demotion_are_seen_by_the_next_message(
    stage: Stage, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.slack.backend.tells_of_people = told
    if not told:
        monkeypatch.setattr(directory, "STANDING_S", 0.0)
    assert (await by_message(stage, "U1")).standing is Standing.MEMBER
    await stage.slack.change_member("U1", is_admin=True)
    await stage.settled()
    assert (await by_message(stage, "U1")).standing is Standing.ADMIN
    await stage.slack.change_member("U1", is_admin=False, is_restricted=True)
    await stage.settled()
    assert (await by_command(stage, "U1")).standing is Standing.GUEST
    assert (await by_button(stage, "U1")).standing is Standing.GUEST


async def test_within_five_minutes_nobody_is_asked_for_twice(stage: Stage) -> None:
    for way in WAYS:
        assert (await way(stage, "U2")).name == "Grace"
    assert asked_for(stage) == ["U2"]
    assert len(stage.slack.journal.of("usergroups.list")) == 1
    assert directory.STANDING_S == groups.KEEP_S == 300


async def test_who_comes_to_a_group_or_goes_is_seen_by_the_next_message(stage: Stage) -> None:
    assert (await by_message(stage, "U1")).groups == ()
    await stage.slack.add_group("S1", "first", "U1", "U2")
    await stage.settled()
    assert (await by_message(stage, "U1")).groups == ("S1",)
    await stage.slack.regroup("S1", "U2")
    await stage.settled()
    assert (await by_message(stage, "U1")).groups == ()
    assert (await by_message(stage, "U2")).groups == ("S1",)
    await stage.slack.disable_group("S1")
    await stage.settled()
    assert (await by_command(stage, "U2")).groups == ()


async def test_a_change_of_groups_that_no_event_told_is_seen_in_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "KEEP_S", 0.0)
    assert (await by_message(stage, "U1")).groups == ()
    async with stage.slack.lost_events():
        await stage.slack.add_group("S1", "first", "U1")
    assert (await by_message(stage, "U1")).groups == ("S1",)


async def test_what_changed_while_the_answer_was_on_its_way_is_asked_for_again(stage: Stage) -> None:
    stage.slack.backend.tells_of_people = True
    stage.slack.fault("users.info", late=0.3)
    stage.slack.fault("usergroups.list", late=0.3)
    ts = await stage.slack.say("U1", stage.slack.direct("U1"), "hello")
    await stage.slack.wait_for(lambda: asked_for(stage) and stage.slack.journal.of("usergroups.list"))
    await stage.slack.change_member("U1", is_restricted=True)
    await stage.slack.add_group("S1", "first", "U1")
    assert await author_of(stage, ts) == Author("U1", "Ada")
    await stage.settled()
    assert await by_message(stage, "U1") == Author("U1", "Ada", standing=Standing.GUEST, groups=("S1",))


async def test_many_changes_of_groups_do_not_use_up_what_slack_grants(stage: Stage) -> None:
    for number in range(25):
        await stage.slack.add_group(f"S{number}", f"group{number}", "U1")
        await stage.settled()
        await by_message(stage, "U1")
    assert len(stage.slack.journal.of("usergroups.list")) == groups.READS < 20


async def test_a_burst_asks_for_each_person_once(stage: Stage) -> None:
    stage.slack.fault("users.info", delay=0.2, times=3)
    for number in range(8):
        stage.slack.add_channel(f"C5{number}", f"room{number}", "U1", "U2", "U3", BOT_USER)
    for number in range(50):
        await stage.slack.say(f"U{1 + number % 3}", f"C5{number % 8}", f"{ME} {number} <@U{1 + number % 2}>")
    asked = await stage.asked(50)
    assert {event.author.name for event in asked} == {"Ada", "Grace", "Linus"}
    assert asked_for(stage) == ["U1", "U2", "U3"]
    assert len(stage.slack.journal.of("usergroups.list")) == 1


TROUBLES: dict[str, dict[str, Any]] = {
    "slow": {"delay": 20.0},
    "broken": {"status": 500},
    "cut": {"reset": True},
    "limited": {"status": 429, "retry_after": 30},
    "refused": {"error": "internal_error"},
}


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("method", ["users.info", "usergroups.list"])
@pytest.mark.parametrize("way", [by_message, by_command, by_button])
async def test_trouble_holds_a_question_up_for_two_seconds_at_most(
    stage: Stage, way: Way, method: str, kind: str
) -> None:
    stage.slack.fault(method, times=1_000, **TROUBLES[kind])
    await stage.slack.add_group("S1", "first", "U1")
    begun = time.monotonic()
    author = await way(stage, "U1")
    assert time.monotonic() - begun < IN_TIME_S
    assert author == (Author("U1", "U1", groups=("S1",)) if method == "users.info" else Author("U1", "Ada"))
    begun = time.monotonic()
    assert (await way(stage, "U1")) == author
    assert time.monotonic() - begun < people.LOOKUP_S, "trouble is waited for once"


@pytest.mark.parametrize("kind", TROUBLES)
async def test_in_trouble_people_are_what_they_were(
    stage: Stage, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "STANDING_S", 0.0)
    monkeypatch.setattr(groups, "KEEP_S", 0.0)
    stage.slack.add_member("U8", "Gast", "is_restricted")
    await stage.slack.add_group("S1", "first", "U8")
    known = Author("U8", "Gast", standing=Standing.GUEST, groups=("S1",))
    assert await by_message(stage, "U8") == known
    for method in ("users.info", "usergroups.list"):
        stage.slack.fault(method, times=1_000, **TROUBLES[kind])
    assert await by_message(stage, "U8") == known


async def test_after_the_trouble_slack_is_asked_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "AGAIN_S", 0.0)
    stage.slack.fault("users.info", error="internal_error")
    stage.slack.add_member("U8", "Gast", "is_restricted")
    assert await by_message(stage, "U8") == Author("U8", "U8")
    assert await by_message(stage, "U8") == Author("U8", "Gast", standing=Standing.GUEST)


@pytest.mark.parametrize("way", [by_message, by_edit, by_form, by_button, by_history])
async def test_in_trouble_a_visitor_of_another_workspace_is_still_one(stage: Stage, way: Way) -> None:
    stage.slack.add_member("U8", "Partner", team=ELSEWHERE)
    stage.slack.fault("users.info", error="internal_error", times=1_000)
    assert (await way(stage, "U8")).standing is Standing.EXTERNAL


async def test_mentions_do_not_use_up_what_tells_a_guest(slack: SlackEmulator) -> None:
    """A colleague of the guest names 300 people; the guest is found out all the same."""
    slack.backend.limits.scale = 4.0
    slack.add_member("U8", "Gast", "is_restricted")
    async with staged(slack) as stage:
        crowd = " ".join(f"<@UAA{number}>" for number in range(300))
        await by_command(stage, "U2")
        ts = await slack.say("U2", "C1", f"{ME} {crowd}")
        await author_of(stage, ts)
        assert len(slack.journal.of("users.info")) <= directory.NAMES + 1
        assert (await by_message(stage, "U8")).standing is Standing.GUEST


async def test_without_the_scope_groups_are_done_without_and_it_is_said_once(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.slack.backend.groups_scope = False
    await stage.slack.add_group("S1", "first", "U1")
    authors = [await by_message(stage, user) for user in ("U1", "U2", "U1")]
    assert [author.groups for author in authors] == [(), (), ()]
    assert [author.standing for author in authors] == [Standing.MEMBER] * 3
    assert len(stage.slack.journal.of("usergroups.list")) == 1
    said = capsys.readouterr().out
    assert said.count("slack_groups_unknown") == 1
    assert "usergroups:read" in said


async def test_other_bots_are_ignored_whatever_they_are(stage: Stage) -> None:
    stage.slack.add_member("U9", "Robot", "is_admin", is_bot=True)
    message = {"type": "message", "channel": "C1", "user": "U9", "bot_id": "B9", "text": f"{ME} hello"}
    stage.slack.backend.send(message | {"ts": stage.slack.backend.workspace.next_ts()})
    await stage.settled()
    assert stage.inbox.asked == []
    assert stage.slack.journal.of("users.info") == []


async def test_what_is_told_of_people_is_acknowledged_and_no_question(stage: Stage) -> None:
    stage.slack.backend.tells_of_people = True
    await asyncio.gather(
        stage.slack.change_member("U3", is_admin=True), stage.slack.add_group("S1", "first", "U3")
    )
    await stage.settled()
    assert {ack.envelope_id for ack in stage.slack.journal.acks}
    assert stage.inbox.entered == 0
    assert stage.slack.journal.of("users.info") == stage.slack.journal.of("usergroups.list") == []
