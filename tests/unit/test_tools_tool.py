"""A function's signature and docstring as what the model is told."""

import json
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from core.tools.tool import Tool, tool


class Unit(Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Page(BaseModel):
    title: str


@tool
def plain(city: Annotated[str, Field(description="A city's name.")], days: int = 3) -> str:
    """Look at the weather
    of the coming days.

    This paragraph is for the reader of the code.
    """
    return f"{city} {days}"


@tool(timeout_s=2.5, idempotent=True)
async def with_options() -> str:
    """Do it."""
    return "done"


@tool
def rich(unit: Unit, kind: Literal["a", "b"], pages: list[Page], *, limit: float | None = None) -> str:
    """Take many kinds of arguments."""
    return f"{unit} {kind} {pages} {limit}"


@tool
def awkward(schema: str, copy: int, model_dump: bool, title: str = "x") -> str:
    """Take names that the library has methods of."""
    return f"{schema} {copy} {model_dump} {title}"


def test_the_description_is_the_first_paragraph_in_one_line() -> None:
    assert plain.name == "plain"
    assert plain.description == "Look at the weather of the coming days."
    assert plain.spec.schema == plain.schema


def test_options_and_their_defaults() -> None:
    assert (plain.timeout_s, plain.idempotent, plain.is_async) == (10.0, False, False)
    assert (with_options.timeout_s, with_options.idempotent, with_options.is_async) == (2.5, True, True)


SCHEMAS: list[tuple[Tool, object]] = [
    (
        plain,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "city": {"type": "string", "description": "A city's name."},
                "days": {"type": "integer", "default": 3},
            },
            "required": ["city"],
        },
    ),
    (with_options, {"type": "object", "additionalProperties": False, "properties": {}}),
    (
        rich,
        {
            "type": "object",
            "additionalProperties": False,
            "$defs": {
                "Unit": {"type": "string", "enum": ["c", "f"]},
                "Page": {
                    "type": "object",
                    "properties": {"title": {"type": "string"}},
                    "required": ["title"],
                },
            },
            "properties": {
                "unit": {"$ref": "#/$defs/Unit"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "pages": {"type": "array", "items": {"$ref": "#/$defs/Page"}},
                "limit": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
            },
            "required": ["unit", "kind", "pages"],
        },
    ),
    (
        awkward,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "schema": {"type": "string"},
                "copy": {"type": "integer"},
                "model_dump": {"type": "boolean"},
                "title": {"type": "string", "default": "x"},
            },
            "required": ["schema", "copy", "model_dump"],
        },
    ),
]


@pytest.mark.parametrize(("described", "schema"), SCHEMAS, ids=lambda value: getattr(value, "name", ""))
def test_the_schema_says_types_defaults_and_what_is_required(described: Tool, schema: object) -> None:
    assert json.loads(described.schema) == schema


def undescribed(city: str) -> str:
    return city


def untyped(city) -> str:  # type: ignore[no-untyped-def] # noqa: ANN001 - this is what is refused
    """Do it."""
    return str(city)


def variadic(*cities: str) -> str:
    """Do it."""
    return str(cities)


def positional(city: str, /) -> str:
    """Do it."""
    return city


def private(_city: str) -> str:
    """Do it."""
    return _city


@pytest.mark.parametrize("function", [undescribed, untyped, variadic, positional, private])
def test_a_function_that_a_model_cannot_call_is_refused_at_import(function: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match=function.__name__):
        tool(function)
