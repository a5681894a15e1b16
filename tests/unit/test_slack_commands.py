"""Words behind /llama, the form's limits, and where the token may go."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.commands import invocation
from adapters.slack.outbound import SlackOutbound
from adapters.slack.views import MAX_PICTURES, PICTURES, SCHEMA, Form, Submission, complaints, image_form
from core.files.download import Fetched, Wanted
from core.message import Attachment
from core.presets import COMPARE, JSON, READ
from tests.emulators.slack.blocks import check_view
from tests.emulators.slack_stage import COMMANDS


@pytest.mark.parametrize(
    ("words", "name", "argument"),
    [
        ("", "help", ""),
        ("help", "help", ""),
        ("HELP", "help", ""),
        ("stop", "stop", ""),
        ("help me write a letter", None, "help me write a letter"),
        ("stop words in English?", None, "stop words in English?"),
        ("ask why?", "ask", "why?"),
        ("ask", "ask", ""),
        ("image what is it", "image", "what is it"),
        ("why is the sky blue?", None, "why is the sky blue?"),
    ],
)
def test_words_are_a_command_or_a_question(words: str, name: str | None, argument: str) -> None:
    called = invocation(words, COMMANDS)
    assert (called.spec.name if called.spec else None, called.argument) == (name, argument)


@pytest.mark.parametrize("question", ["", "what?", "x" * 5_000])
def test_the_form_is_one_that_slack_opens(question: str) -> None:
    check_view(image_form(Form(question, "C1", "a note", "C1")))


def picture(name: str, mime: str = "image/png") -> Attachment:
    return Attachment("F1", name, mime, 1, "https://files.slack.com/a")


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ((), "add a picture"),
        ((picture("a.png"),) * (MAX_PICTURES + 1), "you gave me 5"),
        ((picture("a.png"), picture("b.pdf", "application/pdf")), "b.pdf"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_at_the_field(pictures: tuple[Attachment, ...], said: str) -> None:
    assert said in complaints(Submission("V1", "U1", "T1", "C1", "what?", pictures))[PICTURES]


def test_what_a_preset_needs_is_said_at_the_field() -> None:
    one = Submission("V1", "U1", "T1", "C1", "", (picture("a.png"),), COMPARE)
    assert "2 pictures" in complaints(one)[PICTURES]
    no_schema = replace(one, preset=JSON, schema="name, price")
    assert "not valid JSON" in complaints(no_schema)[SCHEMA]
    assert complaints(replace(no_schema, schema='{"type": "object"}')) == {}
    # It would have no effect.
    assert "“As JSON” only" in complaints(replace(no_schema, preset=READ))[SCHEMA]


class RecordingFetcher:
    """Keeps the headers that a download would send."""

    def __init__(self) -> None:
        self.headers: list[Mapping[str, str]] = []

    async def get(self, url: str, wanted: Wanted) -> Fetched:
        self.headers.append(wanted.headers)
        return Fetched(b"bytes", "image/png", url)


@pytest.mark.parametrize(
    ("url", "with_token"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://slack-files.com/a", True),
        ("https://works.slack.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com.evil.test/a", False),
        ("https://evilslack.com/a", False),
        ("https://evil.test/?https://files.slack.com", False),
        ("https://files.slack.com@evil.test/a", False),
        ("https://drive.test/a", False),
    ],
)
async def test_the_token_goes_to_slack_only(url: str, with_token: bool) -> None:
    fetcher = RecordingFetcher()
    outbound = SlackOutbound(AsyncWebClient("xoxb-secret", retry_handlers=[]), fetcher)
    await outbound.read(Attachment("F1", "a.png", "image/png", 1, url), 100)
    assert fetcher.headers == [{"Authorization": "Bearer xoxb-secret"} if with_token else {}]
