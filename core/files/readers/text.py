"""Text: prose, code, logs."""

from core.files.document import Document, Page
from core.files.limits import FileLimits
from core.files.text import read_text


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The whole text as one page without a label. Raises ``FileError``."""
    found = read_text(content, name, limits.max_document_characters)
    return Document("text", (Page("", found.text),), notes=(found.note,) if found.note else ())
