"""Who the assistant is: prompts kept as files, filled with the situation."""

from datetime import UTC, datetime

from bots.persona_files import SHIPPED, PersonaFiles, filled, shipped
from core.ports import Scene

# A model with a window this small reads the short prompt, or the beginning of the chosen one.
SMALL_WINDOW = 2_048
BEGINNING = 600

USUAL = "assistant"
RULES = shipped("rules.md")
SMALL = shipped("small.md")
# What the model is told that makes a summary of a long conversation.
SUMMARY = shipped("summary.md")
WHOLE = f"{SHIPPED[USUAL]}\n{RULES}"


class FilePersona:
    """Implements ``core.ports.Persona`` from ``bots/prompts`` and the operator's own files.

    Whatever persona is chosen, the rules of the house stand below it.
    """

    def __init__(self, personas: PersonaFiles | None = None) -> None:
        self._personas = personas or PersonaFiles()

    def prompt(self, scene: Scene) -> str:
        """Write the system prompt for a situation; one whose file is gone gives way to the usual one."""
        now = datetime.fromtimestamp(scene.now, UTC)
        return filled(
            self._template(scene),
            {
                "place": scene.place or "a private conversation",
                "model": scene.model.name,
                "date": f"{now:%A}, {now.day} {now:%B %Y}",
                "time": f"{now:%H:%M}",
                "formatting": scene.formatting,
            },
        ).strip()

    def _template(self, scene: Scene) -> str:
        chosen = self._personas.text(scene.persona) if scene.persona else None
        persona = chosen or self._personas.text(USUAL) or SHIPPED[USUAL]
        if scene.model.window > SMALL_WINDOW:
            return _ruled(persona)
        return SMALL if persona == SHIPPED[USUAL] else _beginning(persona)


def _ruled(persona: str) -> str:
    """Put the rules below it: into the list that it ends with, or as a paragraph of their own."""
    in_list = persona.splitlines()[-1].startswith("- ")
    return f"{persona}\n{RULES}" if in_list else f"{persona}\n\n{RULES}"


def _beginning(persona: str) -> str:
    """Take the first paragraph, cut at a word when it is long."""
    paragraph = persona.split("\n\n", 1)[0]
    if len(paragraph) <= BEGINNING:
        return paragraph
    return paragraph[:BEGINNING].rsplit(maxsplit=1)[0]
