"""Parts of a message as plain text, the same in every dialect."""

import re
from collections.abc import Sequence
from typing import Final

from core.transcript import FilePart, ImagePart, Part, TextPart

_BACKTICKS: Final = re.compile(r"`+")


def text_of(parts: Sequence[Part]) -> str:
    """The texts, files and names of pictures, a line break between them; calls and results are left out."""
    return "\n".join(filter(None, map(_part_text, parts)))


def caption(parts: Sequence[Part], index: int) -> str:
    """What stands before a picture that is shown: its name, where a message has several, else nothing."""
    part = parts[index]
    several = sum(isinstance(one, ImagePart) for one in parts) > 1
    if several and isinstance(part, ImagePart) and part.name:
        return f"Picture {_one_line(part.name)}:"
    return ""


def _part_text(part: Part) -> str:
    match part:
        case TextPart():
            return part.text
        case ImagePart():
            return f"[picture {_one_line(part.name)}]" if part.name else "[picture]"
        case FilePart():
            return _file_text(part)
        case _:
            return ""


def _file_text(part: FilePart) -> str:
    name = _one_line(part.name) or "file"
    if not part.text:
        return f"[file {name}: {part.note or 'it is empty'}]"
    runs = _BACKTICKS.findall(part.text)
    # A fence longer than any inside, so that a file cannot end its own block.
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    head = f"File {name} ({part.note}):" if part.note else f"File {name}:"
    return f"{head}\n{fence}\n{part.text}\n{fence}"


def _one_line(name: str) -> str:
    return " ".join(name.split())
