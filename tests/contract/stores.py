"""What the tests of the stores do again and again."""

from dataclasses import replace

from core.address import Address
from core.events import Asked, Revised, Withdrawn
from core.message import Attachment, Upload
from core.storage import Answer, Effect, Store, Turn, TurnState
from core.transcript import Image, ImagePart, Role, TextPart
from tests.questions import asked

NOW = 1_700_000_100.0
ADDRESS = asked("").address
PICTURE = Attachment("f1", "cat.png", "image/png", 3, "x")
CAT = (TextPart("look"), ImagePart("h1", "image/png", 1, 1, "cat.png"))
IMAGE = (("h1", Image("image/png", b"png")),)


def answer(text: str = "Four.", ending: TurnState = TurnState.DONE, role: Role = Role.ASSISTANT) -> Answer:
    return Answer(role, text, ending, model="m")


async def ask(store: Store, event: Asked, now: float = NOW) -> Asked:
    """A question arrives."""
    assert await store.accept(event, (), now)
    return event


async def begin(store: Store, address: Address = ADDRESS, now: float = NOW) -> Turn:
    """A process takes the lane in which something waits."""
    turn = await store.begin(address, now)
    assert turn is not None
    return turn


async def begun(store: Store, *events: Asked, now: float = NOW) -> Turn:
    """The turn that answers some questions."""
    for event in events or (asked("2+2?"),):
        await ask(store, event, now)
    return await begin(store, (events or (asked(""),))[0].address, now)


async def begun_with_picture(store: Store) -> Turn:
    """The turn that answers a question with a picture, which it has read."""
    event = asked("look", attachments=(PICTURE,))
    await store.accept(event, (Upload("f1", b"abc"),), NOW)
    turn = await begin(store)
    await store.keep_parts(turn, event, CAT, IMAGE)
    return turn


async def show(store: Store, turn: Turn, *texts: str) -> None:
    """An answer's messages are posted, and show this."""
    for seq, text in enumerate(texts):
        await store.intend(turn, seq)
        await store.posted(turn, seq, f"{turn.anchor}-m{seq}", text)


async def commit(store: Store, turn: Turn, *texts: str, now: float = NOW) -> None:
    """An answer is there in messages, and committed."""
    await show(store, turn, *texts)
    await store.commit_answer(turn, answer("\n".join(texts)), texts, now)


async def answered(store: Store, *events: Asked, texts: tuple[str, ...] = ("Four.",)) -> Turn:
    """Questions that have their whole answer."""
    turn = await begun(store, *events)
    await commit(store, turn, *texts)
    await store.end(turn, NOW)
    return turn


async def edit(store: Store, event: Asked, text: str, *, revision: float = NOW, redo: bool = True) -> Effect:
    """A question gets other words."""
    return await store.revise(Revised(replace(event, text=text), revision), redo=redo)


async def delete(store: Store, event: Asked, now: float = NOW) -> Effect:
    """A question is deleted."""
    address = event.address
    place = (address.platform, address.account, address.channel)
    return await store.withdraw(Withdrawn(*place, event.message_id, event.key, event.sent_at), now)


async def talk(store: Store, address: Address = ADDRESS) -> list[tuple[Role, str]]:
    """What the model reads."""
    return [(row.role, row.text) for row in await store.transcript(address, 50)]


async def screen(store: Store, address: Address = ADDRESS) -> list[str]:
    """What people read."""
    return [message.text for message in await store.messages(address)]
