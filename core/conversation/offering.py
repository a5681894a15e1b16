"""What can be done next with an answer about pictures."""

from core.delivery import Offer
from core.presets import BELOW_ANSWERS, named
from core.storage import Turn
from core.transcript import FilePart, ImagePart, Part


def offer_of(turn: Turn, parts: tuple[Part, ...]) -> Offer | None:
    """Offer more about the pictures of a turn, and to show an answer that was given in private.

    ``parts`` are what its questions are made of. ``None`` where there is nothing to offer.
    """
    questions = turn.questions + turn.joined
    # A preset that has its answer has found pictures, its own or others.
    is_of_pictures = has_pictures(parts) or any(named(each.preset).prompt for each in questions)
    presets = tuple(preset.name for preset in BELOW_ANSWERS) if is_of_pictures else ()
    asked_in = next((each.asked_in for each in questions if each.asked_in is not None), None)
    return Offer(turn.id, presets, asked_in) if presets or asked_in else None


def has_pictures(parts: tuple[Part, ...]) -> bool:
    """Whether pictures were sent that could be read; a document's pages are none."""
    documents = tuple(f"{part.name} " for part in parts if isinstance(part, FilePart) and part.document)
    return any(isinstance(part, ImagePart) and not part.name.startswith(documents) for part in parts)
