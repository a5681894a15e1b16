"""The events of a tab: the difference to what it has, however slowly it takes them."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import Message

from adapters.web.hub import Hub, Phase
from adapters.web.place import address_of
from adapters.web.stream import EventStream
from core.delivery import Draft

CONVERSATION = "0190a000-0000-7000-8000-000000000000"
DEADLINE = 10.0


def draft(turn: str, text: str, *, first: bool = True) -> Draft:
    key = f"{turn}{'' if first else 'b'}".ljust(25, "a")
    return Draft(address_of(CONVERSATION), key, turn, text, None, first)


@dataclass(slots=True)
class Tab:
    """The other end of a stream. While ``open`` is clear it takes nothing."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    chunks: list[str] = field(default_factory=list)

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.open.wait()
        if message["type"] == "http.response.body":
            self.chunks.append(message["body"].decode())

    def events(self, name: str) -> list[dict[str, object]]:
        found = []
        for event in "".join(self.chunks).split("\n\n"):
            lines = event.split("\n")
            if lines[0] == f"event: {name}":
                found.append(json.loads(lines[1].removeprefix("data: ")))
        return found

    def text(self, turn: str) -> list[object]:
        """What the tab shows, by doing as the events say."""
        shown: list[object] = []
        for event in self.events("live"):
            start, blocks = event["start"], event["blocks"]
            assert isinstance(start, int)
            assert isinstance(blocks, list)
            if event["turn"] == turn:
                assert start <= len(shown)
                shown[start:] = blocks
        return shown


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def stream(hub: Hub, tab: Tab, keep_alive: float = 15.0) -> "asyncio.Task[None]":
    async def run() -> None:
        await EventStream(hub, CONVERSATION, keep_alive)({"type": "http"}, tab.receive, tab.send)

    return asyncio.create_task(run())


async def test_only_what_changed_is_sent() -> None:
    hub, tab = Hub(), Tab()
    tab.open.set()
    running = stream(hub, tab)
    hub.working(CONVERSATION)
    hub.begin(CONVERSATION, draft("t1", "First.\n\nSec"))
    await until(lambda: len(tab.text("t1")) == 2)
    hub.write(CONVERSATION, "t1", "First.\n\nSecond.")
    await until(lambda: tab.text("t1")[-1] == "<p>Second.</p>")
    assert [event["start"] for event in tab.events("live")] == [0, 1]
    hub.idle(CONVERSATION)
    await until(lambda: tab.events("state")[-1] == {"answering": False})
    hub.close()
    await asyncio.wait_for(running, DEADLINE)


async def test_a_tab_that_takes_nothing_holds_nothing_and_wakes_to_the_latest() -> None:
    hub, tab = Hub(), Tab()
    running = stream(hub, tab)
    hub.begin(CONVERSATION, draft("t1", "0"))
    for number in range(3_000):
        hub.write(CONVERSATION, "t1", f"Paragraph.\n\nNow {number}")
        if number % 100 == 0:
            await asyncio.sleep(0)
    tab.open.set()
    await until(lambda: tab.text("t1") == ["<p>Paragraph.</p>", "<p>Now 2999</p>"])
    assert len(tab.chunks) <= 4
    tab.left.set()
    await asyncio.wait_for(running, DEADLINE)
    assert not hub.room(CONVERSATION).watchers


async def test_silence_is_broken_by_comments_so_that_a_dead_line_is_noticed() -> None:
    hub, tab = Hub(), Tab()
    tab.open.set()
    running = stream(hub, tab, keep_alive=0.02)
    await until(lambda: tab.chunks.count(": still here\n\n") >= 3)
    tab.left.set()
    await asyncio.wait_for(running, DEADLINE)


async def test_a_tab_that_comes_back_is_told_everything_from_the_beginning() -> None:
    hub = Hub()
    hub.working(CONVERSATION)
    hub.begin(CONVERSATION, draft("t1", "One.\n\nTwo."))
    for _ in range(2):
        tab = Tab()
        tab.open.set()
        running = stream(hub, tab)
        await until(lambda tab=tab: len(tab.text("t1")) == 2)  # type: ignore[misc] # a default binds the loop's
        assert tab.events("state") == [{"answering": True}]
        assert tab.events("changed") == [{}]
        tab.left.set()
        await asyncio.wait_for(running, DEADLINE)


async def test_more_tabs_than_a_person_has_are_refused() -> None:
    hub = Hub()
    tabs = [Tab() for _ in range(65)]
    running = [stream(hub, tab) for tab in tabs]
    for tab in tabs:
        tab.open.set()
    await until(running[-1].done)
    assert "Close one" in tabs[-1].chunks[0]
    hub.close()
    await asyncio.wait_for(asyncio.gather(*running), DEADLINE)


async def test_one_key_is_one_message_and_later_messages_follow_the_first() -> None:
    hub = Hub()
    first = hub.begin(CONVERSATION, draft("t1", "One."))
    assert first == hub.begin(CONVERSATION, draft("t1", "Again?")) == "t1" == hub.posted("t1".ljust(25, "a"))
    second = hub.begin(CONVERSATION, draft("t1", "Two.", first=False))
    hub.write(CONVERSATION, second, "Two!")
    assert hub.room(CONVERSATION).answers["t1"].text == "Again?\n\nTwo!"
    assert hub.posted("unknown") is None
    hub.remove(CONVERSATION, second)
    assert hub.room(CONVERSATION).answers["t1"].text == "Again?"
    hub.remove(CONVERSATION, first)
    assert hub.room(CONVERSATION).answers == {}


async def test_a_stored_answer_replaces_the_growing_one_only_when_nothing_more_comes() -> None:
    hub = Hub()
    with hub.watch(CONVERSATION):
        hub.working(CONVERSATION)
        hub.write(CONVERSATION, "t1", "After a restart it begins anew.")
        hub.settle(CONVERSATION, frozenset({"t1"}))
        assert "t1" in hub.room(CONVERSATION).answers
        hub.idle(CONVERSATION)
        hub.settle(CONVERSATION, frozenset({"t1"}))
        assert hub.room(CONVERSATION).empty


async def test_at_rest_only_the_store_says_what_was_answered() -> None:
    hub = Hub()
    with hub.watch(CONVERSATION):
        hub.working(CONVERSATION)
        hub.write(CONVERSATION, "t1", "It may be forgotten before anybody reads it again.")
        hub.rest(CONVERSATION)
        assert "t1" in hub.room(CONVERSATION).answers
        hub.idle(CONVERSATION)
        hub.rest(CONVERSATION)
        assert hub.room(CONVERSATION).empty
    hub.rest("unknown")
    assert hub.peek("unknown") is None


async def test_old_rooms_are_forgotten_but_not_those_at_work() -> None:
    hub = Hub()
    hub.working("busy")
    hub.write("busy", "t1", "still growing")
    for number in range(1_000):
        hub.write(str(number), "t", "text")
        hub.idle(str(number))
    busy = hub.peek("busy")
    assert busy is not None
    assert busy.phase is Phase.WORKING
    assert sum(hub.peek(str(number)) is not None for number in range(1_000)) <= 256


async def test_a_refused_question_leaves_a_working_conversation_working() -> None:
    hub = Hub()
    hub.asked(CONVERSATION)
    hub.refused(CONVERSATION)
    assert hub.room(CONVERSATION).phase is Phase.IDLE
    hub.working(CONVERSATION)
    hub.asked(CONVERSATION)
    hub.refused(CONVERSATION)
    assert hub.room(CONVERSATION).phase is Phase.WORKING
