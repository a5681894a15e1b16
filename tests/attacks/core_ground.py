"""A core in which A has spoken in private, and what B, C and D can see of it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from core.address import Address
from core.events import Addressing, Asked
from core.message import Attachment, Author
from tests.attacks.canaries import OWNER, Secrets, Sight, others, sent
from tests.attacks.obedient import Obedient, begging
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import called
from tests.fakes.platform import FakePlatform
from tests.product_stage import png
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

PRIVATE = Address("test", "a1", "d1", "t1")
SHARED = Address("test", "a1", "c1", "t9")
BENS = Address("test", "a1", "d2", "t2")
PICTURE = png("teal", (90, 60))
# A picture that is shown needs no name.
UNSENT = "the name of a picture"
# What a tool said was for its answer; only the journal of calls keeps it.
UNSENT_TOOL = "what a tool was asked and said"
_NUMBERS = count(10)


def question(text: str, address: Address, author: Author, files: tuple[Attachment, ...] = ()) -> Asked:
    """Something that somebody writes somewhere, the next in time."""
    number = next(_NUMBERS)
    plain = asked(text, number=number, author=author, attachments=files, addressing=Addressing.DIRECT)
    return replace(plain, key=f"{address.channel}:{number}", address=address)


@dataclass
class Scene:
    """A core at work, with A's secrets in it. ``shown`` is what else B was shown.

    Calls of the model are judged from ``judged_from`` on: before it, A had said in public what went later.
    """

    talk: Talk
    secrets: Secrets
    obedient: Obedient
    shown: list[Sight] = field(default_factory=list)
    judged_from: int = 0
    own: Address = BENS
    shared: Address = SHARED

    def begin_anew(self) -> None:
        """Let B begin in threads where nobody has written, and forget what was seen by now."""
        number = next(_NUMBERS)
        self.own, self.shared = replace(BENS, thread=f"b{number}"), replace(SHARED, thread=f"s{number}")
        self.shown, self.judged_from = [], len(self.talk.model.journal)

    async def asks(
        self,
        text: str,
        address: Address | None = None,
        author: Author = BEN,
        files: tuple[Attachment, ...] = (),
    ) -> str:
        """Ask as B does, and wait until all is quiet; the mark of the question."""
        words, mark = begging(text)
        await self.talk.ask(question(words, address or self.own, author, files))
        await self.talk.quiet()
        return mark

    async def types(self, text: str, address: Address | None = None, author: Author = BEN) -> None:
        """Type a command into a thread."""
        await self.talk.ask(question(text, address or self.own, author))
        await self.talk.quiet()

    async def commands(self, words: str, address: Address | None = None, author: Author = BEN) -> str:
        """Give a command by the platform's menu; its reply."""
        name, _, argument = words.partition(" ")
        where = address or self.own
        reply = await self.talk.conversations.intake.command(name, where, author, argument)
        self.shown.append(Sight(f"the reply to /{words}", reply))
        return reply

    async def owner_asks(self, text: str, files: tuple[Attachment, ...] = ()) -> None:
        """Ask as A does, in private."""
        await self.talk.ask(question(f"{text} {OWNER}", PRIVATE, ADA, files))
        await self.talk.quiet()

    def sights(self) -> Iterator[Sight]:
        """All that went to B, or to the model and to tools for B."""
        yield from sent(others(self.talk.model.journal[self.judged_from :]))
        for shown in self.talk.platform.messages.values():
            if shown.draft.address != PRIVATE:
                yield from (Sight(f"a message in {shown.draft.address.key}", text) for text in shown.texts)
        yield from self.shown

    def owned(self) -> Iterator[Sight]:
        """The newest call for A in private."""
        found = [call for call in self.talk.model.journal if call not in others((call,))]
        yield from sent(found[-1:])


@dataclass
class Ground:
    """What an attempt on the core begins with; ``scenes`` are those that it has opened."""

    begin: Begin
    model: ModelEmulator
    platform: FakePlatform = field(default_factory=FakePlatform)
    scenes: list[Scene] = field(default_factory=list)

    @asynccontextmanager
    async def opened(self, **settings: object) -> AsyncIterator[Scene]:
        """A core whose model obeys anybody; what is kept of an earlier one is there."""
        obedient = Obedient()
        self.model.answer_with(obedient)
        async with self.begin(self.model, self.platform, **settings) as talk:
            scene = Scene(talk, Secrets("core"), obedient)
            self.scenes.append(scene)
            yield scene

    @asynccontextmanager
    async def planted(self, **settings: object) -> AsyncIterator[Scene]:
        """The same with A's secrets in it. At the end A still has all of them."""
        async with self.opened(**settings) as scene:
            await plant(scene)
            yield scene
            await check(scene)


async def plant(scene: Scene) -> None:
    """Let A write, pin, send a file and a picture, use a tool, and be answered."""
    word, files = scene.secrets.word, scene.talk.platform.files
    files["paper"] = f"The paper says {word('the text of a file')}.".encode()
    files["picture"] = PICTURE
    paper = Attachment("f1", f"{word('the name of a file')}.txt", "text/plain", None, "paper")
    picture = Attachment("f2", f"{word(UNSENT)}.png", "image/png", None, "picture")
    await scene.owner_asks(f"Keep {word('a direct message')} for me.\nSAY {word('an answer')}", (paper,))
    await scene.owner_asks("And look at this.", (picture,))
    pinned = await scene.talk.conversations.intake.command("pin", PRIVATE, ADA, word("a pinned fact"))
    assert pinned.startswith("I keep this in mind")
    scene.obedient.replies["Look this up."] = called(("look_up", {"word": word(UNSENT_TOOL)}))
    await scene.owner_asks("Look this up.")
    assert word(UNSENT_TOOL) in scene.talk.model.journal[-1].ask.tool_results[0].text
    await check(scene)


async def check(scene: Scene) -> None:
    """A asks again, and the model is sent all of it, but for what only the store knows."""
    await scene.owner_asks("What do you know?")
    missing = scene.secrets.missing(scene.owned())
    assert missing == [UNSENT, UNSENT_TOOL], missing
    assert scene.talk.rows_with(scene.secrets.word(UNSENT)) == {"inbox", "message"}
    assert "tool_call" in scene.talk.rows_with(scene.secrets.word(UNSENT_TOOL))
