"""A picture as the model gets it. A plain value: it comes out of another process."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """Encoded bytes (JPEG or PNG) with their hash and their size in pixels.

    ``notes`` are whole sentences on what is not shown, such as a film's later frames.
    """

    mime: str
    content: bytes
    width: int
    height: int
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()
