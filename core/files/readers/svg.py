"""SVG: a drawing that is written as text. It is read, not drawn: what it refers to is never asked for."""

from dataclasses import replace

from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers import plain


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """Its source. Raises ``FileError``."""
    source = plain.read(content, name, limits)
    note = f"{name} is a drawing in SVG: I read its source, I did not look at it."
    return replace(source, kind="SVG", notes=(*source.notes, note))
