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

    Of one document at most ``max_pages`` pages (or slides, or parts) are read, with
    ``max_document_characters`` of text together, and none after ``read_seconds``; ``max_drawn`` of its
    pages are drawn. An archive has at most ``max_members`` members, which unpack to
    ``max_unpacked_bytes`` together; ``max_read_members`` of them are read.

    Of one document's tables at most ``max_rows`` rows each and ``max_cells`` cells together are read, and
    ``preview_rows`` rows of each are shown. A question to them is answered within ``query_seconds``, with
    at most ``max_answer_rows`` rows in ``max_answer_characters``.
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
    max_pages: int = 2_000
    max_document_characters: int = 4_000_000
    max_drawn: int = 4
    read_seconds: float = 8.0
    max_members: int = 10_000
    max_unpacked_bytes: int = 200_000_000
    max_read_members: int = 40
    max_rows: int = 200_000
    max_cells: int = 1_000_000
    preview_rows: int = 20
    query_seconds: float = 5.0
    max_answer_rows: int = 200
    max_answer_characters: int = 12_000


DEFAULT_LIMITS = FileLimits()


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Bounds for the processes that read files, ``at_once`` of them beside each other.

    For one file a process has ``seconds``, of which ``cpu_seconds`` of a processor, ``memory_bytes`` of
    address space and ``response_bytes`` to say what it found.
    """

    at_once: int = 2
    seconds: float = 20.0
    cpu_seconds: int = 15
    memory_bytes: int = 1 << 30
    response_bytes: int = 64_000_000


DEFAULT_WORKER_LIMITS = WorkerLimits()
