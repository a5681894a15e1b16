"""A reader in a process of its own, for files that could hurt: limited in memory and in time."""

import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from core.errors import FileError
from core.files.limits import FileLimits

_ROOT = Path(__file__).parents[2]
_MEMORY_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: ``refused`` is what was told, ``labels`` and ``notes`` are the document's.

    ``is_killed`` says that the process broke off at its memory's end; ``peak_mb`` is what it had used.
    """

    seconds: float
    is_killed: bool = False
    refused: str = ""
    labels: Sequence[str] = ()
    notes: Sequence[str] = ()
    drawings: int = 0
    characters: int = 0
    peak_mb: int = 0


def read_in_child(reader: str, content: bytes, deadline_s: float = 25.0) -> Outcome:
    """Read ``content`` with ``core.files.readers.READER`` in a child with 1 GB of memory.

    Raises ``subprocess.TimeoutExpired`` when it takes longer, ``AssertionError`` when it ends in a way
    that is neither an answer, nor a refusal, nor the end of its memory.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        start = monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "tests.files.child", reader, str(path)],
            cwd=_ROOT,
            capture_output=True,
            timeout=deadline_s,
            check=False,
        )
    seconds = monotonic() - start
    if ended.returncode < 0:
        return Outcome(seconds, is_killed=True)
    assert ended.returncode == 0, ended.stderr.decode()
    return Outcome(seconds, **json.loads(ended.stdout))


def main(reader: str, path: str) -> None:
    """Read the file and write the outcome as JSON."""
    read = importlib.import_module(f"core.files.readers.{reader}").read
    content = Path(path).read_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found: dict[str, object]
    try:
        document = read(content, "a file", FileLimits())
        found = {
            "labels": [page.label for page in document.pages],
            "notes": document.notes,
            "drawings": len(document.drawings),
            "characters": sum(len(page.text) for page in document.pages),
        }
    except FileError as error:
        found = {"refused": error.told}
    sys.stdout.write(json.dumps({**found, "peak_mb": _peak_mb()}))


def _peak_mb() -> int:
    """What ``getrusage`` has counts the parent's memory too, up to the start of this program."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
