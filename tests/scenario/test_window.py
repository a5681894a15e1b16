"""What the model reads stays within its window, and as much of it as fits is there."""

from io import BytesIO
from itertools import pairwise

from PIL import Image

from core.llama.known import Facts
from core.message import Attachment, PastMessage
from core.thread_memory import Summary
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin

SMALL = Facts(window=8_192, max_output=4_096, tools=True, vision=True)


def picture(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (1_344, 1_344), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def test_two_pictures_and_their_whole_question_fit_a_small_window(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform(files={name: picture(name) for name in ("red", "blue", "green", "black")})
    files = tuple(Attachment(name, f"{name}.png", "image/png", None, name) for name in ("red", "blue"))
    question = "Which of the two is nicer, and why? " * 20
    async with begin(model, platform, facts=SMALL) as talk:
        await talk.ask(asked(question, attachments=files))
        await talk.settled()
    (call,) = model.journal
    content = str(call.ask.messages)
    assert content.count("data:image/") == 2
    assert question.strip() in content
    assert 1_024 <= call.ask.body["max_tokens"] <= 8_192 - 2 * 2_467


async def test_more_pictures_than_fit_are_named_the_newest_are_seen(
    begin: Begin, model: ModelEmulator
) -> None:
    names = ("red", "blue", "green", "black")
    platform = FakePlatform(files={name: picture(name) for name in names})
    files = tuple(Attachment(name, f"{name}.png", "image/png", None, name) for name in names)
    async with begin(model, platform, facts=SMALL) as talk:
        await talk.ask(asked("Which?", attachments=files))
        await talk.settled()
    content = str(model.journal[0].ask.messages)
    assert content.count("data:image/") == 2
    assert "red.png" in content
    assert "blue.png" in content


async def test_the_newest_of_a_long_past_is_read(begin: Begin, model: ModelEmulator) -> None:
    past = tuple(
        PastMessage(BEN, f"remark {number} " + "word " * 400, f"p{number}", float(number))
        for number in range(40)
    )
    async with begin(model, FakePlatform(history=past), facts=SMALL) as talk:
        await talk.ask(asked("What did Ben say?", joined_midway=True))
        await talk.settled()
    content = str(model.journal[0].ask.messages)
    assert "Ben: remark 39 " in content
    assert "remark 0 " not in content
    assert len(content) < 4_096 * 4


async def test_what_is_kept_of_a_thread_stands_before_its_newest_rows(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, facts=SMALL) as talk:
        store, place = talk.conversations.store, asked("").address
        await talk.ask(asked("I am planning a trip.", number=1))
        await talk.settled()
        assert await store.pin(place, "The budget is 900 soles.", ADA, 1.0)
        memory = await store.oldest(place, 100)
        summary = Summary(memory.rows[-1].position, "Ada plans a trip to Cusco.", 9, "llama", 1.0)
        assert await store.put_summary(place, summary, memory)
        await talk.ask(asked("Where was I going?", number=2))
        await talk.settled(2)
    first, second = model.journal[-1].ask.messages
    assert (first.role, second.role) == ("system", "user")
    assert "I am planning a trip." not in second.text
    wanted = ("The budget is 900 soles. (said by Ada)", "Ada plans a trip to Cusco.", "Where was I going?")
    places = [second.text.index(one) for one in wanted]
    assert places == sorted(places)


async def test_a_long_file_is_cut_with_a_word_and_the_question_is_whole(
    begin: Begin, model: ModelEmulator
) -> None:
    text = "BEGIN\n" + "a line of the log\n" * 3_000 + "END"
    platform = FakePlatform(files={"log": text.encode()})
    file = Attachment("log", "log.txt", "text/plain", None, "log")
    question = "Why does it stop at the end? " * 20
    model.say("Because it is over.")
    async with begin(model, platform, facts=SMALL) as talk:
        await talk.ask(asked(question, attachments=(file,)))
        await talk.settled()
        await talk.ask(asked("And at the beginning?", number=2))
        await talk.settled(2)
        assert "> Read of log.txt: lines 1 to 400 (in part) and lines 2,801" in platform.texts()[0]
    first, second = (" ".join(said.text for said in call.ask.messages) for call in model.journal)
    assert question.strip() in first
    assert "BEGIN" in first
    assert "END" in first
    assert len(first) > 6_000
    assert "BEGIN" in second
    assert "And at the beginning?" in model.journal[1].ask.last_user_text


async def test_a_question_longer_than_the_window_keeps_its_head_and_its_tail(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, facts=SMALL) as talk:
        await talk.ask("Please shorten this: " + "long words " * 5_000 + "What does it say?")
        await talk.settled()
    text = model.journal[0].ask.last_user_text
    assert text.startswith("Please shorten this: ")
    assert text.endswith("What does it say?")
    assert "characters left out ...]" in text


async def test_rows_that_do_not_fit_are_said_to_be_left_out_and_roles_alternate(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, facts=SMALL) as talk:
        for number in range(1, 9):
            await talk.ask(asked(f"Question {number}. " + "word " * 400, number=number))
            await talk.settled(number)
    last = model.journal[-1].ask.messages
    text = "\n".join(said.text for said in last)
    assert "Older messages of this conversation are left out here" in last[1].text
    assert "Question 1." not in text
    assert "Question 7." in text
    assert "Question 8." in text
    assert all(one.role != other.role for one, other in pairwise(last))
