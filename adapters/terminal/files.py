"""Files that a person names in the terminal, and those that answers bring."""

import mimetypes
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileError
from core.outgoing import tag

MAX_FILES = 8
MAX_FILE = 20 * 2**20


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file's name, its type by its name (empty when unknown) and its bytes."""

    name: str
    mime: str
    content: bytes


def load(typed: str) -> LocalFile:
    """Read the file that was typed, dropped or pasted as a path. Raises ``FileError``."""
    path = Path(_unquoted(typed)).expanduser()
    try:
        found = path.stat()
        # Anything else (a pipe, a device) could be read for ever.
        if not stat.S_ISREG(found.st_mode):
            raise FileError(f"{path} is not a file.")
        if found.st_size > MAX_FILE:
            raise FileError(f"{path.name} is larger than {MAX_FILE // 2**20} MB, the most for one file.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path}.") from error
    except PermissionError as error:
        raise FileError(f"You may not read {path}.") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read.") from error
    return LocalFile(path.name, mimetypes.guess_type(path.name)[0] or "", content)


def save(folder: Path, name: str, content: bytes) -> Path:
    """Write a file of an answer, whole or not at all; where it is then. Raises ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, half = folder / name, folder / f".{name}"
    half.write_bytes(content)
    half.replace(path)
    return path.resolve()


def saved(folder: Path, key: str) -> str | None:
    """The name of the file that was written under a post's key, if it was."""
    found = folder.glob(f"*-{tag(key)}*")
    return next((path.name for path in found if not path.name.startswith(".")), None)


def take_away(folder: Path, name: str) -> None:
    """Remove a file that was written here, if it is there still."""
    path = folder / name
    if path.parent == folder and path.is_file():
        path.unlink(missing_ok=True)


def _unquoted(typed: str) -> str:
    """Undo the quoting with which terminals paste a dropped file."""
    if Path(typed).expanduser().exists():
        return typed
    try:
        words = shlex.split(typed)
    except ValueError:
        return typed
    return words[0] if len(words) == 1 else typed
