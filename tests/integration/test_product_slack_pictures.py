"""Pictures in Slack in full: the form's presets, buttons below answers, answers in private."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.slack.clicks import MAY_NOT
from adapters.slack.views import PICTURES, PRESET, PRIVATE, QUESTION, SCHEMA
from core.picture_phrases import ASKED_ALREADY, SHARE_LABEL, SHARED, SHARED_ALREADY
from core.presets import ALT, BELOW_ANSWERS, COMPARE, JSON, READ, TABLE, instruction
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import BOT_USER, TEAM, Seen
from tests.emulators.slack.interactions import SubmitResult
from tests.pictures import of_a_url
from tests.product import environment, model_settings, running, slack_settings
from tests.product_stage import SlackStage, on_slack, png, quiet

RED = ("red.png", png("red"), "image/png")
BLUE = ("blue.png", png("blue"), "image/png")
LABELS = tuple(preset.label for preset in BELOW_ANSWERS)


@pytest.fixture
async def stage(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    async with on_slack(tmp_path, model) as running:
        yield running


async def submit(
    stage: SlackStage,
    values: dict[str, str],
    files: tuple[tuple[str, bytes, str], ...] = (RED,),
    channel: str = "C1",
) -> SubmitResult:
    """Ada fills the form in."""
    opened = await stage.slack.command("U1", channel, "/llama", "image")
    assert (opened.acked, opened.text) == (True, "")
    view = list(stage.slack.views)[-1]
    return await stage.slack.submit_view("U1", view, values, files=list(files))


async def answered(stage: SlackStage, channel: str, *texts: str) -> list[Seen]:
    """Wait until the bot's messages in a channel read so."""
    slack = stage.slack
    await slack.wait_for(lambda: [seen.text for seen in slack.answers(channel)] == list(texts), 15)
    return slack.answers(channel)


async def with_buttons(stage: SlackStage, channel: str, ts: str, *labels: str) -> None:
    def shown() -> tuple[str, ...]:
        return next(seen.buttons for seen in stage.slack.answers(channel) if seen.ts == ts)

    await stage.slack.wait_for(lambda: shown() == labels, 10)


async def told(stage: SlackStage, words: str) -> None:
    await stage.slack.wait_for(lambda: any(words in seen.text for seen in stage.slack.ephemerals), 10)


@asynccontextmanager
async def restarted(stage: SlackStage) -> AsyncIterator[None]:
    """The same product in a new process, on what the first has stored."""
    await stage.product.stop()
    settings = {**slack_settings(stage.slack), **model_settings(stage.model)}
    async with running(environment(stage.data, **settings)):
        yield


async def test_a_preset_is_asked_with_several_pictures(stage: SlackStage) -> None:
    stage.model.say("One is red, the other blue.")
    result = await submit(stage, {PRESET: COMPARE.name, QUESTION: "the colours"}, (RED, BLUE))
    assert result.closed
    opener = "**Ada asked about red.png, blue.png:** Compare: the colours"
    await answered(stage, "C1", opener, "One is red, the other blue.")
    (call,) = stage.model.journal
    assert len(call.ask.messages[-1].images) == 2
    assert instruction(COMPARE) in call.ask.last_user_text


async def test_json_follows_the_schema_that_was_given(stage: SlackStage) -> None:
    wrong = await submit(stage, {PRESET: JSON.name, SCHEMA: "name, price"})
    assert "not valid JSON" in wrong.errors[SCHEMA]
    other = await submit(stage, {PRESET: READ.name, SCHEMA: "{}"})
    assert "“As JSON” only" in other.errors[SCHEMA]
    few = await submit(stage, {PRESET: COMPARE.name})
    assert "2 pictures" in few.errors[PICTURES]
    stage.model.say('{"sum": 3}')
    stage.model.say('{"total": 3}')
    schema = '{"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}'
    assert (await submit(stage, {SCHEMA: schema})).closed
    await answered(stage, "C1", "**Ada asked about red.png:** As JSON", '```json\n{"total": 3}\n```')


async def test_a_button_asks_in_the_thread_as_the_one_who_pressed_it(stage: SlackStage) -> None:
    slack = stage.slack
    stage.model.say("A sign.")
    stage.model.say("EXIT")
    assert (await submit(stage, {QUESTION: "what is it?"})).closed
    opener = "**Ada asked about red.png:** what is it?"
    root, answer = await answered(stage, "C1", opener, "A sign.")
    await with_buttons(stage, "C1", answer.ts, *LABELS)
    assert await slack.click("U2", "C1", answer.ts, READ.label)
    seen = await answered(stage, "C1", opener, "A sign.", "**Grace asked:** Read the text", "EXIT")
    assert [each.thread for each in seen[1:]] == [root.ts] * 3
    asked = stage.model.journal[1].ask
    assert sum(len(said.images) for said in asked.messages) == 1
    assert instruction(READ) in asked.last_user_text
    assert await slack.click("U2", "C1", answer.ts, READ.label)
    await told(stage, ASKED_ALREADY)
    await quiet(stage.model, 2)


async def test_a_button_finds_its_thread_after_a_restart(stage: SlackStage) -> None:
    stage.model.say("A sign.")
    stage.model.say("| a |\n| --- |\n| 1 |")
    assert (await submit(stage, {QUESTION: "what is it?"})).closed
    root, answer = await answered(stage, "C1", "**Ada asked about red.png:** what is it?", "A sign.")
    await with_buttons(stage, "C1", answer.ts, *LABELS)
    async with restarted(stage):
        assert await stage.slack.click("U1", "C1", answer.ts, TABLE.label)
        await stage.slack.wait_for(lambda: len(stage.slack.answers("C1")) == 4, 15)
    assert {seen.thread for seen in stage.slack.answers("C1")[1:]} == {root.ts}


async def test_a_button_is_about_the_pictures_of_its_answer_not_about_newer_ones(stage: SlackStage) -> None:
    for text in ("A sign.", "A lake.", "EXIT"):
        stage.model.say(text)
    question = await stage.ask("what is it?", files=(RED,))
    await stage.shows(question, "A sign.")
    await stage.ask("and this?", files=(BLUE,), thread=question)
    await stage.shows(question, "A sign.", "A lake.")
    answer = stage.answers(question)[0]
    await with_buttons(stage, "C1", answer.ts, *LABELS)
    assert await stage.slack.click("U1", "C1", answer.ts, READ.label)
    await stage.shows(question, "A sign.", "A lake.", "**Ada asked:** Read the text", "EXIT")
    (shown,) = [image for said in stage.model.journal[2].ask.messages for image in said.images]
    assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)


async def test_a_question_in_a_thread_gets_the_buttons_too(stage: SlackStage) -> None:
    stage.model.say("A sign.")
    stage.model.say("A red sign.")
    question = await stage.ask("what is it?", files=(RED,))
    await stage.shows(question, "A sign.")
    (answer,) = stage.answers(question)
    await with_buttons(stage, "C1", answer.ts, *LABELS)
    assert await stage.slack.click("U1", "C1", answer.ts, ALT.label)
    await stage.shows(question, "A sign.", "**Ada asked:** Alt text", "A red sign.")


async def asked_in_private(stage: SlackStage, channel: str = "C1") -> tuple[str, Seen]:
    """An answer that Ada got in private: her direct messages, and its message."""
    stage.model.say("It is red.")
    values = {QUESTION: "which colour?", PRIVATE: PRIVATE}
    assert (await submit(stage, values, channel=channel)).closed
    direct = stage.slack.direct("U1")
    texts = ("**Ada asked about red.png:** which colour?", "It is red.")
    _, answer = await answered(stage, direct, *texts)
    await with_buttons(stage, direct, answer.ts, *LABELS, SHARE_LABEL)
    assert stage.slack.answers(channel) == []
    return direct, answer


async def test_an_answer_in_private_is_posted_to_the_channel_once(stage: SlackStage) -> None:
    slack = stage.slack
    direct, answer = await asked_in_private(stage)
    assert await slack.click("U1", direct, answer.ts, SHARE_LABEL)
    head = "**Ada** asked me in private (about red.png):\n> which colour?\n\n**Tampu's answer:**\n\n"
    (posted,) = await answered(stage, "C1", f"{head}It is red.")
    await told(stage, SHARED)
    assert await slack.click("U1", direct, answer.ts, SHARE_LABEL)
    await told(stage, SHARED_ALREADY)
    assert posted.thread is None
    async with restarted(stage):
        assert await slack.click("U1", direct, answer.ts, SHARE_LABEL)
        await quiet(stage.model, 1)
        stage.model.say("As red as can be.")
        await slack.say("U2", "C1", "how red?", thread=posted.ts)
        await answered(stage, "C1", f"{head}It is red.", "As red as can be.")


async def test_who_was_sent_out_of_a_private_channel_posts_nothing_there(stage: SlackStage) -> None:
    slack = stage.slack
    board = slack.backend.workspace.channels["G1"]
    # More than are listed at once, so that Ada stands on the second page.
    board.members |= {f"A{number:04}" for number in range(1_200)}
    direct, answer = await asked_in_private(stage, "G1")
    board.members.discard("U1")
    assert await slack.click("U1", direct, answer.ts, SHARE_LABEL)
    await told(stage, MAY_NOT)
    assert slack.answers("G1") == []
    board.members.add("U1")
    assert await slack.click("U1", direct, answer.ts, SHARE_LABEL)
    await slack.wait_for(lambda: len(slack.answers("G1")) == 1, 10)


async def test_a_button_that_was_forged_posts_nothing(stage: SlackStage) -> None:
    slack = stage.slack
    direct, answer = await asked_in_private(stage)
    forged = f"slack:{TEAM}:C1:view-1 {'0' * 32} slack:{TEAM}:C1:"
    assert await slack.click("U1", direct, answer.ts, SHARE_LABEL, value=forged)
    assert await slack.click("U1", direct, answer.ts, READ.label, value=f"slack:{TEAM}:C1:view-1")
    await quiet(stage.model, 1)
    assert slack.answers("C1") == []


async def test_alt_texts_for_the_pictures_of_a_channel(stage: SlackStage) -> None:
    slack = stage.slack
    first = await slack.say("U2", "C1", "look", files=(RED,))
    second = await slack.say("U1", "C1", "and this", files=(BLUE,))
    stage.model.say("A blue rectangle.")
    stage.model.say("A red rectangle.")
    assert (await slack.command("U1", "C1", "/llama", "alt")).acked
    where = "https://works.slack.com/archives/C1/p"
    lines = (
        f"- **blue.png** ([message]({where}{second.replace('.', '')})): A blue rectangle.\n"
        f"- **red.png** ([message]({where}{first.replace('.', '')})): A red rectangle."
    )
    await answered(stage, "C1", "**Ada asked:** Alt text for the newest pictures here", lines)


async def test_pictures_of_which_slack_tells_only_the_id_are_pictures_all_the_same(stage: SlackStage) -> None:
    slack = stage.slack
    stage.model.say("A sign.")
    question = await slack.say("U1", "C1", f"<@{BOT_USER}> look", files=(RED,), stub_files=True)
    await stage.shows(question, "A sign.")
    (answer,) = stage.answers(question)
    await with_buttons(stage, "C1", answer.ts, *LABELS)
    stage.model.say("A red rectangle.")
    assert (await slack.command("U1", "C1", "/llama", "alt")).acked
    where = f"https://works.slack.com/archives/C1/p{question.replace('.', '')}"
    await slack.wait_for(
        lambda: slack.answers("C1")[-1].text == f"- **red.png** ([message]({where})): A red rectangle.", 15
    )


async def test_alt_texts_where_we_are_not_are_not_promised(stage: SlackStage) -> None:
    result = await stage.slack.command("U1", "C2", "/llama", "alt")
    assert "I am not in this channel" in result.text
    await quiet(stage.model, 0)
