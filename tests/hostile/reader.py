"""Does what the file says, as a reader would whose library has a hole."""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import FileError
from core.files.document import Document, Page
from core.files.limits import FileLimits

HEAD = b'{"is":"document","kind":"x"}\n'


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The document that comes out, if one does."""
    word, _, rest = content.decode().partition(" ")
    said = DEEDS[word](rest)
    return Document("text", (Page("", said or "done"),))


def _spin(_: str) -> None:
    while True:
        pass


def _eat(_: str) -> None:
    eaten = []
    while True:
        eaten.append(bytes(16 << 20))


def _recurse(rest: str) -> None:
    _recurse(rest)


def _refuse(told: str) -> None:
    raise FileError(told)


def _answer(content: bytes) -> None:
    """Say something else in the response's place."""
    for number in range(3, 16):
        try:
            while content:
                content = content[os.write(number, content) :]
        except OSError:
            continue
        return


def _say(rest: str) -> None:
    _answer(json.loads(rest).encode("latin-1"))
    os._exit(0)


def _flood(_: str) -> None:
    while True:
        _answer(b"x" * (1 << 20))


def _complain(_: str) -> None:
    for _number in range(1000):
        sys.stderr.write("complaint " * 1000)


def _linger(_: str) -> None:
    """Keep the pipe open in a process of one's own."""
    if os.fork() == 0:
        time.sleep(600)
        os._exit(0)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _look(_: str) -> str:
    """What can be seen from inside."""
    return json.dumps(
        {
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
            "no_new_privs": ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1,
            "files": [number for number in range(32) if _is_open(number)],
            "is_leader": os.getsid(0) == os.getpid(),
            "limits": {
                what: resource.getrlimit(getattr(resource, f"RLIMIT_{what}"))
                for what in ("AS", "CPU", "NOFILE", "FSIZE", "CORE", "NPROC")
            },
            "modules": sorted(module for module in sys.modules if module.startswith(("bots", "adapters"))),
        }
    )


def _try(deed: Callable[[], object]) -> str:
    try:
        return f"done: {deed()!r}"
    except OSError as error:
        return f"refused: {errno.errorcode[error.errno or 0]}"


DEEDS: dict[str, Callable[[str], str | None]] = {
    "wait": lambda _: time.sleep(600),
    "spin": _spin,
    "eat": _eat,
    "crash": lambda _: str(ctypes.string_at(1)),
    "abort": lambda _: os.abort(),
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "leave": lambda status: os._exit(int(status)),
    "raise": lambda _: str(1 // 0),
    "recurse": _recurse,
    "refuse": _refuse,
    "say": _say,
    "flood": _flood,
    "complain": _complain,
    "print": lambda rest: print(rest, flush=True),  # noqa: T201 - what libraries do
    "linger": _linger,
    "look": _look,
    "read": lambda path: _try(lambda: Path(path).read_bytes()),
    "write": lambda path: _try(lambda: Path(path).write_text("x" * 10)),
    "remove": lambda path: _try(lambda: Path(path).unlink()),
    "start": lambda path: _try(lambda: os.execv(path, ["x"])),
    "connect": lambda port: _try(lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=5)),
    "fork": lambda _: _try(os.fork),
    "thread": lambda _: _try(lambda: threading.Thread(target=time.sleep, args=(1,)).start()),
    "signal": lambda process: _try(lambda: os.kill(int(process), signal.SIGTERM)),
}
