"""Where the corpus is read: a process as small as the bot's, which hands each file to the workshop.

Cases come pickled on standard input and what was seen goes back the same way. What a reading process takes is
its ``VmHWM``, asked of the kernel every few milliseconds: unlike ``ru_maxrss`` it does not count what the
parent held when it started the process.
"""

import asyncio
import logging
import os
import pickle
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from core.files.reader import Prepared, read_attachment
from core.files.workshop import Workshop
from core.message import Attachment
from core.transcript import FilePart
from tests.files.corpus_case import PICTURE, Seen

_WORKER = b"core.files.worker"
_ASKED_EVERY_S = 0.004
_PROC = Path("/proc")
_WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A file to be read, and the words to be looked for in it."""

    name: str
    content: bytes
    words: frozenset[str]


def children() -> list[str]:
    """The ids of this process' children, those that have ended but not been taken leave of among them."""
    try:
        return (_PROC / f"self/task/{os.getpid()}/children").read_text().split()
    except OSError:
        return []


def memory_mb(process: str, field: str) -> float:
    """A field of a process' status in MB; 0 where it is gone, or the system has no such thing."""
    try:
        status = (_PROC / process / "status").read_text()
    except OSError:
        return 0.0
    _, _, rest = status.partition(f"{field}:")
    return int(rest.split()[0]) / 1024 if rest else 0.0


class Watch:
    """The most that a reading process held while this was open, in MB."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _keep_looking(self) -> None:
        while not self._over.wait(_ASKED_EVERY_S):
            self._look()

    def _look(self) -> None:
        # Between its birth and its program a process shows its parent's memory.
        held = [memory_mb(one, "VmHWM") for one in children() if _is_worker(one)]
        self.peak_mb = max(self.peak_mb, *held, 0.0)


def _is_worker(process: str) -> bool:
    try:
        return _WORKER in (_PROC / process / "cmdline").read_bytes()
    except OSError:
        return False


async def seen(workshop: Workshop, asked: Asked) -> Seen:
    """Have the file read as an attachment of a message."""

    async def fetch(attachment: Attachment, max_bytes: int) -> bytes:
        return asked.content

    attachment = Attachment("F1", asked.name, "application/octet-stream", None, "")
    waiting, before = children(), time.monotonic()
    with Watch() as watch:
        prepared = await read_attachment(attachment, fetch, workshop)
        seconds = time.monotonic() - before
    # Where the same process still waits, the file was refused before it.
    return _as_seen(prepared, asked, seconds, watch.peak_mb if children() != waiting else 0.0)


def _as_seen(prepared: Prepared, asked: Asked, seconds: float, worker_mb: float) -> Seen:
    document = prepared.document
    notes = " ".join(part.note for part in prepared.parts if isinstance(part, FilePart) and part.note)
    kind = document.kind if document else PICTURE if prepared.images else ""
    return Seen(
        name=prepared.name,
        kind=kind,
        notes=notes,
        found=frozenset(word for word in asked.words if _stands_in(word, prepared)),
        pages=len(document.pages) if document else 0,
        tables=len(document.tables) if document else 0,
        pictures=tuple(image.content for _, image in prepared.images),
        seconds=seconds,
        worker_mb=worker_mb,
        ours_mb=memory_mb("self", "VmRSS"),
        our_peak_mb=memory_mb("self", "VmHWM"),
        children=len(children()),
    )


def _stands_in(word: str, prepared: Prepared) -> bool:
    document = prepared.document
    if document and any(word in page.text or word in page.label for page in document.pages):
        return True
    return any(word.encode() in image.content for _, image in prepared.images)


async def main() -> None:
    """Read files until there are no more; then say how many processes are left."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    # What the product logs of a file is not what is asked here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    async with Workshop() as workshop:
        for _ in range(_WARM_UPS):
            await seen(workshop, Asked("warm.txt", b"a text", frozenset()))
        while asked := await asyncio.to_thread(pickle.load, source):
            pickle.dump(await seen(workshop, asked), target)
            target.flush()
            del asked
    pickle.dump(len(children()), target)
    target.flush()


if __name__ == "__main__":
    asyncio.run(main())
