"""A tool: a typed function with a docstring that a model may call."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from core.outgoing import OutFile
from core.tools.schema import Arguments, arguments_of, json_schema
from core.transcript import ToolSpec

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool may return in the place of a value: a text for the model, and files for the people."""

    text: str
    files: tuple[OutFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A function as a model can call it.

    ``schema`` is a JSON Schema object as JSON text. ``timeout_s`` is the deadline of one call in
    seconds. ``idempotent`` says that a second call does no more than the first, so that a call
    whose end is unknown may be made again.
    """

    name: str
    description: str
    schema: str
    arguments: type[Arguments]
    function: Callable[..., object]
    is_async: bool
    timeout_s: float = TIMEOUT_S
    idempotent: bool = False

    @property
    def spec(self) -> ToolSpec:
        """What the model is told."""
        return ToolSpec(self.name, self.description, self.schema, self.idempotent)


@overload
def tool(function: Callable[..., object], /) -> Tool: ...


@overload
def tool(*, timeout_s: float = ..., idempotent: bool = ...) -> Callable[[Callable[..., object]], Tool]: ...


def tool(
    function: Callable[..., object] | None = None,
    /,
    *,
    timeout_s: float = TIMEOUT_S,
    idempotent: bool = False,
) -> Tool | Callable[[Callable[..., object]], Tool]:
    """Make a tool of a function, sync or async; with or without options.

    The description is the docstring's first paragraph; an argument is described by
    ``Annotated[str, Field(description=...)]``. A sync function runs in a thread, which a deadline
    leaves behind but cannot end: it should be short by itself. A function that makes files returns
    a :class:`ToolOutput`.

    Raises ``TypeError`` for a function without a docstring or with an argument that a model cannot give.
    """

    def made(function: Callable[..., object]) -> Tool:
        return _tool(function, timeout_s, idempotent=idempotent)

    return made if function is None else made(function)


def _tool(function: Callable[..., object], timeout_s: float, *, idempotent: bool) -> Tool:
    described = inspect.getdoc(function)
    if not described:
        raise TypeError(f"{function.__name__}: a tool needs a docstring that tells the model what it does")
    arguments = arguments_of(function)
    return Tool(
        name=function.__name__,
        description=" ".join(described.split("\n\n")[0].split()),
        schema=json_schema(arguments),
        arguments=arguments,
        function=function,
        is_async=inspect.iscoroutinefunction(function),
        timeout_s=timeout_s,
        idempotent=idempotent,
    )
