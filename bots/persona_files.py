"""The prompts that the operator can add to: files, read at the start and when they change."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import structlog

from core.ports import Clock

BYTES_MOST = 16_384
FILES_MOST = 100
LOOK_EVERY_S = 5.0
PLACEHOLDERS = frozenset({"place", "model", "date", "time", "formatting"})
# Words that stand for something else in "/settings persona ...".
TAKEN = frozenset({"default", "reset", "here", "channel"})

_NAME = re.compile(r"\w[\w .-]{0,39}")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

log = structlog.get_logger()


def shipped(name: str) -> str:
    """Read a prompt that comes with the product."""
    return files("bots").joinpath("prompts", name).read_text(encoding="utf-8").strip()


def _shipped_personas() -> Mapping[str, str]:
    names = [entry.name for entry in files("bots").joinpath("prompts", "personas").iterdir()]
    return {name.removesuffix(".md"): shipped(f"personas/{name}") for name in names if name.endswith(".md")}


SHIPPED = MappingProxyType(_shipped_personas())


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds: the personas by name, and sentences about what is wrong with files."""

    personas: Mapping[str, str]
    warnings: tuple[str, ...]


class PersonaFiles:
    """The personas by name: those that come with the product, and a folder's, which win.

    Nobody has to make the folder. Nothing is read before the first :meth:`refresh`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._seen: object = None
        self._found = Found({}, ())

    @property
    def names(self) -> tuple[str, ...]:
        """All that can be chosen."""
        return tuple(sorted({*SHIPPED, *self._found.personas}, key=str.lower))

    def text(self, name: str) -> str | None:
        """Return a persona's prompt; ``None`` when there is none of this name."""
        return self._found.personas.get(name, SHIPPED.get(name))

    async def refresh(self) -> tuple[str, ...]:
        """Read the folder again if anything in it has changed; sentences for the operator if so."""
        if self._folder is None:
            return ()
        seen = await asyncio.to_thread(_look, self._folder)
        if seen == self._seen:
            return ()
        found = await asyncio.to_thread(_read_all, self._folder)
        self._seen, self._found = seen, found
        for warning in found.warnings:
            log.warning("personas.file", problem=warning)
        return found.warnings

    async def watch(self, clock: Clock) -> None:
        """Look for changes until cancelled."""
        while True:
            await self.refresh()
            await clock.sleep(LOOK_EVERY_S)


def _look(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of each file."""
    marks = []
    for path in _paths(folder):
        try:
            state = path.stat()
        except OSError:
            continue
        marks.append((path.name, state.st_mtime_ns, state.st_size))
    return tuple(marks)


def _paths(folder: Path) -> list[Path]:
    try:
        # A pipe would be waited for.
        return sorted(path for path in folder.iterdir() if path.suffix == ".md" and path.is_file())
    except OSError:
        return []


def _read_all(folder: Path) -> Found:
    paths = _paths(folder)
    personas: dict[str, str] = {}
    warnings: list[str] = []
    if len(paths) > FILES_MOST:
        warnings.append(f"{folder} holds more than {FILES_MOST} personas: only the first are read.")
    for path in paths[:FILES_MOST]:
        text, problem = _read(path)
        if text is None:
            warnings.append(f"The persona {path.name} is left out: {problem}.")
            continue
        personas[path.stem] = text
        warnings.extend(
            f"The persona {path.name} says {{{name}}}, which nobody fills in: it is left as it is."
            for name in _unknown(text)
        )
    return Found(personas, tuple(warnings))


def _read(path: Path) -> tuple[str | None, str]:
    """Return the text, or ``None`` and why not."""
    if not _NAME.fullmatch(path.stem):
        return None, "its name has to be 1 to 40 letters, digits, spaces, dots, hyphens or underscores"
    if path.stem.lower() in TAKEN:
        return None, "its name means something else in /settings"
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MOST + 1)
        text = content.decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        return None, f"it cannot be read as UTF-8 text ({type(error).__name__})"
    if len(content) > BYTES_MOST:
        return None, f"it is longer than {BYTES_MOST} bytes"
    return (text, "") if text else (None, "it is empty")


def _unknown(text: str) -> Iterator[str]:
    named = dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(text))
    return (name for name in named if name not in PLACEHOLDERS)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their ``{names}``; whatever else stands in braces stays."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
