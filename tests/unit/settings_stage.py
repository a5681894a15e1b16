"""A file of settings in the folder where a test is, and what is said of it."""

import re
from pathlib import Path

import pytest

from bots.settings import Settings, read_settings
from core.errors import StartupError

JARGON = re.compile(
    r"Input should|type=|pydantic|validation error|Traceback|SettingsError|NoneType|object has no"
    r"|\binstance\b",
    re.IGNORECASE,
)


def write(text: str, name: str = "tampu.toml", mode: int = 0o600) -> None:
    path = Path(name)
    path.write_text(text)
    path.chmod(mode)


def settings_of(text: str) -> Settings:
    write(text)
    return read_settings()


def refused(text: str) -> str:
    """The one sentence that is said of a file that is not taken."""
    with pytest.raises(StartupError) as caught:
        settings_of(text)
    said = str(caught.value)
    assert said.endswith((".", "?"))
    assert not said.endswith(("?.", ".."))
    assert "\n" not in said
    assert not JARGON.search(said)
    return said


def refused_inside(text: str) -> str:
    """As above, of something that stands in the file: the sentence behind the file's name."""
    said = refused(text)
    assert said.startswith("tampu.toml: ")
    return said.removeprefix("tampu.toml: ")
