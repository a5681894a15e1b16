"""An answer that was given in private, posted where others see it."""

from core import acts, picture_phrases
from core.conversation.reply import Reply
from core.events import Asked, Shared
from core.library import ShownMessage
from core.ports import Library
from core.storage import Answer, TurnState
from core.transcript import Role


async def share(library: Library, question: Asked, shared: Shared, reply: Reply, now: float) -> Answer:
    """Post the stored answer with who asked and what; no model is asked. Raises ``StoreError``.

    That it is posted once only is for the event's key to say, which names the answer.
    """
    rows = await library.messages(shared.address)
    place = next((place for place, row in enumerate(rows) if _is_answer(row, shared.turn)), None)
    if place is None:
        reply.remark(picture_phrases.NOTHING_TO_SHARE)
        return Answer(Role.NOTICE, picture_phrases.NOTHING_TO_SHARE, TurnState.DONE)
    asked = _asked_before(rows, place)
    files = tuple(name for row in asked for name in row.files)
    words = "\n".join(row.text for row in asked)
    # The question belongs to what the model reads of this thread: it stands nowhere else there.
    reply.grow(picture_phrases.shared(question.author.name, words, files))
    reply.grow(rows[place].text)
    act = acts.posted(question.author, question.address, shared.address, now)
    return Answer(Role.ASSISTANT, reply.answer, TurnState.DONE, act=act)


def _is_answer(row: ShownMessage, turn: str) -> bool:
    return row.role is Role.ASSISTANT and row.turn == turn


def _asked_before(rows: tuple[ShownMessage, ...], place: int) -> tuple[ShownMessage, ...]:
    """The questions right above an answer, oldest first."""
    first = place
    while first > 0 and rows[first - 1].role is Role.USER:
        first -= 1
    return rows[first:place]
