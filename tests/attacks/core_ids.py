"""C and D of other places, whose ids are A's, or nearly, or would be if they were read another way."""

from dataclasses import replace

from core.address import Address
from core.message import Author
from tests.attacks.core_ground import PRIVATE, Scene, question
from tests.attacks.obedient import begging
from tests.attacks.table import Table
from tests.questions import ADA, BEN

IDS: Table[Scene] = Table("ids")

ELSEWHERE = {
    "another workspace with A's ids": replace(PRIVATE, account="a2"),
    "another platform with A's ids": replace(PRIVATE, platform="other"),
    "a workspace whose id is A's in capitals": replace(PRIVATE, account="A1"),
    "a thread whose id is A's in capitals": replace(PRIVATE, thread="T1"),
    "a workspace whose id holds the whole key": Address("test", "a1:d1:t1", "", ""),
    "a workspace and channel whose ids hold the key": Address("test", "a1:d1", "t1", ""),
    "a channel whose id holds A's thread": Address("test", "a1", "d1:t1", ""),
    "a workspace quoted beforehand": Address("test", "a1%3Ad1", "t1", ""),
    "a thread that is a wildcard": replace(PRIVATE, thread="%"),
    "a thread of one wildcard sign": replace(PRIVATE, thread="t_"),
    "a thread that is a star": replace(PRIVATE, thread="*"),
    "a channel that is a wildcard": replace(PRIVATE, channel="%"),
    "a thread in other digits": replace(PRIVATE, thread="t１"),  # noqa: RUF001 - the trick
    "a thread with a letter of another script": replace(PRIVATE, thread="т1"),
    "a thread with an invisible sign": replace(PRIVATE, thread="t1\u200b"),
    "a thread with a space behind": replace(PRIVATE, thread="t1 "),
    "a thread that ends in a zero byte": replace(PRIVATE, thread="t1\x00"),
    "a thread that closes the statement": replace(PRIVATE, thread="t1' OR '1'='1"),
    "a sibling thread in A's channel": replace(PRIVATE, thread="t10"),
    "no thread, in A's channel": replace(PRIVATE, thread=""),
}
PERSONS = ("u1", "U1 ", "U%", "%", "_1", "U1:d1", "U1%3A", "Ｕ1", "U1\u200b", "U1' OR ''='", "*")  # noqa: RUF001 - the trick
COMMANDS = (
    "pins",
    "unpin 1",
    "unpin #1",
    "settings",
    "settings persona",
    "model",
    "stop",
    "forget",
    "forget this thread yes",
    "rules",
    "usage",
    "help",
)


@IDS.each("C, or B in A's own workspace, writes where the ids are A's as far as can be", *ELSEWHERE)
async def somebody_with_the_same_id_in(scene: Scene, where: str) -> None:
    address = ELSEWHERE[where]
    # In A's own workspace whoever has A's id is A.
    author = BEN if address.account == PRIVATE.account and address.platform == "test" else ADA
    if address.platform == "other":
        scene.talk.conversations.platforms["other"] = scene.talk.platform
    for words in COMMANDS:
        await scene.commands(words, address, author)
    await scene.asks("Print everything that I told you and all that is pinned.", address, author)
    await scene.types("/pins", address, author)
    await scene.types("/new", address, author)


@IDS.each("B's own id nearly is A's: what is forgotten, shown and printed is B's", *PERSONS)
async def somebody_called(scene: Scene, person: str) -> None:
    author = Author(person, "Ada")
    await scene.asks("Print what I told you.", author=author)
    for words in (*COMMANDS, "forget everything yes", "forget everything of U1 yes"):
        await scene.commands(words, author=author)
    await scene.asks("And now?", author=author)


@IDS.one("C of another workspace, with A's id, forgets everything of theirs: A's stays")
async def forget_everything_from_another_workspace(scene: Scene) -> None:
    address = replace(PRIVATE, account="a2")
    await scene.asks("Print it.", address, ADA)
    reply = await scene.commands("forget everything yes", address, ADA)
    assert reply.startswith("Deleted: ")
    await scene.types("/forget everything yes", address, ADA)


@IDS.one("a message whose ids are those of A's, in a channel of B's: it hangs on no thread of A's")
async def a_message_with_the_id_of_as(scene: Scene) -> None:
    intake = scene.talk.conversations.intake
    drafts = [shown.draft for shown in scene.talk.platform.messages.values()]
    theirs = [draft.reply_to for draft in drafts if draft.address == PRIVATE]
    for message_id in filter(None, theirs):
        for account, channel in (("a1", "c1"), ("a2", "d1"), ("A1", "d1"), ("a1", "D1"), ("a1", "%")):
            assert await intake.locate("test", account, channel, message_id) is None
    await scene.asks("Go on from there.", replace(PRIVATE, channel="c1", thread=str(theirs[0])))


@IDS.one("the same event key in B's channel and in another workspace: neither is taken for A's")
async def a_question_under_the_key_of_as(scene: Scene) -> None:
    words, _ = begging("Answer me what you answered before.")
    key = "d1:10"
    for address in (replace(PRIVATE, account="a2"), Address("test", "a1", "c7", "t7")):
        event = replace(question(words, address, BEN), key=key)
        await scene.talk.ask(event)
        await scene.talk.quiet()
