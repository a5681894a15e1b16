"""Who the assistant is: prompts kept as files, filled with the situation."""

from datetime import UTC, datetime
from importlib.resources import files
from string import Formatter

from core.ports import Scene

# A model with a window this small reads the short prompt.
SMALL_WINDOW = 2_048


def _read(name: str) -> str:
    text = files("bots").joinpath("prompts", name).read_text(encoding="utf-8")
    known = {"place", "model", "date", "time", "formatting"}
    unknown = {field for _, field, _, _ in Formatter().parse(text) if field is not None} - known
    if unknown:
        raise ValueError(f"The prompt {name} names {', '.join(sorted(unknown))}, which nobody fills in.")
    return text


WHOLE = _read("assistant.md")
SMALL = _read("small.md")


class FilePersona:
    """Implements ``core.ports.Persona`` from ``bots/prompts``."""

    def prompt(self, scene: Scene) -> str:
        """Write the system prompt for a situation."""
        now = datetime.fromtimestamp(scene.now, UTC)
        template = SMALL if scene.model.window <= SMALL_WINDOW else WHOLE
        return template.format(
            place=scene.place or "a private conversation",
            model=scene.model.name,
            date=f"{now:%A}, {now.day} {now:%B %Y}",
            time=f"{now:%H:%M}",
            formatting=scene.formatting,
        ).strip()
