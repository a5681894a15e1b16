"""Files that tools make: on their way to people, and never to the model."""

from core import phrases
from core.conversation.calling import Calling
from core.memory.store import SqliteStore
from core.outgoing import FILE_BYTES_MOST, FILES_MOST, OutFile
from core.policy import decide
from core.principal import Principal
from core.tools.permitted import PermittedTools
from core.tools.tool import ToolOutput, tool
from core.tools.toolbox import Toolbox
from core.transcript import ToolCall, ToolResult
from tests.fakes.clock import ManualClock
from tests.questions import ADA
from tests.unit.test_calling import NOW, begun, results

CHART = OutFile("chart.png", "image/png", b"PNG", "Bars.")


@tool(idempotent=True)
def draw(many: int = 1, size: int = 3) -> ToolOutput:
    """Draw charts."""
    return ToolOutput(f"{many} drawn", tuple(OutFile("c.png", "image/png", b"x" * size) for _ in range(many)))


@tool
async def write() -> ToolOutput:
    """Write a text."""
    return ToolOutput("written", (CHART,))


TOOLBOX = Toolbox((draw, write))


async def test_a_tool_returns_a_text_and_files() -> None:
    assert await TOOLBOX.run(ToolCall("1", "write", "{}")) == ToolResult(
        "1", "write", "written", files=(CHART,)
    )
    assert len((await TOOLBOX.run(ToolCall("1", "draw", '{"many": 2}'))).files) == 2


async def test_a_file_that_is_too_large_is_a_failure_that_the_model_reads() -> None:
    call = ToolCall("1", "draw", f'{{"size": {FILE_BYTES_MOST + 1}}}')
    result = await TOOLBOX.run(call)
    assert (result.failed, result.files) == (True, ())
    assert "8 MB" in result.text


async def test_files_are_kept_with_the_end_of_the_call_and_not_shown_to_the_model(store: SqliteStore) -> None:
    turn = await begun(store)
    permitted = PermittedTools(TOOLBOX, decide([], Principal.of(ADA, turn.address)))
    running = Calling(turn, permitted, store, ManualClock(NOW + 1))
    messages = await running.run("", (ToolCall("a", "write", "{}"),))
    assert [(result.text, result.files) for result in results(messages)] == [("written", ())]
    assert [post.file for post in await store.posts(turn)] == [CHART]
    again = await begun(store)
    taken = await Calling(again, permitted, store, ManualClock(NOW + 1)).take_up()
    assert [result.text for result in results(taken)] == ["written"]
    assert [post.file for post in await store.posts(again)] == [CHART]


async def test_the_model_is_told_that_there_are_too_many(store: SqliteStore) -> None:
    turn = await begun(store)
    permitted = PermittedTools(TOOLBOX, decide([], Principal.of(ADA, turn.address)))
    running = Calling(turn, permitted, store, ManualClock(NOW + 1))
    first = await running.run("", (ToolCall("a", "draw", f'{{"many": {FILES_MOST}}}'),))
    more = await running.run("", (ToolCall("b", "draw", "{}"),))
    assert [result.text for result in results(first)] == [f"{FILES_MOST} drawn"]
    assert [result.text for result in results(more)] == [f"1 drawn\n{phrases.too_many_files(FILES_MOST)}"]
    assert len(await store.posts(turn)) == FILES_MOST
