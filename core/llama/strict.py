"""A JSON Schema in the form that strict servers take."""

from collections.abc import Mapping
from typing import Final

from core.llama.shapes import Object

_MAX_DEPTH: Final = 30
# Closing objects would change what these mean, so a schema that has one is not made strict.
_UNSPEAKABLE: Final = frozenset(
    {
        "allOf",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "if",
        "not",
        "oneOf",
        "patternProperties",
        "propertyNames",
        "then",
        "unevaluatedProperties",
    }
)
_LISTS: Final = ("anyOf", "prefixItems")
_TELLING: Final = frozenset({"$ref", "anyOf", "const", "enum", "type"})
_NAMED: Final = ("$defs", "definitions", "properties")


def strict(schema: Object) -> Object | None:
    """The schema with every object closed and every property required; ``None`` where there is no such form.

    What follows it follows the schema as well. There is no form for objects with names of the model's own
    choice, for schemas that contain themselves (Meta's Model API refuses ``$ref`` cycles), or for a whole
    that is no object.
    """
    if schema.get("type") != "object" or _cyclic(schema):
        return None
    try:
        return _closed(schema, 0)
    except _NoStrictForm:
        return None


class _NoStrictForm(Exception):
    pass


def _closed(value: object, depth: int) -> Object:
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        raise _NoStrictForm
    if _UNSPEAKABLE & value.keys() or not _TELLING & value.keys():
        raise _NoStrictForm
    made: dict[str, object] = dict(value)
    for key in _NAMED:
        if key in made:
            made[key] = {name: _closed(inner, depth + 1) for name, inner in _mapping(made[key]).items()}
    for key in _LISTS:
        if key in made:
            inner = made[key]
            made[key] = [_closed(one, depth + 1) for one in inner] if isinstance(inner, list) else []
    if "items" in made:
        made["items"] = _closed(made["items"], depth + 1)
    if _is_object(made):
        made["required"] = _all_names(made)
        made["additionalProperties"] = False
    return made


def _is_object(schema: Object) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema


def _all_names(schema: Object) -> list[str]:
    """The properties of an object that has no others, or could do without."""
    names = list(_mapping(schema.get("properties")))
    others = schema.get("additionalProperties")
    required = schema.get("required")
    if not names or not (others is None or isinstance(others, bool)):
        raise _NoStrictForm
    if isinstance(required, list) and not all(name in names for name in required):
        raise _NoStrictForm
    return names


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _cyclic(schema: Object) -> bool:
    """Whether following its references leads round, or out of the schema."""
    definitions: dict[str, frozenset[str]] = {"#": _references(schema, within=False)}
    for key in ("$defs", "definitions"):
        for name, inner in _mapping(schema.get(key)).items():
            definitions[f"#/{key}/{name}"] = _references(inner)
    left = dict(definitions)
    while left:
        done = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not done or any(not wanted <= definitions.keys() for wanted in left.values()):
            return True
        for name in done:
            del left[name]
    return False


def _references(value: object, *, within: bool = True) -> frozenset[str]:
    """Every ``$ref`` in it; of the whole schema, all but those of its definitions (``within`` false)."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(reference := one.get("$ref"), str):
                found.add(reference)
            hidden = () if within or one is not value else ("$defs", "definitions")
            waiting += [inner for key, inner in one.items() if key not in hidden]
        elif isinstance(one, list):
            waiting += one
    return frozenset(found)
