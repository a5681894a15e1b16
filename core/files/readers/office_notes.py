"""What is said of an Office file that was not read whole. Names are as ``shown_name`` gives them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from core.errors import FileError
from core.files.notes import shown_name
from core.files.readers.office import Package

_MAX_LISTED = 10
_MAX_CHARTS = 200


def cut_short(name: str, read: int, unit: str) -> str:
    """Its beginning was read, and it is not known how much follows."""
    return f"{name}: only the first {read:,} {unit} are here; the document goes on."


def left_out(name: str, read: int, total: int, unit: str) -> str:
    """It has more than was read."""
    return f"{name}: only the first {read:,} of {total:,} {unit} are here."


def pictures(name: str, count: int) -> str:
    """Pictures stand in it that were not looked at."""
    if count == 1:
        return f"{name}: I did not look at the picture in it."
    return f"{name}: I did not look at the {count:,} pictures in it."


def tracked(name: str) -> str:
    """Changes in it are not accepted yet."""
    return f"{name} has tracked changes: I read it as if they were accepted."


def unread(name: str, labels: Sequence[str]) -> str:
    """Some of it could not be read."""
    listed = ", ".join(labels[:_MAX_LISTED])
    return f"{name}: damaged, and not read: {listed}{', ...' if len(labels) > _MAX_LISTED else ''}."


def unopened(name: str, held: Sequence[str]) -> str:
    """Files are in it that were left closed."""
    listed = ", ".join(map(shown_name, held[:_MAX_LISTED]))
    more = f" and {len(held) - _MAX_LISTED} more" if len(held) > _MAX_LISTED else ""
    return f"{name}: files are packed into it that I did not open: {listed}{more}."


def macros(name: str) -> str:
    """Programs are in it."""
    return f"{name} holds macros; they were not run."


def blank(name: str) -> str:
    """There is nothing to read in it."""
    return f"{name}: there is no text in it."


def package_notes(package: Package) -> Iterator[str]:
    """What a package holds beside its text: macros, and files in the file."""
    if any(part.endswith("vbaProject.bin") for part in package.names):
        yield macros(package.name)
    charted = _behind_charts(package)
    held = [
        part.rpartition("/")[2] for part in package.names if "/embeddings/" in part and part not in charted
    ]
    if held:
        yield unopened(package.name, held)


def _behind_charts(package: Package) -> set[str]:
    """The workbooks that charts have their numbers from: the charts show them."""
    charts = [part for part in package.names if "/charts/chart" in part and part.endswith(".xml")]
    behind = set()
    for chart in charts[:_MAX_CHARTS]:
        with suppress(FileError):
            behind |= {relation.target for relation in package.relations(chart).values()}
    return behind
