"""A command as every surface is told of it, and as people type it."""

from dataclasses import dataclass

COMMAND_SIGN = "/"


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command.

    ``argument`` describes the text that may follow, empty for none. ``asks`` says that the model
    answers it (else it is answered at once); ``takes_file`` that it comes with a picture; ``looks_back``
    that it is about the newest pictures of the channel, and that its argument may be left out.
    """

    name: str
    description: str
    argument: str = ""
    asks: bool = False
    takes_file: bool = False
    looks_back: bool = False


def split_command(text: str) -> tuple[str, str] | None:
    """Split ``/name argument``, the name in lower case; ``None`` when nothing is commanded."""
    if not text.startswith(COMMAND_SIGN):
        return None
    name, *rest = text[len(COMMAND_SIGN) :].split(maxsplit=1) or [""]
    return name.lower(), rest[0].strip() if rest else ""
