"""Edits, deletions and endings read from Slack's own shapes, or ignored by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.changes import CHANNEL_ENDS, Edit, read
from adapters.slack.identity import Identity
from adapters.slack.inbound import Ignored, Post
from core.events import Addressing, Closed, Withdrawn

ME = Identity("T1", "U0BOT", "B0BOT")
TS, EVENT_TS = "1626342128.008700", "1626342137.008900"
ROOT = "1626342092.008500"
EDITED = {"user": "U1", "ts": "1626342137.000000"}
FILE = {"id": "F1", "name": "a.png", "mode": "hosted"}
PREVIEW = {"from_url": "https://a.test", "title": "A page", "text": "what it says"}
TABLE = {"type": "table", "rows": [[{"text": "a"}]]}


def said(text: str = "<@U0BOT> hello", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "text": text, "ts": TS, "team": "T1", **more}


def changed(message: Any, previous: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C1",
        "channel_type": "channel",
        "message": message,
        "previous_message": previous,
        "event_ts": EVENT_TS,
        "ts": EVENT_TS,
        **more,
    }


def deleted(previous: Any, **more: Any) -> dict[str, Any]:
    event = changed(None, previous) | {"subtype": "message_deleted", "deleted_ts": TS}
    del event["message"]
    return event | more


@pytest.mark.parametrize(
    ("message", "previous", "addressing"),
    [
        (said("<@U0BOT> better", edited=EDITED), said("<@U0BOT> good"), Addressing.MENTION),
        (said("<@U0BOT> hello", edited=EDITED), said("hello"), Addressing.MENTION),
        (said("hello", edited=EDITED), said("<@U0BOT> hello"), Addressing.OVERHEARD),
        (said("hello", edited=EDITED), said("hallo"), Addressing.OVERHEARD),
        (said("<@U2> hello", edited=EDITED, thread_ts=ROOT), said("hello"), Addressing.ELSEWHERE),
        (said("yes", edited=EDITED, thread_ts=ROOT, parent_user_id="U0BOT"), said("no"), Addressing.REPLY),
        (said("<@U0BOT> b", edited=EDITED, subtype="thread_broadcast"), said("a"), Addressing.MENTION),
        (
            said("<@U0BOT> b", edited=EDITED, subtype="file_share", files=[FILE]),
            said("a"),
            Addressing.MENTION,
        ),
        (
            said("<@U0BOT> same", files=[FILE | {"mode": "tombstone"}]),
            said("<@U0BOT> same", files=[FILE]),
            None,
        ),
        (said("<@U0BOT> same", blocks=[TABLE], edited=EDITED), said("<@U0BOT> same"), None),
        (said("<@U0BOT> hello", edited=EDITED), [], None),
    ],
)
def test_an_edit_is_the_whole_message_as_it_stands_now(
    message: dict[str, Any], previous: object, addressing: Addressing | None
) -> None:
    edit = read(changed(message, previous), ME)
    assert isinstance(edit, Edit)
    assert (edit.post.key, edit.post.event["text"]) == (f"C1:{TS}", message["text"])
    assert edit.post.addressing is (addressing or Addressing.MENTION)
    assert edit.revision == float(EVENT_TS)


def test_an_edit_in_private_is_direct() -> None:
    edit = read(changed(said("b", edited=EDITED), said("a"), channel="D1", channel_type="im"), ME)
    assert isinstance(edit, Edit)
    assert edit.post.addressing is Addressing.DIRECT


@pytest.mark.parametrize(
    ("message", "previous", "reason"),
    [
        (said(attachments=[PREVIEW]), said(), Ignored.UNCHANGED),
        (said(attachments=[PREVIEW], edited=EDITED), said(edited=EDITED), Ignored.UNCHANGED),
        (said(subtype="thread_broadcast", thread_ts=ROOT), said(thread_ts=ROOT), Ignored.UNCHANGED),
        (said(files=[FILE | {"thumb_64": "x"}]), said(files=[FILE]), Ignored.UNCHANGED),
        (said("b", user="U0BOT", bot_id="B0BOT"), said("a", user="U0BOT", bot_id="B0BOT"), Ignored.OWN),
        (said("b", bot_id="B9", edited=EDITED), said("a", bot_id="B9"), Ignored.OTHER_BOT),
        (said("b", user="USLACKBOT"), said("a", user="USLACKBOT"), Ignored.SLACKBOT),
        (said("b", subtype="channel_topic"), said("a"), Ignored.SUBTYPE),
        (None, None, Ignored.SUBTYPE),
    ],
)
def test_what_is_no_edit_of_a_persons_words(message: object, previous: object, reason: Ignored) -> None:
    assert read(changed(message, previous), ME) is reason


def test_two_edits_within_a_second_differ_by_their_events() -> None:
    first = read(changed(said("b", edited=EDITED), said("a")), ME)
    second = read(changed(said("c", edited=EDITED), said("b"), event_ts="1626342137.009100"), ME)
    assert isinstance(first, Edit)
    assert isinstance(second, Edit)
    assert first.revision < second.revision


def test_the_mention_of_an_edited_message_is_the_same_edit() -> None:
    both = said("<@U0BOT> better", edited=EDITED)
    edit = read(changed(both, said("<@U0BOT> good")), ME)
    mention = read(both | {"type": "app_mention", "channel": "C1", "event_ts": TS}, ME)
    assert isinstance(edit, Edit)
    assert isinstance(mention, Edit)
    assert (mention.key, mention.revision) == (edit.key, float(EDITED["ts"]))
    fresh = read(said() | {"type": "app_mention", "channel": "C1"}, ME)
    assert isinstance(fresh, Post)


GONE = Withdrawn("slack", "T1", "C1", TS, f"C1:{TS}", float(TS))
TOMBSTONE = said("This message was deleted.", user="USLACKBOT", subtype="tombstone", thread_ts=TS)


@pytest.mark.parametrize(
    ("event", "read_as"),
    [
        (deleted(said()), GONE),
        (deleted(said(subtype="file_share", text="", files=[FILE])), GONE),
        (deleted([]), GONE),
        (changed(TOMBSTONE, said(thread_ts=TS)), GONE),
        (changed(TOMBSTONE, []), GONE),
        (deleted(said(user="U0BOT", bot_id="B0BOT")), Ignored.OWN),
        (changed(TOMBSTONE, said(user="U0BOT", bot_id="B0BOT")), Ignored.OWN),
        (deleted(said(bot_id="B9")), Ignored.OTHER_BOT),
        (deleted(TOMBSTONE), Ignored.SLACKBOT),
        (deleted(said(), deleted_ts=None), Ignored.SUBTYPE),
    ],
)
def test_a_deletion_names_the_message_as_its_question_did(event: dict[str, Any], read_as: object) -> None:
    assert read(event, ME) == read_as


@pytest.mark.parametrize("kind", sorted(CHANNEL_ENDS))
def test_a_channel_ends(kind: str) -> None:
    assert read({"type": kind, "channel": "C1"}, ME) == Closed("slack", "T1", "C1")


@pytest.mark.parametrize(
    ("event", "read_as"),
    [
        ({"type": "app_uninstalled"}, Closed("slack", "T1")),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}, Closed("slack", "T1")),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}, Ignored.OTHER_EVENT),
        ({"type": "tokens_revoked"}, Ignored.OTHER_EVENT),
        ({"type": "im_close", "channel": "D1", "user": "U1"}, Ignored.OTHER_EVENT),
        ({"type": "member_left_channel", "channel": "C1", "user": "U1"}, Ignored.OTHER_EVENT),
    ],
)
def test_the_account_ends_only_with_our_own_token(event: dict[str, Any], read_as: object) -> None:
    assert read(event, ME) == read_as


INNER: st.SearchStrategy[object] = st.none() | st.just([]) | st.just({}) | st.just({"ts": "1.0"})
WORD: st.SearchStrategy[object] = st.none() | st.text(max_size=3)


@given(
    kind=st.sampled_from(["message", "app_mention", "tokens_revoked", "channel_left"]),
    subtype=st.sampled_from([None, "message_changed", "message_deleted", "tombstone"]),
    inner=st.dictionaries(st.sampled_from(["message", "previous_message", "edited", "tokens"]), INNER),
    words=st.dictionaries(st.sampled_from(["channel", "user", "text", "event_ts"]), WORD),
)
def test_a_scrap_of_an_event_breaks_nothing(
    kind: str, subtype: str | None, inner: dict[str, Any], words: dict[str, Any]
) -> None:
    tokens = {"tokens": None} if inner.get("tokens") == [] else {}
    happening = read({"type": kind, "subtype": subtype, **inner, **words, **tokens}, ME)
    assert isinstance(happening, Ignored | Closed)
