"""What the core asks of Slack, over real sockets: posts, edits, lost answers, limits, files."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.slack import attempts, history
from adapters.slack.stubs import NOT_OPENED
from core.address import Address
from core.delivery import Draft, Gone, Lookup, MessageRef, Outcome, Rejected, Retry, Sent, Unknown
from core.errors import FileError, PlatformError
from core.message import Attachment
from tests.emulators.slack import BOT_USER, TEAM, SlackEmulator
from tests.emulators.slack.workspace import Post
from tests.emulators.slack_stage import Stage, staged

KEY = "abcdefghijklmnopqrstuvwxy"
SOONER = 10


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(rate_scale=0) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _looks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAUSES", tuple(pause / SOONER for pause in history.PAUSES))
    monkeypatch.setattr(attempts, "VISIBLE_S", attempts.VISIBLE_S / SOONER)


@pytest.fixture
async def root(slack: SlackEmulator) -> str:
    return await slack.say("U1", "C1", "a question")


def draft(
    thread: str, text: str, *, channel: str = "C1", reply_to: str | None = None, key: str = KEY
) -> Draft:
    return Draft(Address("slack", TEAM, channel, thread), key, "turn1", text, reply_to, first=True)


def ref(outcome: Outcome, thread: str = "") -> MessageRef:
    assert isinstance(outcome, Sent)
    return MessageRef(Address("slack", TEAM, "C1", thread), outcome.id)


async def test_a_post_is_drawn_in_its_thread_without_pings_and_unfurls(stage: Stage, root: str) -> None:
    sent = await stage.adapter.post(draft(root, "**Hi** <!channel> ![x](https://evil.test/p.png)"))
    (seen,) = stage.slack.answers("C1", root)
    assert isinstance(sent, Sent)
    assert (seen.ts, seen.key) == (sent.id, KEY)
    assert seen.text == "**Hi** &lt;!channel> [x](https://evil.test/p.png)"
    (call,) = stage.slack.journal.of("chat.postMessage")
    assert (call.args["unfurl_links"], call.args["unfurl_media"]) == (False, False)
    assert call.args["text"].startswith("Hi &lt;!channel&gt;")


async def test_an_edit_leaves_no_mark(stage: Stage, root: str) -> None:
    sent = await stage.adapter.post(draft(root, "one"))
    assert await stage.adapter.edit(ref(sent, root), "two " * 900) == sent
    (seen,) = stage.slack.answers("C1", root)
    assert (seen.text, seen.edited, len(seen.revisions)) == ("two " * 900, False, 2)


async def test_a_commands_answer_hangs_on_its_opener(stage: Stage) -> None:
    opener = await stage.adapter.post(draft("cmd-1.2", "**Ada asked:** why?"))
    assert isinstance(opener, Sent)
    await stage.adapter.post(draft("cmd-1.2", "because", reply_to=opener.id, key="b" * 25))
    assert [seen.text for seen in stage.slack.messages("C1")] == ["**Ada asked:** why?"]
    assert [seen.text for seen in stage.slack.messages("C1", opener.id)] == ["**Ada asked:** why?", "because"]
    address = Address("slack", TEAM, "C1", "cmd-1.2")
    for key, after in ((KEY, "1.2"), ("b" * 25, opener.id)):
        assert await stage.adapter.find(Lookup(address, key, after, frozenset())) is not None


@pytest.mark.parametrize("fault", [{"reset": True}, {"status": 502}, {"error": "internal_error"}])
async def test_a_lost_answer_is_unknown_until_the_key_is_found(
    stage: Stage, root: str, fault: Mapping[str, Any]
) -> None:
    stage.slack.backend.metadata_lag = 0.3
    stage.slack.fault("chat.postMessage", after_effect=True, **fault)
    assert isinstance(await stage.adapter.post(draft(root, "there")), Unknown)
    lookup = Lookup(Address("slack", TEAM, "C1", root), KEY, root, frozenset())
    found = await stage.adapter.find(lookup)
    assert [seen.ts for seen in stage.slack.answers("C1", root)] == [found]
    assert await stage.adapter.find(replace(lookup, claimed=frozenset({str(found)}))) is None
    assert len(stage.slack.journal.of("chat.postMessage")) == 1


async def test_a_post_that_never_arrived_is_not_found_and_not_repeated_by_itself(
    stage: Stage, root: str
) -> None:
    stage.slack.fault("chat.postMessage", reset=True)
    assert isinstance(await stage.adapter.post(draft(root, "lost")), Unknown)
    assert (
        await stage.adapter.find(Lookup(Address("slack", TEAM, "C1", root), KEY, root, frozenset())) is None
    )
    assert len(stage.slack.journal.of("chat.postMessage")) == 1


async def test_a_search_that_slack_cannot_answer_is_no_proof(stage: Stage, root: str) -> None:
    stage.slack.fault("conversations.replies", status=500)
    with pytest.raises(PlatformError, match="http_500"):
        await stage.adapter.find(Lookup(Address("slack", TEAM, "C1", root), KEY, root, frozenset()))


async def test_an_edit_whose_answer_is_lost_is_tried_again(stage: Stage, root: str) -> None:
    message = ref(await stage.adapter.post(draft(root, "one")), root)
    stage.slack.fault("chat.update", reset=True, after_effect=True)
    assert await stage.adapter.edit(message, "two") == Retry(1.0)
    assert await stage.adapter.edit(message, "two") == Sent(message.id)


async def test_a_rate_limit_says_when_to_come_again(stage: Stage, root: str) -> None:
    stage.slack.fault("chat.postMessage", status=429, retry_after=7)
    stage.slack.fault("chat.update", status=429, retry_after=30)
    assert await stage.adapter.post(draft(root, "a")) == Retry(7.0)
    message = MessageRef(Address("slack", TEAM, "C1", root), root)
    assert await stage.adapter.edit(message, "b") == Retry(30.0)


async def test_refused_blocks_go_out_as_plain_text_whole_or_not_at_all(stage: Stage, root: str) -> None:
    stage.slack.fault("chat.postMessage", error="invalid_blocks")
    sent = await stage.adapter.post(draft(root, "# Head\n\n- **a**\n- [b](https://b.test)"))
    (seen,) = stage.slack.answers("C1", root)
    assert seen.ts == ref(sent).id
    assert seen.text == "*Head*\n\n• *a*\n• <https://b.test|b>"
    assert await stage.adapter.post(draft(root, "x" * 14_000)) == Rejected("msg_blocks_too_long")
    assert len(stage.slack.answers("C1", root)) == 1


async def test_what_is_no_longer_there_is_gone(stage: Stage, root: str) -> None:
    message = ref(await stage.adapter.post(draft(root, "one")), root)
    assert await stage.adapter.delete(message) == Sent(message.id)
    assert await stage.adapter.edit(message, "two") == Gone("message_not_found")
    assert await stage.adapter.delete(message) == Gone("message_not_found")
    assert await stage.adapter.post(draft(root, "a", channel="C2")) == Gone("not_in_channel", place=True)
    await stage.slack.delete("C1", root)
    assert await stage.adapter.post(draft(root, "a")) == Gone("thread_not_found", place=True)
    stage.slack.backend.workspace.channels["C1"].archived = True
    assert await stage.adapter.post(draft("", "a")) == Gone("is_archived", place=True)


async def test_a_slack_that_is_not_there_means_nothing_was_sent() -> None:
    async with SlackEmulator() as slack, staged(slack) as stage:
        stage.adapter._client.base_url = "http://127.0.0.1:9/api/"
        assert await stage.adapter.post(draft("", "a")) == Retry(2.0)


async def test_a_thread_is_read_with_names_up_to_the_question(stage: Stage) -> None:
    slack = stage.slack
    root = await slack.say("U1", "C1", "shall we &lt;ship&gt;, <@U2>?")
    await slack.say("U2", "C1", "see this", thread=root, files=[("plan.pdf", b"%PDF", "application/pdf")])
    await stage.adapter.post(draft(root, "I was here"))
    await slack.say("U1", "C1", f"<@{BOT_USER}> and you?", thread=root)
    await slack.say("U2", "C1", "too late", thread=root)
    asked = (await stage.asked(3))[1]
    assert asked.text == "and you?"
    past = await stage.adapter.past(asked, 10)
    assert [(m.author.name, m.author.is_bot, m.text) for m in past] == [
        ("Ada", False, "shall we <ship>, @Grace?"),
        ("Grace", False, "see this\n\n[file: plan.pdf]"),
        ("Tampu", True, "I was here"),
    ]
    assert await stage.adapter.past(asked, 1) == past[-1:]


async def test_a_long_thread_gives_its_newest_messages(stage: Stage) -> None:
    workspace = stage.slack.backend.workspace
    root = await stage.slack.say("U1", "C1", "root")
    for number in range(450):
        workspace.add(Post("C1", workspace.next_ts(), "U2", str(number), time.monotonic(), thread_ts=root))
    await stage.slack.say("U1", "C1", f"<@{BOT_USER}> well?", thread=root)
    (asked,) = await stage.asked()
    assert [message.text for message in await stage.adapter.past(asked, 3)] == ["447", "448", "449"]


async def picture(stage: Stage, *, stub: bool = False) -> Attachment:
    direct = stage.slack.direct("U1")
    await stage.slack.say(
        "U1", direct, "look", files=[("a.png", b"\x89PNG-bytes", "image/png")], stub_files=stub
    )
    (asked,) = await stage.asked()
    return asked.attachments[0]


@pytest.mark.parametrize("stub", [False, True])
async def test_a_picture_is_read_with_the_token(stage: Stage, stub: bool) -> None:
    assert await stage.adapter.read(await picture(stage, stub=stub), 1_000) == b"\x89PNG-bytes"
    assert [download.authorized for download in stage.slack.journal.downloads] == [True]


async def test_of_a_picture_that_is_only_an_id_is_told_what_it_is(stage: Stage) -> None:
    found = await picture(stage, stub=True)
    assert (found.name, found.mime) == ("a.png", "image/png")


async def test_a_file_of_which_slack_will_not_tell_is_still_handed_in(stage: Stage) -> None:
    stage.slack.fault("files.info", error="fatal_error")
    found = await picture(stage, stub=True)
    assert (found.name, found.locator) == ("a shared file", "")
    assert await stage.adapter.read(found, 1_000) == b"\x89PNG-bytes"


@pytest.mark.parametrize(
    ("code", "told"),
    [("file_deleted", "deleted"), ("missing_scope", "files:read"), ("fatal_error", "try again")],
)
async def test_why_slack_says_nothing_of_a_file_is_told(stage: Stage, code: str, told: str) -> None:
    stage.slack.fault("files.info", error=code)
    with pytest.raises(FileError, match=told):
        await stage.adapter.read(Attachment("F1", "a.png", "image/png", None, ""), 1_000)


async def test_a_login_page_is_not_taken_for_a_picture(stage: Stage) -> None:
    stage.slack.backend.files_scope = False
    with pytest.raises(FileError) as caught:
        await stage.adapter.read(await picture(stage), 1_000)
    assert caught.value.told == NOT_OPENED


async def test_a_file_over_the_limit_is_refused_with_its_size(stage: Stage) -> None:
    with pytest.raises(FileError, match="over my limit"):
        await stage.adapter.read(await picture(stage), 5)


async def test_the_line_below_a_thread_comes_and_goes(stage: Stage, root: str) -> None:
    address = Address("slack", TEAM, "C1", root)
    await stage.adapter.show_working(address)
    await stage.adapter.show_working(address)
    assert stage.slack.statuses == {("C1", root): "is thinking…"}
    await stage.adapter.show_idle(address)
    await stage.adapter.show_idle(address)
    assert stage.slack.statuses == {}
    assert len(stage.slack.journal.of("assistant.threads.setStatus")) == 2


async def test_a_workspace_without_that_line_is_asked_once(stage: Stage, root: str) -> None:
    stage.slack.fault("assistant.threads.setStatus", error="missing_scope")
    for thread in (root, await stage.slack.say("U2", "C1", "other")):
        await stage.adapter.show_working(Address("slack", TEAM, "C1", thread))
    assert len(stage.slack.journal.of("assistant.threads.setStatus")) == 1


async def test_the_paces_stay_within_slacks_limits() -> None:
    async with SlackEmulator() as slack, staged(slack) as stage:
        root = await slack.say("U1", "C1", "question")
        paces = {(pace.scope.value, *pace.actions): pace for pace in stage.adapter.capabilities.paces}
        posts = [await stage.adapter.post(draft(root, "a")) for _ in range(paces["channel", "post"].burst)]
        edits = [
            await stage.adapter.edit(ref(posts[n % len(posts)]), str(n))
            for n in range(paces["account", "edit"].burst)
        ]
        assert all(isinstance(outcome, Sent) for outcome in posts + edits)
        assert [call.status for call in slack.journal.refused()] == []
