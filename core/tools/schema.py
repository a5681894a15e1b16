"""A function's signature as the arguments that a model may give it."""

import inspect
import json
from collections.abc import Callable
from typing import get_type_hints

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.json_schema import GenerateJsonSchema

# A field carries an underscore behind the argument's name, which is its alias: an argument may so be
# called "copy" or "schema" without hiding a method of the model.
_MARK = "_"
_PLAIN_KINDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Arguments(BaseModel):
    """The arguments of a call, checked. Text that reads as a number is taken for one, and the reverse."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=lambda field: field.removesuffix(_MARK),
        coerce_numbers_to_str=True,
        protected_namespaces=(),
    )

    def by_name(self) -> dict[str, object]:
        """The arguments under the function's own names; what was not given has its default."""
        return {field.removesuffix(_MARK): getattr(self, field) for field in type(self).model_fields}


def arguments_of(function: Callable[..., object]) -> type[Arguments]:
    """Read a function's parameters. Raises ``TypeError`` for one without a type, or like ``*args``."""
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, object] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in _PLAIN_KINDS or name.startswith("_"):
            raise TypeError(f"{function.__name__}: a model cannot give the argument {name}")
        if name not in hints:
            raise TypeError(f"{function.__name__}: the argument {name} needs a type")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name + _MARK] = (hints[name], default)
    # The stub of create_model wants the fields spelled out, which they cannot be here.
    return create_model(function.__name__, __base__=Arguments, **fields)  # type: ignore[call-overload,no-any-return]


class _Untitled(GenerateJsonSchema):
    """Without the titles that pydantic makes of names: they only cost the model tokens."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def json_schema(arguments: type[Arguments]) -> str:
    """Write the arguments as a JSON Schema object, as JSON text."""
    schema = arguments.model_json_schema(schema_generator=_Untitled)
    for named in (schema, *schema.get("$defs", {}).values()):
        named.pop("title", None)
    return json.dumps(schema, ensure_ascii=False)
