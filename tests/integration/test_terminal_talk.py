"""A talk in the terminal: over pipes, from a file, and on a pseudo-terminal."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.terminal.adapter import KEYS, TerminalAdapter
from adapters.terminal.console import Console
from core.address import Address
from core.delivery import Draft, Lookup, MessageRef, Sent
from core.errors import FileError, StoreError
from core.message import Attachment
from tests.browser.small_core import DEADLINE, Script, SmallCore

NOTE = "Tiny: a small demonstration model."


@dataclass(slots=True)
class Talk:
    """A running terminal. ``keys`` is where a person types; ``screen`` is what they see."""

    adapter: TerminalAdapter
    keys: int
    screen: int
    seen: str = ""

    def type(self, text: str) -> None:
        os.write(self.keys, text.encode())

    async def until(self, part: str, times: int = 1) -> None:
        end = time.monotonic() + DEADLINE
        while self.seen.count(part) < times:
            assert time.monotonic() < end, self.seen
            await asyncio.sleep(0.005)
            with contextlib.suppress(BlockingIOError, OSError):
                self.seen += os.read(self.screen, 65_536).decode().replace("\r\n", "\n")


@pytest.fixture
def core() -> SmallCore:
    return SmallCore()


@contextlib.contextmanager
def piped() -> Iterator[tuple[int, int, Console]]:
    source, keys = os.pipe()
    screen, sink = os.pipe()
    os.set_blocking(screen, False)
    yield keys, screen, Console(source, sink)
    for each in (source, screen, sink):
        os.close(each)
    with contextlib.suppress(OSError):
        os.close(keys)


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, int, Console]]:
    person, side = os.openpty()
    os.set_blocking(person, False)
    yield person, person, Console(side, side)
    os.close(side)
    os.close(person)


@contextlib.asynccontextmanager
async def talking(core: SmallCore, console: Console, keys: int, screen: int) -> AsyncIterator[Talk]:
    """The talk goes on until the body ends it; then it must have left within the deadline."""
    adapter = TerminalAdapter(core, core, console)
    adapter.say(NOTE)
    async with core.answering(adapter), asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        group.create_task(adapter.run())
        yield Talk(adapter, keys, screen)


async def test_piped_lines_are_answered_in_order_and_the_last_one_whole(core: SmallCore) -> None:
    core.scripts += [Script.of("One", " and", " only."), Script.of("Two", " \x1b[2Jwords.", pause=0.02)]
    with piped() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            talk.type("first\n\n  second, without a line end")
            os.close(keys)
        await talk.until("words.\n\n")
    assert talk.seen == (f"{NOTE}\nAsk away. {KEYS}\n\ntampu> One and only.\n\ntampu> Two ␛[2Jwords.\n\n")
    assert [event.text for event in core.events] == ["first", "second, without a line end"]


async def test_a_file_as_input(core: SmallCore, tmp_path: Path) -> None:
    (tmp_path / "questions").write_text("only this\n")
    source = os.open(tmp_path / "questions", os.O_RDONLY)
    sink = os.open(tmp_path / "answers", os.O_WRONLY | os.O_CREAT)
    async with talking(core, Console(source, sink), source, sink):
        pass
    os.close(source)
    os.close(sink)
    assert "tampu> Hello from the small core.\n" in (tmp_path / "answers").read_text()


async def test_no_input_at_all_ends_at_once(core: SmallCore) -> None:
    with piped() as (keys, screen, console):
        async with talking(core, console, keys, screen):
            os.close(keys)
    assert core.events == []


async def test_the_last_conversation_goes_on_until_new_is_said(core: SmallCore) -> None:
    with piped() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            talk.type("Remember me\n")
            await talk.until("small core.")
            talk.type("/quit\n")
    with piped() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            await talk.until("Going on with “Remember me”.")
            talk.type("Again\n/new\nAfresh\n/exit\n")
    addresses = [event.address for event in core.events]
    assert addresses[0] == addresses[1] != addresses[2]
    assert {address.platform for address in addresses} == {"terminal"}
    assert [event.message_id for event in core.events] == sorted(event.message_id for event in core.events)


async def test_files_go_with_the_next_question(core: SmallCore, tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_bytes(b"hum")
    (tmp_path / "empty.txt").write_bytes(b"")
    with piped() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            talk.type(
                f"/file {tmp_path}/a b.txt\n/file '{tmp_path}/empty.txt'\n/file {tmp_path}/none\n/file\n"
            )
            talk.type("What is in them?\nAnd now?\n/quit\n")
            await talk.until("Hello", times=2)
    for said in (
        "a b.txt (3 bytes) goes with",
        "empty.txt (0 bytes)",
        "There is no file",
        "Say which: /file PATH",
    ):
        assert said in talk.seen
    first, second = core.events
    assert [(each.name, core.uploads[each.id]) for each in first.attachments] == [
        ("a b.txt", b"hum"),
        ("empty.txt", b""),
    ]
    assert second.attachments == ()
    assert await talk.adapter.read(first.attachments[0], 3) == b"hum"
    with pytest.raises(FileError, match="larger"):
        await talk.adapter.read(first.attachments[0], 2)
    with pytest.raises(FileError, match="no longer here"):
        await talk.adapter.read(Attachment("gone", "gone.txt", "", None, ""), 2)


async def test_on_a_terminal_there_is_a_prompt_and_control_d_leaves(core: SmallCore) -> None:
    with terminal() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            await talk.until("you> ")
            talk.type("hello\n")
            await talk.until("you> ", times=2)
            talk.type("\x04")
    assert "tampu> Hello from the small core.\n\nyou> " in talk.seen


async def test_control_c_stops_the_answer_and_at_the_prompt_leaves(core: SmallCore) -> None:
    core.scripts.append(Script.gated("As far as this", " and never this"))
    before = signal.getsignal(signal.SIGINT)
    with terminal() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            talk.type("Talk for ever\n")
            await talk.until("As far as this")
            signal.raise_signal(signal.SIGINT)
            await talk.until("you> ", times=2)
            signal.raise_signal(signal.SIGINT)
    assert [(name, address) for name, address, _ in core.commands] == [("stop", core.events[0].address)]
    assert "never this" not in talk.seen
    assert signal.getsignal(signal.SIGINT) == before


async def test_a_second_control_c_leaves_an_answer_that_does_not_stop(core: SmallCore) -> None:
    class Deaf(SmallCore):
        def _stop(self, address: Address) -> None:
            return None

    deaf = Deaf()
    script = Script.gated("Going on", " and on")
    deaf.scripts.append(script)
    with terminal() as (keys, screen, console):
        async with talking(deaf, console, keys, screen) as talk:
            talk.type("Talk for ever\n")
            await talk.until("Going on")
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)
            signal.raise_signal(signal.SIGINT)
    assert len(deaf.commands) == 1


async def test_a_reader_that_goes_away_ends_the_talk(core: SmallCore) -> None:
    source, keys = os.pipe()
    screen, sink = os.pipe()
    os.set_blocking(screen, False)
    async with talking(core, Console(source, sink), keys, screen) as talk:
        await talk.until("Ask away.")
        os.close(screen)
        talk.type("hello\n")
    for each in (source, keys, sink):
        os.close(each)
    assert [event.text for event in core.events] == ["hello"]


async def test_what_cannot_be_stored_or_is_too_long_is_said(core: SmallCore) -> None:
    core.outage = StoreError("disk full")
    with piped() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            talk.type("keep this\n")
            await talk.until("could not be stored")
            core.outage = None
            typing = asyncio.to_thread(talk.type, "x" * 200_001 + "\n/quit\n")
            await asyncio.gather(typing, talk.until("too long"))
    assert core.events == []


async def test_an_answer_from_before_a_restart_comes_while_the_prompt_stands(core: SmallCore) -> None:
    with terminal() as (keys, screen, console):
        async with talking(core, console, keys, screen) as talk:
            talk.type("one\n")
            await talk.until("you> ", times=2)
            address = core.events[0].address
            elsewhere = Address("terminal", "local", "terminal", "another")
            for place, words in ((elsewhere, "not here"), (address, "Late, but here.")):
                draft = Draft(place, words.ljust(25), words, words, None, first=True)
                assert await talk.adapter.post(draft) == await talk.adapter.post(draft)
                assert await talk.adapter.find(Lookup(place, draft.key, "", frozenset())) == words
                await talk.adapter.edit(MessageRef(place, words), f"{words} Done.")
                assert await talk.adapter.delete(MessageRef(place, words)) == Sent(words)
                await talk.adapter.show_idle(place)
            await talk.until("you> ", times=3)
            talk.type("\x04")
    assert "you> \ntampu> Late, but here. Done.\n\nyou> " in talk.seen
    assert "not here" not in talk.seen
