"""What can be done next with an answer about pictures."""

from core.delivery import Offer
from core.events import Asked
from core.presets import BELOW_ANSWERS, named
from core.storage import Turn

PICTURE = "image/"
# By the sender's claim; some platforms make none.
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")


def offer_of(turn: Turn) -> Offer | None:
    """Offer more about the pictures of a turn, and to show an answer that was given in private.

    ``None`` where there is nothing to offer.
    """
    questions = turn.questions + turn.joined
    presets = tuple(preset.name for preset in BELOW_ANSWERS) if any(map(_is_of_pictures, questions)) else ()
    asked_in = next((each.asked_in for each in questions if each.asked_in is not None), None)
    return Offer(turn.id, presets, asked_in) if presets or asked_in else None


def _is_of_pictures(question: Asked) -> bool:
    sent = any(
        file.mime.startswith(PICTURE) or file.name.lower().endswith(ENDINGS) for file in question.attachments
    )
    return sent or bool(named(question.preset).prompt)
