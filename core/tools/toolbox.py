"""Runs the calls that a model asks for. Whatever goes wrong becomes a result that the model reads."""

import asyncio
import traceback
from collections.abc import Iterable
from dataclasses import is_dataclass

import structlog
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from core.errors import ToolError, ToolFailed, ToolRetry
from core.outgoing import FILE_BYTES_MOST
from core.tools.arguments import read_object
from core.tools.coercion import coerced
from core.tools.tool import Tool, ToolOutput
from core.transcript import ToolCall, ToolResult, ToolSpec

MOST_CHARACTERS = 8_000
MOST_PROBLEMS = 3
MOST_QUOTED = 100
CUT = "\n[cut off here: the result was too long]"
BROKEN = "The tool failed because of a fault inside it. Go on without it."

_log = structlog.get_logger(__name__)


class Toolbox:
    """Implements ``core.ports.Toolbox``. Raises ``ValueError`` for two tools of one name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name}")
            self._tools[tool.name] = tool

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them."""
        return tuple(tool.spec for tool in self._tools.values())

    async def run(self, call: ToolCall) -> ToolResult:
        """Run one call; every failure is a result, of at most ``MOST_CHARACTERS`` characters."""
        try:
            output, failed = await self._answer(call), False
        except ToolError as error:
            output, failed = ToolOutput(str(error)), True
        except Exception as error:  # noqa: BLE001 - a tool is foreign code: its bug must not end the turn
            _log.error(
                "tool broke", tool=call.name, call=call.id, error=type(error).__name__, at=_place(error)
            )
            output, failed = ToolOutput(BROKEN), True
        return ToolResult(call.id, call.name, _capped(output.text), failed, files=output.files)

    async def _answer(self, call: ToolCall) -> ToolOutput:
        tool = self._tools.get(call.name)
        if tool is None:
            known = ", ".join(self._tools) or "none"
            raise ToolRetry(f"There is no tool called {_quoted(call.name)}. The tools are: {known}.")
        arguments = _checked(tool, call.arguments)
        try:
            async with asyncio.timeout(tool.timeout_s) as deadline:
                return await _called(tool, arguments)
        except TimeoutError:
            if not deadline.expired():  # the tool's own, not ours
                raise
            raise ToolFailed(f"{tool.name} did not finish within {tool.timeout_s:g} seconds.") from None


def _checked(tool: Tool, written: str) -> dict[str, object]:
    """The arguments of a call; what is not right as it stands is mended where its meaning is plain.

    An empty text is a call without any: some models write it so.
    """
    try:
        return tool.arguments.model_validate_json(written.strip() or "{}").by_name()
    except ValidationError:
        pass
    try:
        said = coerced(read_object(written), from_json(tool.schema))
    except ValueError as error:
        raise ToolRetry(f"Correct the arguments of {tool.name}: they {error}.") from None
    try:
        return tool.arguments.model_validate_json(to_json(said, inf_nan_mode="constants")).by_name()
    except ValidationError as error:
        raise ToolRetry(_complaint(tool, error)) from None


def _complaint(tool: Tool, error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    said = "; ".join(_problem(problem) for problem in problems[:MOST_PROBLEMS])
    complaint = f"Correct the arguments of {tool.name}: {said}."
    if any(problem["type"] == "extra_forbidden" for problem in problems):
        known = ", ".join(from_json(tool.schema).get("properties", ())) or "none"
        complaint += f" The arguments are: {known}."
    return complaint


def _problem(problem: ErrorDetails) -> str:
    where = ".".join(_quoted(str(step)) for step in problem["loc"]) or "the JSON"
    match problem["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            return f"there is no argument {where}"
        case _:
            return f"{where}: {problem['msg'][:MOST_QUOTED]}"


async def _called(tool: Tool, arguments: dict[str, object]) -> ToolOutput:
    if not tool.is_async:
        return await asyncio.to_thread(_called_in_thread, tool, arguments)
    # Callable[..., object] holds sync functions too, so the type does not say that this one is awaitable.
    return _as_output(await tool.function(**arguments))  # type: ignore[misc]


def _called_in_thread(tool: Tool, arguments: dict[str, object]) -> ToolOutput:
    try:
        return _as_output(tool.function(**arguments))
    except StopIteration as error:  # no future can carry it: the call would hang until its deadline
        raise RuntimeError("a tool let StopIteration out") from error


def _as_output(value: object) -> ToolOutput:
    """Take what a tool returned. Raises ``ToolFailed`` for a file that no answer may bring."""
    if not isinstance(value, ToolOutput):
        return ToolOutput(_as_text(value))
    if any(len(file.content) > FILE_BYTES_MOST for file in value.files):
        raise ToolFailed(
            f"A file that it made is larger than {FILE_BYTES_MOST // 2**20} MB, the most for one."
        )
    return value


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    structured = isinstance(value, bool | dict | list | tuple | set | frozenset | BaseModel)
    if structured or (is_dataclass(value) and not isinstance(value, type)):
        return to_json(value, fallback=str, inf_nan_mode="strings").decode()
    return str(value)


def _capped(text: str) -> str:
    # Neither half a surrogate pair nor a NUL can be stored and sent everywhere.
    text = text[: MOST_CHARACTERS + 1].encode("utf-8", "replace").decode().replace("\x00", "?")
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - len(CUT)] + CUT


def _quoted(name: str) -> str:
    return name if len(name) <= MOST_QUOTED else f"{name[:MOST_QUOTED]}..."


def _place(error: Exception) -> str:
    """Where it broke: the frames alone, for an exception's message often quotes the arguments."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
