"""The statements of the .sql files here, by name."""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def _load() -> Mapping[str, str]:
    found = sorted(entry.name for entry in files("core.memory").iterdir() if entry.name.endswith(".sql"))
    source = "\n".join(files("core.memory").joinpath(name).read_text(encoding="utf-8") for name in found)
    pieces = _NAME.split(source)[1:]
    return MappingProxyType(dict(zip(pieces[::2], (text.strip() for text in pieces[1::2]), strict=True)))


SQL = _load()
