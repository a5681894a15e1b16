"""What is kept, read by another way: the export, the list of conversations, settings, what was overheard."""

from dataclasses import replace

from bots.persons import person_named
from core.address import Address
from core.errors import StartupError
from core.events import Addressing
from core.memory.export import read_person
from core.message import Author, Standing
from tests.attacks.canaries import Sight
from tests.attacks.core_ground import PRIVATE, Scene, question
from tests.attacks.table import Table
from tests.questions import ADA

RECORDS: Table[Scene] = Table("records")

EXPORTED = (
    "test:a1:U2",
    "test:a1:u1",
    "test:a1:U%",
    "test:a1:U_",
    "test:a1:*",
    "test:a1:U1%00",
    "test:a1:%20U1",
    "test:a1:' OR ''='",
    "test:a1:U1%3Ad1",
    "test:a2:U1",
    "other:a1:U1",
    "test:A1:U1",
    "TEST:a1:U1",
    "test:%25:U1",
)
LIBRARIES = ("web", "test", "%", "TEST")


@RECORDS.each("the export of somebody who is not A holds nothing of A's", *EXPORTED)
async def export_of(scene: Scene, person: str) -> None:
    await scene.asks("This is mine.", scene.shared)
    await scene.asks("This as well.", scene.shared, Author("U3", "Cid"))
    lines = await read_person(scene.talk.folder, person_named(person))
    assert lines or person != "test:a1:U2"
    scene.shown += [Sight(f"the export of {person}", line) for line in lines]


@RECORDS.each(
    "names that are nobody's are refused before anything is read", "U1", "test:a1:", "%:%:%:%", "test:U1"
)
async def export_of_nobody(scene: Scene, person: str) -> None:
    try:
        found = await read_person(scene.talk.folder, person_named(person))
    except StartupError as error:
        found = (str(error),)
    scene.shown += [Sight(f"the export of {person}", line) for line in found]


@RECORDS.each("conversations as they are listed and shown again, for another account or address", *LIBRARIES)
async def library_of(scene: Scene, platform: str) -> None:
    store = scene.talk.conversations.store
    for account in ("local", "a2", "%", "A1", "a1:d1", ""):
        listed = await store.conversations(platform, account)
        assert PRIVATE not in [each.address for each in listed]
        scene.shown.append(Sight(f"the conversations of {account}", str(listed)))
    for address in (
        scene.own,
        replace(PRIVATE, platform=platform, account="a2"),
        replace(PRIVATE, thread=""),
    ):
        shown = await store.messages(address)
        scene.shown.append(Sight(f"what is shown of {address.key}", str(shown)))
        scene.shown.append(Sight("what is pinned there", str(await store.pins(address))))
        scene.shown.append(Sight("what is remembered there", str(await store.memory(address, 99))))


@RECORDS.one("what B is told of a place: settings that A chose in private hold there only")
async def settings_of_as(scene: Scene) -> None:
    await scene.commands("settings temperature 1.7", PRIVATE, ADA)
    scene.shown.clear()
    owner = replace(ADA, standing=Standing.OWNER)
    await scene.commands("settings temperature 1.9 channel", PRIVATE, owner)
    scene.shown.clear()
    for address in (
        scene.own,
        scene.shared,
        replace(PRIVATE, account="a2"),
        Address("test", "a1", "d", "t1"),
    ):
        for words in ("settings", "settings temperature", "settings temperature channel"):
            reply = await scene.commands(words, address)
            assert ("1.7" in reply, "1.9" in reply, "Ada" in reply) == (False, False, False)
    await scene.commands("settings reset", PRIVATE, ADA)
    await scene.commands("settings reset channel", PRIVATE, owner)
    scene.shown.clear()


@RECORDS.one("what A had said to others in a thread is not listened to because B asked somewhere else")
async def overheard_elsewhere(scene: Scene) -> None:
    await scene.asks("Listen to everybody.", scene.own)
    word = scene.secrets.word("words to another person")
    for address in (
        replace(scene.shared, thread="t77"),
        replace(scene.own, channel="c1"),
        replace(scene.own, account="a2"),
    ):
        said = replace(question(word, address, ADA), addressing=Addressing.OVERHEARD)
        await scene.talk.ask(said)
    await scene.asks("What did you hear?", scene.own)
    await scene.asks("And here?", replace(scene.shared, thread="t77"))
    assert scene.talk.rows_with(word) == set()
    del scene.secrets.kept["words to another person"]
