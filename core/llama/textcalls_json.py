"""Calls written as JSON, ``{"name": ..., "parameters": {...}}``, alone or in a list."""

import json
from collections.abc import Sequence

from core.llama.shapes import as_object
from core.llama.textcalls_shape import ARGUMENT_KEYS, CALL_TYPES, FUNCTION_KEY, NAME_KEY, TYPE_KEY

_Call = tuple[str, dict[str, object]]


def json_calls(source: str, declared: frozenset[str]) -> list[_Call]:
    """The name and the arguments of each call.

    Raises ``ValueError`` for anything else: more keys than a call has, a key twice, a tool's description
    (which looks much like a call), other tools.
    """
    value = strict_json(source)
    return [_call(item, declared) for item in (value if isinstance(value, list) else [value])]


def tagged_call(source: str, declared: frozenset[str]) -> _Call:
    """The call in ``<function=name>{...}</function>``. Raises ``ValueError``."""
    name, _, behind = source.removeprefix("<function=").partition(">")
    if name not in declared:
        raise ValueError("a tool that nobody declared")
    return name, _arguments(strict_json(behind.rpartition("</")[0].strip() or "{}"))


def strict_json(source: str) -> object:
    """The JSON value. Raises ``ValueError``, also for NaN, a key twice, and nesting that is too deep."""
    try:
        value: object = json.loads(source, object_pairs_hook=_once, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _call(value: object, declared: frozenset[str]) -> _Call:
    said = as_object(value)
    if not said or said.get(TYPE_KEY, CALL_TYPES[0]) not in CALL_TYPES:
        raise ValueError("not a call")
    left = dict(said)
    left.pop(TYPE_KEY, None)
    left.pop("id", None)
    inner = left.get(FUNCTION_KEY)
    if isinstance(inner, dict) and len(left) == 1:
        left = dict(inner)
    elif isinstance(inner, str) and NAME_KEY not in left:
        left[NAME_KEY] = left.pop(FUNCTION_KEY)
    name = left.pop(NAME_KEY, None)
    if not isinstance(name, str) or name not in declared:
        raise ValueError("a tool that nobody declared")
    if len(left) != 1 or not left.keys() <= set(ARGUMENT_KEYS):
        raise ValueError("not exactly the keys of a call")
    return name, _arguments(next(iter(left.values())))


def _arguments(value: object) -> dict[str, object]:
    if isinstance(value, str):
        value = strict_json(value)
    if value is None:
        return {}
    if not isinstance(value, dict) or ("properties" in value and value.get(TYPE_KEY) == "object"):
        raise ValueError("no arguments but something else, such as a schema")
    return value


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
