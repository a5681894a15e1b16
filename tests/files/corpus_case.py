"""A file of the corpus, and what must become of it."""

from collections.abc import Callable
from dataclasses import dataclass

Make = Callable[[], bytes]
Colour = tuple[int, int, int]

PICTURE = "picture"
RED, BLUE, BLACK, WHITE = (255, 0, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be understood of a file; where ``kind`` is empty, it must be refused.

    ``told`` must be said of it, ``words`` must stand in what is read and ``absent`` nowhere. ``size`` is that
    of a picture in pixels, ``looks`` are its colours left and right. ``shown`` is the name that people see.
    """

    kind: str = ""
    told: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    pages: int | None = None
    tables: int | None = None
    pictures: int | None = None
    size: tuple[int, int] | None = None
    looks: tuple[Colour, Colour] | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A file under the ``name`` that a person sends it by. ``small`` makes a lesser one, for the tests."""

    about: str
    name: str
    make: Make
    wanted: Wanted
    is_hostile: bool = False
    small: Make | None = None

    def content(self, *, is_quick: bool) -> bytes:
        """The bytes of the file."""
        return (self.small or self.make)() if is_quick else self.make()


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a file, as the model and the person get it.

    ``found`` are those of the wanted and unwanted words that stand in it. Memory is in MB: the most of a
    process that read it, and what the process that had it read holds afterwards and held at the most.
    """

    name: str
    kind: str
    notes: str
    found: frozenset[str]
    pages: int
    tables: int
    pictures: tuple[bytes, ...]
    seconds: float
    worker_mb: float
    ours_mb: float
    our_peak_mb: float
    children: int


def taken(about: str, name: str, make: Make, wanted: Wanted, small: Make | None = None) -> Case:
    """An honest file."""
    return Case(about, name, make, wanted, small=small)


def hostile(about: str, name: str, make: Make, wanted: Wanted, small: Make | None = None) -> Case:
    """A file that is broken, locked, or made to harm."""
    return Case(about, name, make, wanted, is_hostile=True, small=small)


def refused(told: str, shown: str = "") -> Wanted:
    """Refused with this in the sentence."""
    return Wanted(told=(told,), shown=shown)


def text(*words: str, absent: tuple[str, ...] = (), told: tuple[str, ...] = (), shown: str = "") -> Wanted:
    """Read as text in which these words stand."""
    return Wanted("text", told, words, absent, shown=shown)
