"""What is wrong with a setting, in words for the operator."""

from collections.abc import Callable, Mapping
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bots.wording import ended

Place = tuple[int | str, ...]
"""Where a value stands: the setting's name, then the way into it."""

_NOTHING: Final[Mapping[str, object]] = {}
_REASONS: Final[Mapping[str, str]] = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "enum": "must be {expected}",
    "extra_forbidden": "is not a setting; correct its name or take it away",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number, such as 0.6",
    "float_type": "must be a number, such as 0.6",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "int_from_float": "must be a whole number, such as 120",
    "int_parsing": "must be a whole number, such as 120",
    "int_parsing_size": "must be a smaller whole number",
    "int_type": "must be a whole number, such as 120",
    "less_than_equal": "must be {le:g} or less",
    "missing": "is missing: add it",
    "model_type": "must hold names and values",
    "dict_type": "must hold names and values",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
}


def sentence(error: ValidationError, place: Callable[[Place], str]) -> str:
    """The first thing to change. ``place`` names where a value stands for the operator."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = place(first["loc"]) if first["loc"] else "The settings:"
    return ended(f"{where} {_reason(first)}")


def _reason(error: ErrorDetails) -> str:
    known = _REASONS.get(error["type"])
    if known is None:
        return str(error["msg"]).removeprefix("Value error, ")
    return known.format_map(error.get("ctx", _NOTHING))
