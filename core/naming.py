"""Names for several files that came under one."""

from collections.abc import Iterator
from itertools import count


def numbered_names(name: str) -> Iterator[str]:
    """The name itself, then without end ``"report (2).pdf"``, ``"report (3).pdf"``."""
    yield name
    stem, _, ending = name.rpartition(".")
    for number in count(2):
        yield f"{stem} ({number}).{ending}" if stem else f"{name} ({number})"


def free_name(name: str, taken: set[str]) -> str:
    """The first of these that differs in more than case from all in ``taken``, to which it is added."""
    free = next(one for one in numbered_names(name) if one.casefold() not in taken)
    taken.add(free.casefold())
    return free
