"""What the model and the person are told when a file was not read, or not whole.

Every function takes the name as :func:`shown_name` gives it and returns one sentence.
"""

import re
from collections.abc import Sequence

from core.files.sniff import Family, Kind

_MAX_NAME = 80
_TAIL = 20
_MAX_LISTED = 10
# Control characters, and the invisible ones with which a name can pretend to be another.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+"
)

_UNREADABLE = {
    Family.OTHER_PICTURE: "{name}: I can't open this kind of picture ({label}).",
    Family.DOCUMENT: "{name}: I can't read {label} files yet.",
    Family.ARCHIVE: "{name}: I can't look inside archives ({label}).",
    Family.SOUND: "{name}: I can't listen to sound ({label}).",
    Family.VIDEO: "{name}: I can't watch video ({label}).",
    Family.PROGRAM: "{name}: this is a program or its data ({label}), not something I can read.",
}


def shown_name(name: str) -> str:
    """A sender's file name as one safe line of at most 80 characters, its ending kept."""
    line = " ".join(_UNSHOWN.sub(" ", name).encode("utf-8", "replace").decode("utf-8").split())
    if len(line) > _MAX_NAME:
        line = f"{line[: _MAX_NAME - _TAIL - 1]}…{line[-_TAIL:]}"
    return line or "file"


def shown_size(size: int) -> str:
    """A number of bytes as people write it: ``"0 bytes"``, ``"12 KB"``, ``"31 MB"``."""
    if size < 1000:  # noqa: PLR2004 - the unit itself
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < 999_500:  # noqa: PLR2004 - the unit itself
        return f"{size / 1000:.0f} KB"
    return f"{size / 1_000_000:.1f}".removesuffix(".0") + " MB"


def empty(name: str) -> str:
    """It has no bytes."""
    return f"{name} is empty (0 bytes)."


def blank(name: str) -> str:
    """It is text, and nothing can be seen in it."""
    return f"{name} holds nothing but white space."


def too_large(name: str, size: int, limit: int) -> str:
    """It has more bytes than are taken."""
    return f"{name}: {shown_size(size)} is over my limit of {shown_size(limit)}."


def too_many_pixels(name: str, limit: int) -> str:
    """It is a picture that would fill the memory."""
    return (
        f"{name} has more pixels than my limit of {limit // 1_000_000} million; "
        "please send a smaller version."
    )


def first_frame(name: str, count: int) -> str:
    """It moves."""
    return f"{name} moves: only the first of its {count:,} frames is here."


def first_page(name: str, count: int, most: int) -> str:
    """It is a picture of several pages, of which at most so many were counted."""
    pages = f"more than {most:,}" if count >= most else f"{count:,}"
    return f"{name} holds {pages} pictures: only the first is here."


def damaged(name: str) -> str:
    """It begins like a picture and is none."""
    return f"{name} is damaged or incomplete: I can't open it."


def unreadable(name: str, kind: Kind) -> str:
    """It is known what it is, and there is no reader for it."""
    return _UNREADABLE[kind.family].format(name=name, label=kind.label)


def binary(name: str) -> str:
    """It is neither text nor anything known."""
    return f"{name}: this is neither text nor a kind of file that I know."


def unknown_encoding(name: str) -> str:
    """It looks like text whose letters cannot be told."""
    return f"{name}: I can't tell how this text is encoded; please save it as UTF-8."


def cut(name: str, kept: int, total: int) -> str:
    """Only its beginning is here; counts are characters."""
    return (
        f"{name}: only the first {kept:,} of {total:,} characters are here; {total - kept:,} were left out."
    )


def cut_at(name: str, label: str, *, is_whole: bool, last: str) -> str:
    """A document's pages are here up to the one of that ``label``, which is there in part or whole."""
    where = f"up to the end of {label}" if is_whole else f"up to a place within {label}"
    return f"{name}: only its beginning is here, {where}; the rest, up to {last}, was left out."


def took_too_long(name: str) -> str:
    """Reading it used up the time that a file gets."""
    return f"{name}: I gave up, it takes too long to read."


def too_large_to_open(name: str) -> str:
    """Reading it used up the memory that a file gets."""
    return f"{name}: I gave up, it is too large inside to be opened."


def not_now(name: str) -> str:
    """There is no process to read it in."""
    return f"{name}: I can't open files right now; please try again in a moment."


def too_slow(name: str, seconds: float) -> str:
    """It was not there in time."""
    return f"{name}: I gave up after {seconds:.0f} seconds, it took too long to read."


def out_of_time(name: str) -> str:
    """The message's other files had used up the time."""
    return f"{name}: I ran out of time before I could read it."


def not_fetched(name: str) -> str:
    """Something unexpected stood in the way of the bytes."""
    return f"{name}: I could not download this file."


def left_out(names: Sequence[str], limit: int) -> str:
    """A message had more files than are taken."""
    listed = ", ".join(names[:_MAX_LISTED])
    more = len(names) - _MAX_LISTED
    rest = f" and {more} more" if more > 0 else ""
    return f"I read only the first {limit} files of a message; left out: {listed}{rest}."
