"""Pages of documents where the model reads them: with the question that is about them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.documents import is_of
from core.excerpts import Excerpt
from core.transcript import FilePart, Message, Part, newest_of_people

BELOW = "What matters of it stands with the newest question."


@dataclass(frozen=True, slots=True)
class Leafed:
    """Rows with pages of documents among them, and what people are told of these."""

    rows: tuple[Message, ...]
    said: tuple[str, ...] = ()


def has_files(rows: Sequence[Message]) -> bool:
    """Whether people sent files that were read."""
    return any(isinstance(part, FilePart) for row in rows for part in row.parts)


def leafed(rows: tuple[Message, ...], excerpts: Sequence[Excerpt], asking: int) -> Leafed:
    """Put excerpts to the questions, the last ``asking`` rows of people, and take out what they stand for.

    Of a document that came with the question its pages stand in its place; those of another behind all else.
    Documents are told by their numbers: several may have come under one name.
    """
    if not excerpts:
        return Leafed(rows)
    asked = newest_of_people(rows, asking)
    if not asked:
        return Leafed(rows)
    made = {one.document.id: one for one in excerpts}
    placed: set[int] = set()

    def changed(part: Part, *, is_asked: bool) -> Part:
        if not isinstance(part, FilePart) or part.document not in made or not part.text:
            return part
        number, name = part.document, made[part.document].document.name
        if is_asked and number not in placed:
            placed.add(number)
            also = "" if is_of(part.name, name) else f"It was sent as {part.name}, too."
            note = " ".join(filter(None, (part.note, also)))
            return replace(part, name=name, text=made[number].text, note=note)
        if is_of(part.name, name):
            return replace(part, name=name, text="", note=BELOW)
        return replace(part, text="", note=f"The same file as {name}. {BELOW}")

    found = [
        replace(row, parts=tuple(changed(part, is_asked=at in asked) for part in row.parts))
        for at, row in enumerate(rows)
    ]
    more = tuple(
        FilePart(one.document.name, one.text, document=number)
        for number, one in made.items()
        if number not in placed
    )
    last = asked[-1]
    found[last] = replace(found[last], parts=(*found[last].parts, *more))
    return Leafed(tuple(found), tuple(one.said for one in excerpts if not one.is_whole))
