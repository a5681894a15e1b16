"""What is deleted leaves nothing behind: one of several questions, files, pictures, tools."""

from dataclasses import replace
from io import BytesIO

from PIL import Image

from core.message import Attachment, Upload
from tests.emulators.model import ModelEmulator
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, FakeToolbox, Talk

CANARY = "canary-4711"


async def several(talk: Talk, *texts: str) -> None:
    """Have questions of Ada's answered together: they wait while Ben is answered."""
    gate = talk.model.say_held("wa", "it")
    await talk.ask(asked("Busy?", number=1, author=BEN))
    await talk.model.arrived()
    for number, text in enumerate(texts, 2):
        await talk.ask(asked(text, number=number, author=ADA))
    gate.set()
    await talk.quiet()


async def test_one_of_several_is_left_out_of_the_answer(talk: Talk) -> None:
    await several(talk, "First", f"Second {CANARY}", "Third")
    assert CANARY in talk.platform.texts()[1]
    await talk.delete(asked("", number=3))
    await talk.quiet()
    assert len(talk.platform.texts()) == 2
    assert CANARY not in " ".join(talk.platform.texts())
    assert CANARY not in talk.read()
    assert "First" in talk.read()
    assert "Third" in talk.read()
    assert talk.rows_with(CANARY) == set()


async def test_all_of_several_one_after_the_other(talk: Talk) -> None:
    await several(talk, f"First {CANARY}", f"Second {CANARY}")
    for number in (2, 3):
        await talk.delete(asked("", number=number))
    await talk.quiet()
    assert talk.platform.texts() == ["wait"]
    assert talk.rows_with(CANARY) == set()


async def test_the_one_on_which_the_answer_hangs(talk: Talk) -> None:
    await several(talk, "First", f"Second {CANARY}")
    await talk.delete(asked("", number=3))
    await talk.quiet()
    assert talk.platform.texts() == ["wait", talk.platform.texts()[1]]
    assert CANARY not in " ".join(talk.platform.texts())
    await talk.delete(asked("", number=2))
    await talk.quiet()
    assert talk.platform.texts() == ["wait"]


async def test_one_of_several_in_mid_stream(talk: Talk) -> None:
    gate = talk.model.say_held("wa", "it")
    await talk.ask(asked("Busy?", number=1, author=BEN))
    await talk.model.arrived()
    talk.model.stall(f"About {CANARY}: ")
    await talk.ask(asked("First", number=2))
    await talk.ask(asked(f"Second {CANARY}", number=3))
    gate.set()
    await talk.shows("wait", f"About {CANARY}: ")
    await talk.delete(asked("", number=3))
    await talk.quiet()
    assert talk.platform.texts()[0] == "wait"
    assert CANARY not in " ".join(talk.platform.texts())
    assert len(talk.platform.messages) == 2
    assert talk.rows_with(CANARY) == set()


async def test_files_and_pictures(talk: Talk) -> None:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    talk.platform.files.update({"picture": buffer.getvalue(), "notes": f"notes {CANARY}".encode()})
    files = (
        Attachment("f1", f"{CANARY}.png", "image/png", None, "picture"),
        Attachment("f2", f"{CANARY}.txt", "text/plain", None, "notes"),
    )
    question = asked(f"What is {CANARY}?", attachments=files)
    uploads = (Upload("f1", buffer.getvalue()), Upload("f2", f"notes {CANARY}".encode()))
    await talk.conversations.intake.accept(question, uploads)
    await talk.quiet()
    assert {"message", "inbox", "upload", "outbox"} <= talk.rows_with(CANARY)
    await talk.delete(question)
    await talk.quiet()
    assert talk.rows_with(CANARY) == set()
    assert talk.rows_with("PNG") == set()
    assert talk.rows_with("JFIF") == set()
    assert talk.platform.messages == {}


async def test_a_picture_that_somebody_else_showed_too_stays(talk: Talk) -> None:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    talk.platform.files["picture"] = buffer.getvalue()
    question = asked("What?", attachments=(Attachment("f1", "a.png", "image/png", None, "picture"),))
    other = asked(
        "This?", number=2, author=BEN, attachments=(Attachment("f2", "b.png", "image/png", None, "picture"),)
    )
    for event in (question, other):
        await talk.ask(event)
        await talk.quiet()
    await talk.delete(question)
    await talk.ask(asked("And?", number=3, author=BEN))
    await talk.quiet()
    assert "data:image/" in str(talk.model.journal[-1].ask.messages)
    assert "a.png" not in talk.read()


async def test_what_tools_were_asked_and_said(talk: Talk) -> None:
    talk.model.call_tool("look_up", {"word": CANARY})
    talk.model.say(f"It is {CANARY}.")
    question = asked(f"What is {CANARY}?")
    await talk.ask(question)
    await talk.quiet()
    assert "tool_call" in talk.rows_with(CANARY)
    await talk.delete(question)
    await talk.quiet()
    assert talk.rows_with(CANARY) == set()


async def test_while_a_tool_runs(begin: Begin, model: ModelEmulator) -> None:
    toolbox = FakeToolbox(held={"look_up"})
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tool("look_up", {"word": CANARY}, text=f"Looking for {CANARY}.")
        question = asked(f"What is {CANARY}?")
        await talk.ask(question)
        await talk.until(lambda: toolbox.calls != [])
        await talk.delete(question)
        await talk.quiet()
        assert talk.platform.messages == {}
        assert talk.rows_with(CANARY) == set()
        assert len(toolbox.calls) == 1


async def test_one_of_several_leaves_nothing_with_the_tools(talk: Talk) -> None:
    gate = talk.model.say_held("wa", "it")
    await talk.ask(asked("Busy?", number=1, author=BEN))
    await talk.model.arrived()
    talk.model.call_tool("look_up", {"word": CANARY})
    talk.model.say(f"It is {CANARY}.")
    await talk.ask(asked("First", number=2))
    await talk.ask(asked(f"Second {CANARY}", number=3))
    gate.set()
    await talk.quiet()
    assert "tool_call" in talk.rows_with(CANARY)
    await talk.delete(asked("", number=3))
    await talk.quiet()
    assert talk.rows_with(CANARY) == set()
    assert CANARY not in talk.read()


async def test_one_of_several_while_a_tool_runs_for_it(begin: Begin, model: ModelEmulator) -> None:
    """The tool may have had an effect: it is barred, and what it was asked is forgotten."""
    toolbox = FakeToolbox(held={"look_up"})
    async with begin(model, toolbox=toolbox) as talk:
        gate = model.say_held("wa", "it")
        await talk.ask(asked("Busy?", number=1, author=BEN))
        await model.arrived()
        model.call_tool("look_up", {"word": CANARY})
        await talk.ask(asked("First", number=2))
        await talk.ask(asked(f"Second {CANARY}", number=3))
        gate.set()
        await talk.until(lambda: toolbox.calls != [])
        model.call_tool("look_up", {"word": CANARY})
        model.say("Done.")
        await talk.delete(asked("", number=3))
        await talk.quiet()
        assert len(toolbox.calls) == 1
        assert talk.rows_with(CANARY) == set()
        assert talk.platform.texts() == ["wait", "Done."]


async def test_one_that_joined_on_the_way(begin: Begin, model: ModelEmulator) -> None:
    toolbox = FakeToolbox(held={"look_up"})
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tool("look_up", {})
        await talk.ask(asked("First"))
        await talk.until(lambda: toolbox.calls != [])
        await talk.ask(asked(f"Second {CANARY}", number=2))
        model.stall("Both are ")
        toolbox.gate.set()
        await talk.shows("Both are ")
        assert CANARY in talk.read()
        await talk.delete(asked("", number=2))
        await talk.quiet()
        assert CANARY not in talk.read()
        assert talk.rows_with(CANARY) == set()
        assert len(talk.platform.messages) == 1


async def test_the_first_one_when_another_joined(begin: Begin, model: ModelEmulator) -> None:
    toolbox = FakeToolbox(held={"look_up"})
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tool("look_up", {"word": CANARY})
        await talk.ask(asked(f"First {CANARY}"))
        await talk.until(lambda: toolbox.calls != [])
        await talk.ask(asked("Second", number=2))
        model.stall("Both are ")
        toolbox.gate.set()
        await talk.shows("Both are ")
        await talk.delete(asked("", number=1))
        await talk.quiet()
        assert CANARY not in talk.read()
        assert "Second" in talk.read()
        assert talk.rows_with(CANARY) == set()
        assert talk.platform.texts() == ["You said: Second"]
        await talk.delete(asked("", number=2))
        await talk.quiet()
        assert talk.platform.messages == {}


async def test_an_edited_question_leaves_neither_wording(talk: Talk) -> None:
    question = asked(f"Where is {CANARY}?")
    await talk.ask(question)
    await talk.quiet()
    await talk.edit(question, f"Where was {CANARY}?")
    await talk.quiet()
    await talk.edit(replace(question), f"Where will {CANARY} be?", 2)
    await talk.delete(question)
    await talk.quiet()
    assert talk.rows_with(CANARY) == set()
    assert talk.platform.messages == {}
