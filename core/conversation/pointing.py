"""Which pictures a question is about, where a preset asks for something to be done with them. Pure."""

from dataclasses import replace

from core.filling import pictures_in, without_pictures
from core.presets import named
from core.storage import Turn
from core.transcript import ImagePart, Message, newest_of_people


def pointed(rows: tuple[Message, ...], turn: Turn, pictures: tuple[ImagePart, ...]) -> tuple[Message, ...]:
    """Leave the pictures that the questions are about, and of all others a word.

    "Read the text" means the pictures that came with it, or ``pictures``, those of the answer below which
    it was asked; else the newest. Questions in people's own words may mean any.
    """
    questions = turn.questions + turn.joined
    asked = newest_of_people(rows, len(questions))
    if not asked:
        return rows
    shown = {part.sha256 for at in asked for part in rows[at].parts if isinstance(part, ImagePart)}
    more = tuple(part for part in pictures if part.sha256 not in shown)
    with_more = list(rows)
    with_more[asked[-1]] = replace(rows[asked[-1]], parts=(*rows[asked[-1]].parts, *more))
    presets = [named(question.preset) for question in questions]
    if not all(preset.prompt for preset in presets):
        return tuple(with_more)
    # Files that came with it and turned out to be no pictures do not make it about older ones.
    is_of_these = any(question.about or question.attachments for question in questions)
    needed = 0 if is_of_these else max(preset.least for preset in presets)
    return _with_the_newest(with_more, set(asked), needed)


def meant(rows: tuple[Message, ...], turn: Turn) -> tuple[ImagePart, ...]:
    """Find the pictures among pointed rows that the questions are sure to be about, oldest first."""
    questions = turn.questions + turn.joined
    if not all(named(question.preset).prompt for question in questions):
        rows = tuple(rows[at] for at in newest_of_people(rows, len(questions)))
    return tuple(part for row in rows for part in row.parts if isinstance(part, ImagePart))


def _with_the_newest(rows: list[Message], asked: set[int], needed: int) -> tuple[Message, ...]:
    """Leave pictures to what was asked, and to the newest rows before it until there are enough."""
    kept: list[Message] = []
    found = 0
    for at, row in reversed([*enumerate(rows)]):
        kept.append(row if at in asked or found < needed else without_pictures(row))
        found += pictures_in((kept[-1],))
    return tuple(reversed(kept))
