"""Files and pictures in Slack: with a message, and by the form of ``/llama image``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.views import QUESTION
from tests.emulators.model import ModelEmulator
from tests.pictures import SEVERAL, assert_several, gif_of_frames, of_a_url, png_of_zeros
from tests.product_stage import SlackStage, on_slack, png

TEXT_ONLY = "llama-3.1-8b"
RED = ("red.png", png("red"), "image/png")


@pytest.fixture
async def stage(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    async with on_slack(tmp_path, model) as running:
        yield running


@pytest.fixture
async def roomy(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    """The same with a window that has room for several pictures."""
    async with on_slack(tmp_path, model, LLAMA_CONTEXT="32768") as running:
        yield running


@pytest.fixture
async def blind(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    """The same with a model that reads text only."""
    model.models = (TEXT_ONLY,)
    async with on_slack(tmp_path, model, LLAMA_MODEL=TEXT_ONLY) as running:
        yield running


async def test_a_picture_reaches_the_model_and_is_remembered(stage: SlackStage) -> None:
    stage.model.say("It is red.")
    question = await stage.ask("which colour is this?", files=(RED,))
    await stage.shows(question, "It is red.")
    stage.model.say("Still red.")
    await stage.slack.say("U1", "C1", "are you sure?", thread=question)
    await stage.shows(question, "It is red.", "Still red.")
    for call in stage.model.journal:
        (shown,) = call.ask.messages[1].images
        picture = of_a_url(shown)
        assert picture.size == (64, 48)
        assert picture.getpixel((3, 3)) == (255, 0, 0)
    assert "which colour is this?" in stage.model.journal[0].ask.messages[1].text
    assert len(stage.slack.journal.downloads) == 1
    assert all(download.authorized for download in stage.slack.journal.downloads)


async def test_a_thread_below_a_picture_is_about_that_picture(stage: SlackStage) -> None:
    stage.model.say("A sign.")
    stage.model.say("Red.")
    picture = await stage.slack.say("U2", "C1", "seen on my way", files=(RED,))
    await stage.slack.say("U2", "C1", "odd, is it not?", thread=picture)
    await stage.ask("what is this?", thread=picture)
    await stage.shows(picture, "A sign.")
    await stage.ask("which colour?", thread=picture)
    await stage.shows(picture, "A sign.", "Red.")
    for call in stage.model.journal:
        (shown,) = [image for said in call.ask.messages for image in said.images]
        assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)
    assert len(stage.slack.journal.downloads) == 1
    assert all(download.authorized for download in stage.slack.journal.downloads)


async def test_to_be_called_below_a_picture_is_enough(stage: SlackStage) -> None:
    stage.model.say("A sign.")
    picture = await stage.slack.say("U2", "C1", "", files=(RED,))
    await stage.ask("", thread=picture)
    await stage.shows(picture, "A sign.")


async def test_a_text_file_is_read(stage: SlackStage) -> None:
    stage.model.say("Three llamas.")
    notes = ("notes.md", "Llamas: three.\nÑandú: one.".encode(), "text/markdown")
    question = await stage.ask("how many llamas?", files=(notes,))
    await stage.shows(question, "Three llamas.")
    asked = stage.model.journal[0].ask.last_user_text
    for part in ("how many llamas?", "notes.md", "Llamas: three.\nÑandú: one."):
        assert part in asked


async def test_several_pictures_arrive_whole_in_order_and_by_their_names(roomy: SlackStage) -> None:
    roomy.model.say("Four of them.")
    question = await roomy.ask("compare these", files=SEVERAL)
    await roomy.shows(question, "Four of them.")
    (call,) = roomy.model.journal
    assert_several(call.ask.messages[1].images, call.ask.messages[1].text)


async def test_of_a_moving_picture_the_first_frame_and_a_word(roomy: SlackStage) -> None:
    roomy.model.say("It stands still.")
    question = await roomy.ask("what happens?", files=(("run.gif", gif_of_frames(12), "image/gif"),))
    note = "run.gif moves: only the first of its 12 frames is here."
    await roomy.shows(question, f"> {note}\n\nIt stands still.")
    (shown,) = roomy.model.journal[0].ask.messages[1].images
    assert of_a_url(shown).size == (8, 8)
    assert note in roomy.model.journal[0].ask.last_user_text


async def test_hostile_pictures_cost_themselves_only(stage: SlackStage) -> None:
    stage.model.say("One of four.")
    bombs = tuple((f"{side}.png", png_of_zeros(side, side), "image/png") for side in (6000, 9000, 12_000))
    question = await stage.ask("look", files=(*bombs, RED))
    told = "more pixels than my limit of 25 million; please send a smaller version."
    notes = "".join(f"> {name} has {told}\n" for name, _, _ in bombs)
    await stage.shows(question, f"{notes}\nOne of four.")
    (shown,) = stage.model.journal[0].ask.messages[1].images
    assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("file", "note"),
    [
        (("empty.txt", b"", "text/plain"), "empty.txt is empty (0 bytes)."),
        (("broken.png", RED[1][:60], "image/png"), "broken.png is damaged or incomplete: I can't open it."),
        (
            ("plan.pdf", b"%PDF-1.7 ...", "application/pdf"),
            "plan.pdf is damaged or incomplete: I can't open it.",
        ),
        (("x.psd", b"8BPS\0\1", "image/jpeg"), "x.psd: I can't open this kind of picture (PSD)."),
    ],
)
async def test_a_file_that_cannot_be_read_is_named_to_the_person_and_to_the_model(
    stage: SlackStage, file: tuple[str, bytes, str], note: str
) -> None:
    stage.model.say("I answer without it.")
    question = await stage.ask("what does it say?", files=(file,))
    await stage.shows(question, f"> {note}\n\nI answer without it.")
    assert note in stage.model.journal[0].ask.last_user_text
    alone = await stage.ask("", files=(file,))
    await stage.shows(alone, note)
    assert len(stage.model.journal) == 1


async def test_one_broken_file_does_not_cost_the_others(stage: SlackStage) -> None:
    stage.model.say("I see one of two.")
    broken = ("broken.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "image/png")
    question = await stage.ask("look at both", files=(broken, RED))
    note = "broken.png is damaged or incomplete: I can't open it."
    await stage.shows(question, f"> {note}\n\nI see one of two.")
    assert len(stage.model.journal[0].ask.messages[1].images) == 1


async def form(stage: SlackStage, words: str) -> str:
    """Open the form; its id."""
    result = await stage.slack.command("U1", "C1", "/llama", words)
    assert (result.acked, result.text) == (True, "")
    (view,) = stage.slack.views
    return view


async def test_the_forms_answer_hangs_under_its_opener_and_the_picture_is_remembered(
    stage: SlackStage,
) -> None:
    stage.model.say("A red rectangle.")
    stage.model.say("Sixty-four by forty-eight.")
    view = await form(stage, "image")
    result = await stage.slack.submit_view("U1", view, {QUESTION: "what is it?"}, files=[RED])
    assert result.closed
    await stage.slack.wait_for(lambda: stage.slack.messages("C1"), 10)
    (opener,) = stage.slack.messages("C1")
    assert opener.text == "**Ada asked about red.png:** what is it?"
    await stage.shows(opener.ts, opener.text, "A red rectangle.")
    await stage.slack.say("U2", "C1", "how large?", thread=opener.ts)
    await stage.shows(opener.ts, opener.text, "A red rectangle.", "Sixty-four by forty-eight.")
    assert [len(call.ask.messages[1].images) for call in stage.model.journal] == [1, 1]


async def test_a_text_only_model_says_that_it_did_not_look(blind: SlackStage) -> None:
    honest = f"I run on {TEXT_ONLY}, which reads text only, so I did not look at red.png."
    view = await form(blind, "image what is it?")
    await blind.slack.submit_view("U1", view, {}, files=[RED])
    await blind.slack.wait_for(lambda: len(blind.slack.answers("C1")) == 2, 10)
    opener, answer = blind.slack.answers("C1")
    assert opener.text == "**Ada asked about red.png:** what is it?"
    assert answer.thread == opener.ts
    assert answer.text.startswith(honest)
    question = await blind.ask("and here?", files=(RED,))
    await blind.slack.wait_for(lambda: blind.answers(question), 10)
    assert blind.answers(question)[0].text.startswith(honest)
    assert blind.model.journal == ()
    told = await blind.slack.command("U1", "C1", "/llama", "model")
    assert "reads text only" in told.text


async def test_a_server_that_turns_out_to_be_text_only_is_told_as_such(stage: SlackStage) -> None:
    stage.model.fail(400, {"error": {"message": "image input is not supported", "type": "invalid"}})
    question = await stage.ask("what is it?", files=(RED,))
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    assert "so I did not look at red.png" in stage.answers(question)[0].text


async def test_a_file_that_the_app_may_not_open_is_named(stage: SlackStage) -> None:
    stage.slack.backend.files_scope = False
    stage.model.say("I could not see it.")
    question = await stage.ask("what is it?", files=(RED,))
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    assert "files:read" in stage.answers(question)[0].text
