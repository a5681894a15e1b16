"""Who the assistant is: prompts kept as files, filled with the situation."""

from datetime import UTC, datetime
from importlib.resources import files
from string import Formatter

from core.errors import StartupError
from core.ports import Scene

# A model with a window this small reads the short prompt.
SMALL_WINDOW = 2_048


class FilePersona:
    """Implements ``core.ports.Persona`` from ``bots/prompts``."""

    def __init__(self) -> None:
        self._whole = _read("assistant.md")
        self._small = _read("small.md")

    def prompt(self, scene: Scene) -> str:
        """Write the system prompt for a situation."""
        now = datetime.fromtimestamp(scene.now, UTC)
        template = self._small if scene.model.window <= SMALL_WINDOW else self._whole
        return template.format(
            place=scene.place or "a private conversation",
            model=scene.model.name,
            date=f"{now:%A}, {now.day} {now:%B %Y}",
            time=f"{now:%H:%M}",
            formatting=scene.formatting,
        ).strip()


def _read(name: str) -> str:
    text = files("bots").joinpath("prompts", name).read_text(encoding="utf-8")
    known = {"place", "model", "date", "time", "formatting"}
    unknown = {field for _, field, _, _ in Formatter().parse(text) if field is not None} - known
    if unknown:
        raise StartupError(f"The prompt {name} names {', '.join(sorted(unknown))}, which nobody fills in.")
    return text
