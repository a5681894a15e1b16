"""The statements of queries.sql by name."""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def _load() -> Mapping[str, str]:
    source = files("core.memory").joinpath("queries.sql").read_text(encoding="utf-8")
    pieces = _NAME.split(source)[1:]
    return MappingProxyType(dict(zip(pieces[::2], (text.strip() for text in pieces[1::2]), strict=True)))


SQL = _load()
