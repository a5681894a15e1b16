"""Files with an answer: made by a tool, or because a block fits no message."""

from dataclasses import dataclass

from core import phrases
from core.delivery import Rejected
from core.outgoing import OutFile
from core.transcript import ToolCall, ToolResult
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import asked
from tests.scenario.conftest import Begin, FakeToolbox

CHART = OutFile("chart.png", "image/png", b"PNG", "Bars.")
CODE = "\n".join(f"print({number})" for number in range(60))
LONG = f"Here it is:\n\n```python\n{CODE}\n```"


@dataclass
class Drawing(FakeToolbox):
    """Draws a chart at every call."""

    async def run(self, call: ToolCall) -> ToolResult:
        result = await FakeToolbox.run(self, call)
        return ToolResult(result.id, result.name, result.text, files=(CHART,))


def posted(platform: FakePlatform) -> list[OutFile]:
    return [shown.file for shown in platform.messages.values() if shown.file is not None]


async def test_what_a_tool_made_follows_the_answer(begin: Begin, model: ModelEmulator) -> None:
    model.call_tool("read_up", {"word": "tampu"})
    model.say("Here is your chart.")
    async with begin(model, toolbox=Drawing()) as talk:
        await talk.ask("Draw it")
        await talk.shows("Here is your chart.", "chart.png")
        await talk.quiet()
        assert posted(talk.platform) == [CHART]
        assert talk.rows_with("PNG") == set()


async def test_it_is_there_although_the_model_says_nothing_more(begin: Begin, model: ModelEmulator) -> None:
    model.call_tool("read_up", {"word": "tampu"})
    model.say("")
    async with begin(model, toolbox=Drawing()) as talk:
        await talk.ask("Draw it")
        await talk.shows(phrases.EMPTY_ANSWER, "chart.png")


async def test_a_chart_is_drawn_anew_for_other_words_and_the_old_one_is_taken_away(
    begin: Begin, model: ModelEmulator
) -> None:
    question = asked("Draw it")
    for said in ("Here is your chart.", "Here is the other."):
        model.call_tool("read_up", {"word": "tampu"})
        model.say(said)
    async with begin(model, toolbox=Drawing()) as talk:
        await talk.ask(question)
        await talk.shows("Here is your chart.", "chart.png")
        await talk.quiet()
        await talk.edit(question, "Draw the other")
        await talk.shows("Here is the other.", "chart.png")
        await talk.quiet()
        assert talk.platform.requests.count("file") == 2
        await talk.delete(question)
        await talk.shows()


async def test_code_that_no_message_holds_goes_out_as_a_file_too(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(300))
    model.say(LONG)
    async with begin(model, platform) as talk:
        await talk.ask("Write it")
        await talk.quiet()
    *texts, name = platform.texts()
    assert len(texts) > 2
    assert name == "code.py"
    (file,) = posted(platform)
    assert file.content.decode() == f"{CODE}\n"


async def test_an_answer_that_was_stopped_or_fits_has_none(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(5000))
    model.say(LONG)
    async with begin(model, platform) as talk:
        await talk.ask("Write it")
        await talk.quiet()
    assert posted(platform) == []


async def test_people_are_told_of_a_file_that_could_not_be_posted(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(file_faults=[Rejected("missing_scope")])
    model.call_tool("read_up", {"word": "tampu"})
    model.say("Here is your chart.")
    async with begin(model, platform, toolbox=Drawing()) as talk:
        await talk.ask("Draw it")
        await talk.shows("Here is your chart.", phrases.file_not_posted("chart.png"))
