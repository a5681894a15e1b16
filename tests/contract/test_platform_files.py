"""What every platform must do with a file of an answer: it is there once, or it is known that it is not."""

import asyncio

import pytest

from core.delivery import Gone, Rejected, Retry, Sent, Unknown
from core.errors import PlatformError
from core.outgoing import OutFile, described, plain_name, tag
from tests.contract.platforms import (
    OUTCOMES,
    draft,
    everywhere,
    file_draft,
    lookup,
    on_wires,
    posted,
    remotely,
    whole,
)
from tests.contract.stages import Loss, Request, SeenFile, Stage, Trouble, Wire, until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 30
CHART = OutFile("chart.png", "image/png", PNG, "Bars: Ada 3, Bob 5.")
TABLE = OutFile("table.csv", "text/csv", b"name,number\nAda,3\n")
LIMIT_S = 44.0
HELD_S = 0.3
NAMES = ("../../etc/passwd", "a b\tc.txt", "", ".", "\u202egnp.exe", "\u00dcbersicht \u2603.png", "n" * 300)


@everywhere
async def test_a_file_is_there_with_its_name_its_bytes_and_its_words(stage: Stage) -> None:
    asked = await stage.ask("draw it")
    await posted(stage, draft(asked, "Here it is.", "t"))
    chart = await posted(stage, file_draft(asked, CHART))
    table = await posted(stage, file_draft(asked, TABLE, "b"))
    assert chart.id != table.id
    if stage.platform.capabilities.keeps_files:
        # Where people read them from the store this is all.
        return
    assert await stage.files(asked.address) == [
        SeenFile(f"chart-{tag(whole('a'))}.png", PNG, CHART.alt if stage.tells_alt else ""),
        SeenFile(f"table-{tag(whole('b'))}.csv", TABLE.content, ""),
    ]


@everywhere
async def test_any_name_and_any_words_are_taken(stage: Stage) -> None:
    asked = await stage.ask("draw it")
    for key, name in zip("abcdefg", NAMES, strict=True):
        ref = await posted(
            stage, file_draft(asked, OutFile(name, "text/plain", b"x", "w\u00f6rd " * 900), key)
        )
        assert await stage.platform.find(lookup(asked, key, is_file=True)) == ref.id
    for file in await stage.files(asked.address):
        assert not set(file.name) & set("/\\ \t\u202e"), file.name
        assert len(file.name) <= 100


@everywhere
async def test_a_file_is_found_by_its_key_and_taken_back(stage: Stage) -> None:
    asked = await stage.ask("draw it")
    assert await stage.platform.find(lookup(asked, is_file=True)) is None
    await posted(stage, draft(asked, "Here it is.", "t"))
    chart = await posted(stage, file_draft(asked, CHART))
    same = await posted(stage, file_draft(asked, CHART, "b"))
    assert await stage.platform.find(lookup(asked, is_file=True)) == chart.id
    assert await stage.platform.find(lookup(asked, "b", is_file=True)) == same.id
    assert await stage.platform.find(lookup(asked, "c", chart.id, same.id, is_file=True)) is None
    assert isinstance(await stage.platform.delete(chart), Sent)
    if not stage.platform.capabilities.keeps_files:
        assert len(await stage.files(asked.address)) == 1
    assert isinstance(await stage.platform.delete(chart), Sent | Gone)


@on_wires
async def test_a_limit_is_told_with_its_seconds_and_nothing_happened(wire: Wire) -> None:
    asked = await wire.ask("draw it")
    wire.trouble(Request.FILE, Trouble.LIMITED, LIMIT_S)
    assert await wire.platform.post_file(file_draft(asked, CHART)) == Retry(LIMIT_S)
    assert await wire.files(asked.address) == []
    await posted(wire, file_draft(asked, CHART))
    assert len(await wire.files(asked.address)) == 1


@on_wires
@pytest.mark.parametrize("kind", [Trouble.BROKEN, Trouble.RESET])
async def test_a_file_that_may_have_arrived_is_unknown_and_goes_again(wire: Wire, kind: Trouble) -> None:
    asked = await wire.ask("draw it")
    wire.trouble(Request.FILE, kind)
    assert isinstance(await wire.platform.post_file(file_draft(asked, CHART)), Unknown)
    assert await wire.platform.find(lookup(asked, is_file=True)) is None
    await posted(wire, file_draft(asked, CHART))
    assert len(await wire.files(asked.address)) == 1


@on_wires
async def test_a_file_that_arrived_although_its_answer_was_lost_is_found(wire: Wire) -> None:
    asked = await wire.ask("draw it")
    wire.trouble(Request.FILE, Trouble.LOST)
    assert isinstance(await wire.platform.post_file(file_draft(asked, CHART)), Unknown)
    found = await wire.platform.find(lookup(asked, is_file=True))
    assert found is not None
    assert len(await wire.files(asked.address)) == 1


@on_wires
@pytest.mark.parametrize("loss", Loss)
async def test_a_place_that_is_gone_takes_no_file(wire: Wire, loss: Loss) -> None:
    asked = await wire.ask("draw it")
    await wire.lose(asked, loss)
    assert isinstance(await wire.platform.post_file(file_draft(asked, CHART)), Gone)


@on_wires
async def test_a_cancelled_file_leaves_the_platform_usable(wire: Wire) -> None:
    asked = await wire.ask("draw it")
    handled, is_met = wire.handled(Request.FILE), wire.trouble(Request.FILE, Trouble.HELD, HELD_S)
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(wire.platform.post_file(file_draft(asked, CHART)))
        await until(is_met)
        slow.cancel()
    await until(lambda: wire.handled(Request.FILE) > handled)
    found = await wire.platform.find(lookup(asked, is_file=True))
    assert (found is not None) == bool(await wire.files(asked.address))
    await posted(wire, draft(asked, "Well."))


@remotely
async def test_a_missing_permission_for_files_refuses_the_file_alone(wire: Wire) -> None:
    asked = await wire.ask("draw it")
    wire.trouble(Request.FILE, Trouble.REFUSED)
    assert isinstance(await wire.platform.post_file(file_draft(asked, CHART)), Rejected)
    await posted(wire, draft(asked, "I could not post it."))


@remotely
async def test_a_file_is_never_taken_for_words_nor_words_for_a_file(wire: Wire) -> None:
    asked = await wire.ask("draw it")
    await posted(wire, file_draft(asked, CHART))
    words = await posted(wire, draft(asked, described(CHART.name, len(CHART.content)), "x"))
    assert await wire.platform.find(lookup(asked, "d", words.id)) is None
    assert await wire.platform.find(lookup(asked, "d", is_file=True)) is None


@remotely
async def test_nothing_that_a_platform_answers_to_a_file_is_raised(wire: Wire) -> None:
    asked = await wire.ask("draw it")
    for kind, key in zip((each for each in Trouble if each is not Trouble.HELD), "cdefgh", strict=True):
        wire.trouble(Request.FILE, kind, LIMIT_S)
        assert isinstance(await wire.platform.post_file(file_draft(asked, CHART, key)), OUTCOMES)
        wire.trouble(Request.HISTORY, kind, LIMIT_S)
        try:
            found = await wire.platform.find(lookup(asked, key, is_file=True))
        except PlatformError:
            continue
        assert found is None or kind is Trouble.LOST
    assert all(plain_name(CHART.name)[:5] in file.name for file in await wire.files(asked.address))
