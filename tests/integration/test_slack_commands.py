"""``/llama`` and its form, end to end."""

from collections.abc import AsyncIterator

import pytest

from adapters.slack.commands import NO_FORM
from adapters.slack.views import PICTURES, QUESTION, TRY_AGAIN
from core.address import Address
from core.events import Addressing, Asked
from core.message import Author
from tests.emulators.slack import TEAM, SlackEmulator
from tests.emulators.slack_stage import Stage, staged

PNG = ("board.png", b"\x89PNG\r\n\x1a\n", "image/png")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with SlackEmulator(rate_scale=0) as slack, staged(slack) as stage:
        yield stage


@pytest.mark.parametrize("words", ["help", "", "  HELP "])
async def test_help_is_answered_in_the_acknowledgement(stage: Stage, words: str) -> None:
    result = await stage.slack.command("U1", "C1", "/llama", words)
    assert (result.acked, result.text) == (True, "*help* of Ada")
    address = Address("slack", TEAM, "C1", "")
    assert stage.inbox.commands == [("help", address, Author("U1", "Ada"), "")]
    assert stage.slack.answers("C1") == []


@pytest.mark.parametrize(
    "words", ["ask why is the sky <@U2|grace> blue?", "why is the sky <@U2|grace> blue?"]
)
async def test_a_question_by_command_is_stored_with_its_opener(stage: Stage, words: str) -> None:
    result = await stage.slack.command("U1", "C1", "/llama", words)
    (asked,) = await stage.asked()
    assert (result.acked, result.text) == (True, "")
    assert asked.key == f"cmd:{result.trigger_id}"
    assert asked.address == Address("slack", TEAM, "C1", f"cmd-{result.trigger_id}")
    assert asked.opener == "**Ada asked:** why is the sky @grace blue?"
    assert (asked.addressing, asked.place) == (Addressing.COMMAND, "#general")


async def test_an_empty_question_is_told_what_to_do(stage: Stage) -> None:
    result = await stage.slack.command("U1", "C1", "/llama", "ask")
    assert "What would you like to ask?" in result.text
    assert stage.inbox.asked == []


async def test_where_we_may_not_write_we_answer_in_private_and_say_so(stage: Stage) -> None:
    result = await stage.slack.command("U1", "C2", "/llama", "what is a tampu?")
    (asked,) = await stage.asked()
    assert (asked.address.channel, asked.place) == (stage.slack.direct("U1"), "a direct message")
    assert "direct messages" in result.text


async def test_a_command_that_cannot_be_stored_says_so(stage: Stage) -> None:
    stage.inbox.fail = 2
    for words in ("why?", "stop"):
        result = await stage.slack.command("U1", "C1", "/llama", words)
        assert result.text == TRY_AGAIN
    assert stage.inbox.asked == []


async def form(stage: Stage, channel: str, words: str) -> str:
    """Open the form; its id."""
    result = await stage.slack.command("U1", channel, "/llama", words)
    assert (result.acked, result.text) == (True, "")
    (view,) = stage.slack.views
    return view


async def test_the_form_takes_a_picture_and_a_question_to_the_inbox(stage: Stage) -> None:
    view = await form(stage, "C1", "image what is it?")
    result = await stage.slack.submit_view("U1", view, {}, files=[PNG])
    (asked,) = await stage.asked()
    assert (result.acked, result.closed, stage.slack.views) == (True, True, {})
    assert asked == Asked(
        key=f"view:{view}",
        address=Address("slack", TEAM, "C1", f"view-{view}"),
        author=Author("U1", "Ada"),
        text="what is it?",
        message_id=view,
        sent_at=asked.sent_at,
        addressing=Addressing.COMMAND,
        attachments=asked.attachments,
        place="#general",
        opener="**Ada asked about board.png:** what is it?",
    )
    assert await stage.adapter.read(asked.attachments[0], 1_000) == PNG[1]


async def test_the_form_closes_only_after_the_question_is_durable(stage: Stage) -> None:
    view = await form(stage, "C1", "image")
    stage.inbox.fail = 1
    result = await stage.slack.submit_view("U1", view, {QUESTION: "what?"}, files=[PNG])
    assert (result.closed, result.errors) == (False, {QUESTION: TRY_AGAIN})
    again = await stage.slack.submit_view("U1", view, {QUESTION: "what?"}, files=[PNG])
    assert (again.closed, stage.inbox.texts) == (True, ["what?"])


async def test_a_document_is_refused_in_the_form(stage: Stage) -> None:
    view = await form(stage, "C1", "image")
    result = await stage.slack.submit_view("U1", view, {}, files=[("plan.pdf", b"%PDF", "application/pdf")])
    assert not result.closed
    assert "plan.pdf" in result.errors[PICTURES]
    assert stage.inbox.asked == []


async def test_the_form_says_where_the_answer_will_be(stage: Stage) -> None:
    view = await form(stage, "C2", "image")
    assert "direct messages" in stage.slack.views[view]["blocks"][0]["text"]["text"]
    await stage.slack.submit_view("U1", view, {}, files=[PNG, PNG])
    (asked,) = await stage.asked()
    assert asked.address.channel == stage.slack.direct("U1")
    assert asked.opener == "**Ada asked about board.png, board.png:** What is in this picture?"


async def test_commands_work_in_direct_messages(stage: Stage) -> None:
    direct = stage.slack.direct("U2")
    await stage.slack.command("U2", direct, "/llama", "what is a tampu?")
    (asked,) = await stage.asked()
    assert (asked.address.channel, asked.place) == (direct, "a direct message")


async def test_a_form_that_came_too_late_is_told(stage: Stage) -> None:
    stage.slack.fault("views.open", error="expired_trigger_id")
    result = await stage.slack.command("U1", "C1", "/llama", "image")
    assert result.text == NO_FORM


async def test_what_nobody_handles_is_acknowledged(stage: Stage) -> None:
    ack = await stage.slack.sockets.ask(
        "interactive",
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "team": {"id": TEAM},
            "actions": [{"action_id": "unknown", "block_id": "b", "type": "button"}],
        },
    )
    assert ack is not None
    assert ack.payload is None
