"""What is said of a PDF that was not read whole. Every sentence takes the name as ``shown_name`` gives it."""

from collections.abc import Sequence

from core.files.notes import shown_name

_MAX_LISTED = 12


def pages_left(name: str, read: int, total: int) -> str:
    """It has more pages than were read."""
    return f"{name}: only the first {read:,} of {total:,} pages are here."


def pages_damaged(name: str, numbers: Sequence[int]) -> str:
    """These pages could not be opened."""
    return f"{name}: damaged, and not read: {_listed(numbers)}."


def pictures(name: str, numbers: Sequence[int], drawn: int) -> str:
    """These pages are pictures, the first ``drawn`` of which can be looked at."""
    if drawn == len(numbers):
        return f"{name}: pictures without text to read, shown as pictures: {_listed(numbers)}."
    shown = f" Of these the first {drawn} are shown as pictures." if drawn else ""
    return f"{name}: pictures without text to read: {_listed(numbers)}.{shown}"


def attached(name: str, names: Sequence[str], total: int) -> str:
    """Files are packed into it."""
    listed = ", ".join(shown_name(held) for held in names)
    more = f" and {total - len(names)} more" if total > len(names) else ""
    return f"{name}: files are packed into it that I did not open: {listed}{more}."


def scripts(name: str) -> str:
    """It wants to run scripts."""
    return f"{name} holds scripts; they were not run."


def made_anew(name: str) -> str:
    """Its pages are not in it."""
    told = "I can read what was filled in, not the form itself"
    return f"{name} is a form that only Adobe's own programs show: {told}."


def blank(name: str) -> str:
    """Its pages show nothing: they are blank, or what is on them cannot be drawn."""
    return f"{name}: nothing is to be seen on its pages."


def _listed(numbers: Sequence[int]) -> str:
    """Runs of numbers: ``"page 3"``, ``"pages 1-4, 7"``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs[:_MAX_LISTED])
    more = ", ..." if len(runs) > _MAX_LISTED else ""
    return f"page{'s' if len(numbers) > 1 else ''} {shown}{more}"
