"""What goes wrong while a document is read, as the person is told of it. One table.

Every sentence takes the name as ``core.files.notes.shown_name`` gives it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import FileError
from core.files.notes import damaged, shown_size, too_large_to_open


def bomb(name: str) -> str:
    """A member unpacks to hundreds of times its size."""
    return f"{name} unpacks to far more than its own size, as only harmful files do: I did not open it."


def unpacks_too_far(name: str, limit: int) -> str:
    """All members together unpack to more than ``limit`` bytes."""
    return f"{name} unpacks to more than my limit of {shown_size(limit)}."


def too_many_members(name: str, limit: int) -> str:
    """An archive has more members than are looked at."""
    return f"{name} holds more than my limit of {limit:,} parts."


def locked(name: str) -> str:
    """It opens with a password only."""
    return f"{name} is protected by a password: please send a copy without one."


def outdated(name: str, program: str, ending: str) -> str:
    """It is in a format of the past; ``ending`` is that of the present one."""
    return f"{name} is in the old format of {program}, which I can't read: please save it as {ending}."


def forbidden_xml(name: str) -> str:
    """Its XML declares entities of its own, which no office program writes."""
    return f"{name} holds XML declarations that no office program writes: I did not open it."


@contextmanager
def as_file_errors(name: str) -> Iterator[None]:
    """Everything that libraries raise on a broken file leaves as a ``FileError``."""
    try:
        yield
    except FileError:
        raise
    except Exception as error:  # a damaged file makes a parser raise anything
        raise from_error(error, name) from error


def from_error(error: Exception, name: str) -> FileError:
    """The fault for an exception of a parser."""
    told = too_large_to_open if isinstance(error, MemoryError) else damaged
    return FileError(told(name))
