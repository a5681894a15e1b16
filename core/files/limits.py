"""How much of what people send is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Bounds for the attachments of one message.

    ``max_bytes`` and ``max_image_bytes`` are bytes of a file as sent and of a picture as the model
    gets it; ``max_pixels`` is width times height before anything is decoded; ``max_side`` is the
    longest side in pixels afterwards (1344 is four 336-pixel tiles of Llama 4's image encoder);
    ``max_characters`` caps a text. ``file_seconds`` and ``total_seconds`` are deadlines for one
    file and for all of a message.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 25_000_000
    max_side: int = 1344
    max_image_bytes: int = 1_500_000
    max_characters: int = 60_000
    max_files: int = 8
    concurrency: int = 3
    file_seconds: float = 30.0
    total_seconds: float = 60.0


DEFAULT_LIMITS = FileLimits()
