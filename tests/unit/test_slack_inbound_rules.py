"""Slack events read as questions, or ignored by name; people's mrkdwn read as Markdown."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.identity import Identity
from adapters.slack.inbound import Ignored, Post, asked, default_address, sift
from adapters.slack.reading import quoted, to_markdown
from core.events import Addressing
from core.message import Author

ME = Identity("T1", "U0BOT", "B0BOT")
NAMES = {"U1": "Ada", "U2": "Grace"}
BASE: dict[str, Any] = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "ts": "1700000000.000200",
    "text": "hello",
}
ROOT = "1700000000.000100"
THREAD = {"thread_ts": ROOT}
OURS = {**THREAD, "parent_user_id": "U0BOT"}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"user": "U0BOT"}, Ignored.OWN),
        ({"bot_id": "B0BOT"}, Ignored.OWN),
        ({"subtype": "bot_message", "user": None, "bot_id": "B9"}, Ignored.OTHER_BOT),
        ({"bot_id": "B9"}, Ignored.OTHER_BOT),
        ({"user": "USLACKBOT"}, Ignored.SLACKBOT),
        ({"subtype": "message_replied"}, Ignored.SUBTYPE),
        ({"subtype": "channel_join"}, Ignored.SUBTYPE),
        ({"subtype": "channel_topic"}, Ignored.SUBTYPE),
        ({"type": "reaction_added"}, Ignored.OTHER_EVENT),
        ({"user": None}, Ignored.SUBTYPE),
        ({}, Ignored.NOT_ADDRESSED),
        ({"text": "<@U2> hello"}, Ignored.NOT_ADDRESSED),
        ({"channel_type": "mpim"}, Ignored.NOT_ADDRESSED),
        ({"thread_ts": BASE["ts"]}, Ignored.NOT_ADDRESSED),
    ],
)
def test_what_is_ignored_and_why(event: dict[str, Any], reason: Ignored) -> None:
    assert sift(BASE | event, ME) is reason


@pytest.mark.parametrize(
    ("event", "addressing"),
    [
        ({"channel_type": "im"}, Addressing.DIRECT),
        ({"channel_type": "im", "text": "<@U2> hello"}, Addressing.DIRECT),
        ({"text": "<@U0BOT> hello"}, Addressing.MENTION),
        ({"text": "<@U2> and <@U0BOT|tampu>"}, Addressing.MENTION),
        ({"type": "app_mention", "text": "<@U0BOT> hello", "channel_type": None}, Addressing.MENTION),
        (OURS, Addressing.REPLY),
        ({**OURS, "text": "<@U2> what now"}, Addressing.ELSEWHERE),
        ({**OURS, "text": "<@U0BOT> and <@U2>"}, Addressing.MENTION),
        (THREAD, Addressing.OVERHEARD),
        ({**THREAD, "text": "<@W2> look"}, Addressing.ELSEWHERE),
        ({"subtype": "file_share", "text": "<@U0BOT>"}, Addressing.MENTION),
    ],
)
def test_how_a_message_turns_to_us(event: dict[str, Any], addressing: Addressing) -> None:
    post = sift(BASE | event, ME)
    assert isinstance(post, Post)
    assert post.addressing is addressing


def question(**event: Any) -> Any:
    post = sift(BASE | {"channel_type": "im"} | event, ME)
    assert isinstance(post, Post)
    return asked(post, default_address(post, ME), ME, Author("U1", "Ada"), NAMES, "a direct message")


def test_files_come_along_also_forwarded_ones_and_stubs() -> None:
    event = question(
        subtype="file_share",
        text="",
        files=[
            {
                "id": "F1",
                "name": "a.png",
                "mimetype": "image/png",
                "size": 7,
                "url_private_download": "https://x/d",
            },
            {"id": "F2", "mode": "file_access", "file_access": "check_file_info"},
        ],
        attachments=[{"text": "see", "files": [{"id": "F3", "name": "b.txt", "url_private": "https://x/p"}]}],
    )
    assert [(f.id, f.name, f.mime, f.size, f.locator) for f in event.attachments] == [
        ("F1", "a.png", "image/png", 7, "https://x/d"),
        ("F2", "a shared file", "application/octet-stream", None, ""),
        ("F3", "b.txt", "application/octet-stream", None, "https://x/p"),
    ]


def test_forwarded_words_and_tables_are_read() -> None:
    rows = [
        [{"type": "raw_text", "text": "a|b"}, {"type": "raw_text", "text": "c"}],
        [{"text": "1"}, {"text": "2"}],
    ]
    event = question(
        text="what of this?",
        blocks=[{"type": "rich_text", "elements": []}, {"type": "table", "rows": rows}],
        attachments=[
            {"author_name": "Grace", "text": "first &lt;line&gt;\nsecond <@U1>", "from_url": "https://s/p"}
        ],
    )
    assert event.text == (
        "what of this?\n\n| a\\|b | c |\n| --- | --- |\n| 1 | 2 |\n\n"
        "> **Grace:**\n> first <line>\n> second @Ada\n> https://s/p"
    )


def test_a_message_that_stands_only_in_blocks_is_read() -> None:
    words = [{"type": "text", "text": "only"}, {"type": "text", "text": "here"}]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": words}]}]
    assert quoted({"text": "", "blocks": blocks}, {}, "U0BOT") == "only here"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("<@U0BOT> hi", "hi"),
        ("hey <@U0BOT|tampu> there", "hey there"),
        ("<@U1> and <@U7|neo> and <@U8>", "@Ada and @neo and @U8"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("<!here> <!channel> <!subteam^S1|@crew> <!subteam^S2>", "@here @channel @crew @subteam"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        (
            "<https://a.test/?b=1&amp;c=2|site> <https://b.test>",
            "[site](https://a.test/?b=1&c=2) https://b.test",
        ),
        ("<mailto:a@b.test|a@b.test>", "a@b.test"),
        ("*bold* _it_ ~gone~", "**bold** _it_ ~~gone~~"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        ("`*a* &lt;@U1&gt;` *b*", "`*a* <@U1>` **b**"),
        ("see ```*a* &amp;&amp;\n  b```", "see \n```\n*a* &&\n  b\n```"),
        ("&amp;lt; &lt; &gt; &amp;", "&lt; < > &"),
        ("&gt; quoted", "> quoted"),
        ("*see <https://a.test|this>*", "**see [this](https://a.test)**"),
        ("private \ue000 use", "private  use"),
    ],
)
def test_mrkdwn_is_read_as_markdown(text: str, markdown: str) -> None:
    assert to_markdown(text, NAMES, "U0BOT") == markdown


@given(st.text(alphabet=st.sampled_from("<>@#!|`*_~&;ltgamp U0BOT\n\ue000\ue001é👩"), max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    assert "\ue000" not in to_markdown(text, {}, "U0BOT")


def test_a_text_of_thousands_of_references_is_read_whole() -> None:
    assert to_markdown("<@U1> " * 8_000, NAMES, "U0BOT").count("@Ada") == 8_000
