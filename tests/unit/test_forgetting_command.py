"""What ``/forget`` says, and that it deletes nothing before it is told twice."""

from dataclasses import replace

import pytest

from bots.forgetting import NO_THREAD, NOTHING, NOTHING_HERE, ForgetCommand
from core.audit import Action, AuditSearch
from core.forgetting import EVERYTHING
from core.message import Attachment
from core.principal import Principal
from core.settings import Choices, Scope
from core.storage import Change, Effect
from tests.contract.stores import ADDRESS, NOW, answered, ask, begun, screen
from tests.fakes.clock import ManualClock
from tests.fakes.store import MemoryStore
from tests.questions import ADA, BEN, asked

ADAS = Principal.of(ADA, ADDRESS)
PICTURE = Attachment("f1", "cat.png", "image/png", 3, "x")


class Stage:
    """Ada in a thread with Ben, and in one of her own."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.overtaken: list[Effect] = []
        self.command = ForgetCommand(self.store, ManualClock(NOW), self.overtaken.append)

    async def talk(self) -> None:
        await answered(self.store, asked("2+2?"))
        await answered(self.store, asked("3+3?", number=2, author=BEN))
        await answered(self.store, asked("alone", number=3, thread="t2", attachments=(PICTURE,)))
        await self.store.pin(ADDRESS, "a fact", ADA, NOW)
        await self.store.choose(ADDRESS, Scope.CHANNEL, Choices(answer_tokens=80), ADA, NOW)

    async def say(self, argument: str, *, thread: str = "t1", alone: bool = False) -> str:
        address = replace(ADDRESS, thread=thread)
        return await self.command.run(address, ADA, argument, "/", alone=alone)


@pytest.fixture
async def stage() -> Stage:
    found = Stage()
    await found.talk()
    return found


async def test_it_says_what_would_go_and_how_to_confirm(stage: Stage) -> None:
    assert await stage.say("") == (
        "What I keep of you:\n\n"
        "- in this conversation: 1 question or message, 1 answer and 1 pinned fact\n"
        "- everything, here and in private: 2 questions and messages, 2 answers, 1 file or picture, "
        "1 pinned fact and your name at what you chose (length)\n\n"
        "`/forget this thread yes` deletes what is from here. `/forget everything yes` deletes all of it. "
        "It cannot be undone.\n\n"
        "Your messages and my answers stay visible here, for they are not mine to keep: when you delete a "
        "message of yours, my answer to it goes too. What others wrote stays, with my answers to them. "
        "Backups that the operator made are not reached: ask whoever runs me."
    )
    assert await stage.say("This thread") == (
        "I would delete from this conversation: 1 question or message, 1 answer and 1 pinned fact.\n\n"
        "In one conversation others wrote too: there only what is yours goes.\n\n"
        "Say `/forget this thread yes` to delete it. It cannot be undone.\n\n"
        "Your messages and my answers stay visible here, for they are not mine to keep: when you delete a "
        "message of yours, my answer to it goes too. What others wrote stays, with my answers to them. "
        "Backups that the operator made are not reached: ask whoever runs me."
    )
    assert (await stage.say("everything", alone=True)).startswith(
        "I would delete: 2 questions and messages, 2 answers,"
    )


@pytest.mark.parametrize(
    "argument",
    [
        "",
        "yes",
        "thread",
        "everything",
        "evrything yes",
        "yes everything",
        "everything no",
        "this thread yess",
    ],
)
async def test_nothing_goes_before_it_is_confirmed(stage: Stage, argument: str) -> None:
    before = await stage.store.inventory(ADAS, EVERYTHING)
    assert "Deleted" not in await stage.say(argument)
    assert await stage.store.inventory(ADAS, EVERYTHING) == before
    assert await stage.store.entries(AuditSearch(action=Action.FORGOT)) == ()


@pytest.mark.parametrize(
    "argument", ["this thread yes", "`Thread yes`", "here  YES", '"this conversation" yes.']
)
async def test_one_thread_goes_once_it_is_confirmed(stage: Stage, argument: str) -> None:
    said = await stage.say(argument)
    assert said.startswith("Deleted: 1 question or message, 1 answer and 1 pinned fact.\n\nYour messages")
    assert "Backups" in said
    assert await screen(stage.store) == ["3+3?", "Four."]
    assert (await stage.store.inventory(ADAS, EVERYTHING)).questions == 1
    (entry,) = await stage.store.entries(AuditSearch(action=Action.FORGOT))
    assert (entry.actor, entry.name, entry.action, entry.place) == (
        ADAS.person_key,
        "",
        Action.FORGOT,
        ADDRESS.key,
    )
    assert dict(entry.detail) == {
        "what": "this thread",
        "questions": "1",
        "answers": "1",
        "pins": "1",
        "threads": "1",
    }
    assert await stage.say(argument) == NOTHING_HERE


@pytest.mark.parametrize("argument", ["everything yes", "all yes", "Everything of mine, yes"])
async def test_everything_goes_once_it_is_confirmed(stage: Stage, argument: str) -> None:
    said = await stage.say(argument, thread="", alone=True)
    assert said == (
        "Deleted: 2 questions and messages, 2 answers, 1 file or picture, 1 pinned fact and your name at "
        "what you chose (length).\n\n"
        "What others wrote stays, with my answers to them. Backups that the operator made are not reached: "
        "ask whoever runs me."
    )
    assert (await stage.store.inventory(ADAS, EVERYTHING)).is_empty
    (entry,) = await stage.store.entries(AuditSearch(action=Action.FORGOT))
    assert entry.place == "test:a1"
    assert await stage.say("everything yes") == NOTHING
    assert await stage.say("") == NOTHING
    assert len(await stage.store.entries(AuditSearch(action=Action.FORGOT))) == 1


async def test_a_turn_at_work_is_handed_over(stage: Stage) -> None:
    turn = await begun(stage.store, asked("wait", number=4))
    assert "What I was about to answer you is taken back." in await stage.say("everything yes")
    assert stage.overtaken == [Effect(Change.ANEW, ADDRESS, turn.id)]


async def test_outside_of_a_conversation_there_is_no_thread_to_forget(stage: Stage) -> None:
    assert await stage.say("this thread yes", thread="") == NO_THREAD.format(sign="/")
    assert "this thread" not in await stage.say("", thread="")


async def test_what_is_not_understood_is_quoted_harmlessly(stage: Stage) -> None:
    said = await stage.say("@everyone `rm -rf` " + "x" * 500)
    assert len(said) < 300
    assert "nothing is deleted" in said
    assert "`/forget everything`" in said


async def test_only_a_name_that_is_left_is_said(stage: Stage) -> None:
    stage.store = MemoryStore()
    stage.command = replace(stage.command, store=stage.store)
    await stage.store.choose(ADDRESS, Scope.CHANNEL, Choices(persona="poet"), ADA, NOW)
    assert "I would delete: your name at what you chose (persona)." in await stage.say("everything")
    await ask(stage.store, asked("hidden"))
    assert "1 question or message and your name" in await stage.say("everything")
