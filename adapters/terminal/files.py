"""Files that a person names in the terminal."""

import mimetypes
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileError

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


def _unquoted(typed: str) -> str:
    """Undo the quoting with which terminals paste a dropped file."""
    if Path(typed).expanduser().exists():
        return typed
    try:
        words = shlex.split(typed)
    except ValueError:
        return typed
    return words[0] if len(words) == 1 else typed
