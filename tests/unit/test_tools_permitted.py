"""The tools that somebody may use: the model is told of no other, and runs no other."""

import pytest

from bots.toolbox import shipped_tools
from core.policy import decide
from core.principal import Principal
from core.rules import Rule
from core.tools.permitted import PermittedTools
from core.transcript import ToolCall

ANN = Principal("p", "a", "c", "u")
SUM = ToolCall("1", "calculate", '{"expression": "2+2"}')


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ([], ["time_in", "calculate", "draw_chart"]),
        ([Rule("r", tools=("*",))], ["time_in", "calculate", "draw_chart"]),
        ([Rule("r", tools=("calculate", "shell"))], ["calculate"]),
        ([Rule("r", tools=())], []),
        ([Rule("r", no_tools=("calculate",))], ["time_in", "draw_chart"]),
        ([Rule("r", no_tools=("*",)), Rule("s", tools=("*",))], []),
    ],
)
async def test_only_what_is_allowed_is_told_of_and_runs(rules: list[Rule], names: list[str]) -> None:
    tools = PermittedTools(shipped_tools(), decide(rules, ANN))
    assert [spec.name for spec in tools.specs] == names
    result = await tools.run(SUM)
    assert (result.id, result.name) == ("1", "calculate")
    assert result.failed == ("calculate" not in names)
    assert ("4" in result.text) == ("calculate" in names)
    assert ("not allowed for this person" in result.text) == ("calculate" not in names)


async def test_a_tool_that_there_is_not_stays_the_toolboxs_word() -> None:
    tools = PermittedTools(shipped_tools(), decide([], ANN))
    result = await tools.run(ToolCall("1", "shell", "{}"))
    assert "There is no tool called" in result.text
