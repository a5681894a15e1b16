"""The page's server over restarts, long answers, ports and shutdown."""

import asyncio
import contextlib
import itertools
import socket
import time
import uuid

import pytest

from adapters.web.adapter import WebAdapter
from adapters.web.listener import listen
from adapters.web.place import address_of
from core.delivery import Draft, MessageRef
from core.errors import FileError, ModelUnreachable, StartupError
from core.library import ShownMessage
from core.message import Attachment
from core.transcript import Role
from tests.browser.served import COMMANDS, Served, about, served
from tests.browser.small_core import SmallCore
from tests.integration.web_stage import Visitor, visiting

MB = 2**20

Json = dict[str, object]


async def test_an_answer_goes_on_after_a_restart(visitor: Visitor, site: Served, core: SmallCore) -> None:
    address = address_of(visitor.conversation)
    core.rows[address] = [ShownMessage(str(uuid.uuid4()), Role.USER, "You", "Before", (), 1.0)]
    await site.adapter.show_working(address)
    await site.adapter.edit(MessageRef(address, "turn-of-old"), "Where was")
    await site.adapter.edit(MessageRef(address, "turn-of-old"), "Where was I?")
    question, answer = await visitor.shown()
    assert (question["text"], answer["text"], answer["live"]) == ("Before", "Where was I?", True)
    row = ShownMessage("m2", Role.ASSISTANT, "", "Where was I? Here.", (), 2.0, "turn-of-old")
    core.rows[address].append(row)
    await site.adapter.show_idle(address)
    assert [message["text"] for message in await visitor.shown()] == ["Before", "Where was I? Here."]


async def test_a_long_answer_in_many_edits_stays_quick(
    visitor: Visitor, site: Served, core: SmallCore
) -> None:
    """200,000 characters in 400 edits, watched by three tabs; the page's list still answers at once."""
    address = address_of(visitor.conversation)
    core.rows[address] = [ShownMessage(str(uuid.uuid4()), Role.USER, "You", "Long", (), 1.0)]
    text = "".join(f"Paragraph {number} with *some* words and `code` in it.\n\n" for number in range(4_000))
    slowest = 0.0
    async with contextlib.AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(visitor.events()) for _ in range(3)]
        await site.adapter.show_working(address)
        for end in range(500, len(text), 500):
            await site.adapter.edit(MessageRef(address, "long"), text[:end])
            if end % 20_000 == 0:
                began = time.monotonic()
                assert (await visitor.http.get("/api/about")).status_code == 200
                slowest = max(slowest, time.monotonic() - began)
        await site.adapter.edit(MessageRef(address, "long"), f"{text}The end.")
        for tab in tabs:
            async for name, data in tab:
                if name == "live" and "The end." in str(data["blocks"]):
                    break
    assert slowest < 2.0


async def test_files_are_read_for_the_core(visitor: Visitor, site: Served, core: SmallCore) -> None:
    await visitor.say("", ("a.txt", b"hum"))
    await visitor.answered()
    attachment = core.events[0].attachments[0]
    assert await site.adapter.read(attachment, 3) == b"hum"
    with pytest.raises(FileError, match="larger"):
        await site.adapter.read(attachment, 2)
    with pytest.raises(FileError, match="no longer here"):
        await site.adapter.read(Attachment("gone", "a.txt", "", None, ""), 3)
    assert await site.adapter.past(core.events[0], 10) == ()


async def test_a_message_taken_back_is_gone(visitor: Visitor, site: Served) -> None:
    address = address_of(visitor.conversation)
    draft = Draft(address, "k" * 25, "t1", "Wrong", None, first=True)
    await site.adapter.show_working(address)
    await site.adapter.post(draft)
    assert len(await visitor.shown()) == 1
    await site.adapter.delete(MessageRef(address, "t1"))
    await site.adapter.show_idle(address)
    assert (await visitor.http.get(f"/api/conversations/{visitor.conversation}")).status_code == 404


async def test_the_model_s_absence_is_told_as_a_note(core: SmallCore) -> None:
    async def unknown() -> object:
        raise ModelUnreachable("connection refused")

    adapter = WebAdapter("127.0.0.1", 0, core, core, unknown, COMMANDS)  # type: ignore[arg-type] # never returns
    opened: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        page = group.create_task(adapter.run(opened.put_nowait))
        async with visiting(Served(core, adapter, await opened.get())) as visitor:
            told = (await visitor.http.get("/api/about")).json()
        page.cancel()
    assert (told["model"], told["note"]) == ("", ModelUnreachable.told)


async def test_a_port_in_use_is_one_sentence_that_says_what_to_set(core: SmallCore) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        adapter = WebAdapter("127.0.0.1", port, core, core, about, COMMANDS)
        with pytest.raises(StartupError, match=f"uses 127.0.0.1:{port}.*TAMPU_WEB=") as caught:
            await adapter.run(lambda _url: None)
    assert str(caught.value).count(".") == str(caught.value).count("127.0.0.1") * 3 + 1


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7"])
async def test_a_host_that_is_not_ours_is_one_sentence(core: SmallCore, host: str) -> None:
    with pytest.raises(StartupError, match="TAMPU_WEB=host:port"):
        await WebAdapter(host, 0, core, core, about, COMMANDS).run(lambda _url: None)


async def test_the_same_port_can_be_had_again_at_once(core: SmallCore) -> None:
    ports: set[int] = set()
    for _ in range(3):
        async with served(core, port=next(iter(ports), 0)) as site, visiting(site):
            ports.add(site.port)
    assert len(ports) == 1


async def test_closing_does_not_wait_for_open_tabs(core: SmallCore) -> None:
    streams = contextlib.AsyncExitStack()
    async with streams:
        async with served(core) as site:
            visitor = await streams.enter_async_context(visiting(site))
            tabs = [await streams.enter_async_context(visitor.events()) for _ in range(3)]
            for tab in tabs:
                async for _ in tab:
                    break
            began = time.monotonic()
        assert time.monotonic() - began < 4.0


async def test_nothing_of_ours_is_left_running(core: SmallCore) -> None:
    before = asyncio.all_tasks()
    async with served(core) as site, visiting(site) as visitor:
        await visitor.say("hello")
        await visitor.answered()
    for _ in itertools.repeat(None, 50):
        if asyncio.all_tasks() == before:
            break
        await asyncio.sleep(0.02)
    assert asyncio.all_tasks() == before


async def test_small_pieces_go_out_at_once() -> None:
    """Else each response waits for the other end's delayed acknowledgement."""
    taken: asyncio.Queue[int] = asyncio.Queue()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = writer.get_extra_info("socket")
        taken.put_nowait(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = await listen("127.0.0.1", 0)
    async with await asyncio.start_server(take, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await asyncio.wait_for(taken.get(), 10) == 1
        writer.close()
        await writer.wait_closed()
