"""Arguments brought to the types that a JSON Schema asks for, where their meaning is plain."""

import re
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Final

from pydantic_core import from_json

Schema = Mapping[str, object]

_NOTHING: Final[Schema] = {}
_WHOLE: Final = re.compile(r"[+-]?\d{1,30}(?:\.0{1,30})?", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WORDS: Final = {"true": True, "false": False}
_TYPES: Final[Mapping[str, type | UnionType]] = {
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "string": str,
    "null": NoneType,
    "array": list,
    "object": dict,
}
# A list takes any single value, so every other alternative is tried before it.
_ORDER: Final = {"null": 0, "array": 2}
_MOST_HOPS: Final = 16


def coerced(arguments: Mapping[str, object], schema: Schema) -> dict[str, object]:
    """The arguments by the tool's schema, an object's.

    "5" becomes 5 where an integer is asked for, and the reverse; "true" a boolean; one value a list of it;
    JSON in a string the object or list that it is; a word one of the choices in the case that they have;
    ``null`` for what may be left out and may not be ``null`` is left out. What does not fit stays as it
    is, for the tool's own check to name.
    """
    return _Coercion(schema).members(arguments, schema)


class _Coercion:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._of_type: Mapping[str, Callable[[object, Schema], object]] = {
            "integer": _integer,
            "number": _number,
            "boolean": _boolean,
            "string": _string,
            "null": _null,
            "array": self._array,
            "object": self._object,
        }

    def members(self, value: Schema, schema: Schema) -> dict[str, object]:
        properties = _mapping(schema.get("properties"))
        required = schema.get("required")
        needed = set(required) if isinstance(required, list) else set()
        others = _mapping(schema.get("additionalProperties"))
        found: dict[str, object] = {}
        for key, item in value.items():
            wanted = self._resolved(_mapping(properties.get(key, others)))
            if item is None and key in properties and key not in needed and not self._fits(None, wanted):
                continue
            found[key] = self._value(item, wanted)
        return found

    def _value(self, value: object, schema: Schema) -> object:
        schema = self._resolved(schema)
        choices = _choices(schema)
        if choices:
            return _choice(value, choices)
        kinds = self._alternatives(schema)
        if any(self._fits(value, kind) for kind in kinds):
            # Inside an object or a list there may still be something to do.
            kinds = [kind for kind in kinds if self._fits(value, kind)]
        for kind in sorted(kinds, key=lambda kind: _ORDER.get(str(kind.get("type")), 1)):
            changed = self._as_type(value, kind)
            if self._fits(changed, kind):
                return changed
        return value

    def _as_type(self, value: object, schema: Schema) -> object:
        if _choices(schema):
            return self._value(value, schema)
        change = self._of_type.get(str(schema.get("type")))
        return change(value, schema) if change else value

    def _alternatives(self, schema: Schema) -> list[Schema]:
        """The schema as those that hold one type each."""
        several = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(several, list):
            return [self._resolved(_mapping(one)) for one in several]
        types = schema.get("type")
        if isinstance(types, list):
            return [{**schema, "type": one} for one in types]
        return [schema]

    def _fits(self, value: object, schema: Schema) -> bool:
        """Whether the value is of the schema's type; deeper, and at limits, the tool itself looks."""
        choices = _choices(schema)
        if choices:
            return value in choices
        alternatives = self._alternatives(schema)
        if len(alternatives) > 1:
            return any(self._fits(value, one) for one in alternatives)
        return _is_type(value, alternatives[0].get("type")) if alternatives else True

    def _array(self, value: object, schema: Schema) -> object:
        if isinstance(value, str):
            value = _parsed(value, "[", list)
        items = value if isinstance(value, list) else [value]
        if value is None:
            return None
        wanted = _mapping(schema.get("items"))
        return [self._value(item, wanted) for item in items]

    def _object(self, value: object, schema: Schema) -> object:
        if isinstance(value, str):
            value = _parsed(value, "{", dict)
        return self.members(value, schema) if isinstance(value, dict) else value

    def _resolved(self, schema: Schema) -> Schema:
        for _ in range(_MOST_HOPS):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            found: object = self._root
            for step in reference.removeprefix("#/").split("/"):
                found = _mapping(found).get(step)
            schema = _mapping(found)
        return _NOTHING


def _integer(value: object, _: Schema) -> object:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _number(value: object, _: Schema) -> object:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return value
    whole = re.fullmatch(r"[+-]?\d+", value.strip(), re.ASCII)
    return int(value) if whole else float(value)


def _boolean(value: object, _: Schema) -> object:
    return _WORDS.get(value.strip().lower(), value) if isinstance(value, str) else value


def _string(value: object, _: Schema) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _null(value: object, _: Schema) -> object:
    return None if isinstance(value, str) and value.strip().lower() in {"null", "none"} else value


def _is_type(value: object, name: object) -> bool:
    wanted = _TYPES.get(str(name))
    if wanted is None:
        return True
    return wanted is bool if isinstance(value, bool) else isinstance(value, wanted)


def _choices(schema: Schema) -> list[object]:
    if "const" in schema:
        return [schema["const"]]
    choices = schema.get("enum")
    return choices if isinstance(choices, list) else []


def _choice(value: object, choices: list[object]) -> object:
    """The one choice that reads the same but for case and blanks; else the value as it is."""
    if value in choices:
        return value
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return value
    wanted = str(value).strip().casefold()
    same = [choice for choice in choices if str(choice).strip().casefold() == wanted]
    return same[0] if len(same) == 1 else value


def _parsed(text: str, first: str, kind: type[list[object]] | type[dict[str, object]]) -> object:
    if not text.lstrip().startswith(first):
        return text
    try:
        value: object = from_json(text)
    except ValueError:
        return text
    return value if isinstance(value, kind) else text


def _mapping(value: object) -> Schema:
    return value if isinstance(value, dict) else _NOTHING
