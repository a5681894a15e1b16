"""What every platform must do: the fakes, Slack, Discord, the page and the terminal."""

import asyncio
import time
from dataclasses import replace
from itertools import product

import pytest

from core.delivery import Gone, MessageRef, Rejected, Retry, Sent, Unknown
from core.errors import FileError, PlatformError
from core.markdown.segments import segments
from tests.contract.platforms import OUTCOMES, draft, everywhere, lookup, on_wires, posted, remotely
from tests.contract.stages import GivenFile, Loss, Request, Stage, Trouble, Wire, until
from tests.contract.stages_texts import GROWING, MENTIONS, kinds, most

SOON_S = 7.0
LIMIT_S = 44.0
HELD_S = 0.3


@everywhere
async def test_the_capabilities_are_sane(stage: Stage) -> None:
    able, asked = stage.platform.capabilities, await stage.ask("hello?")
    assert stage.platform.name == asked.address.platform
    assert able.max_message > 0
    assert able.formatting.strip()
    assert all(pace.per_second > 0 and pace.burst >= 1 and pace.actions for pace in able.paces)
    for kind in ("prose", "emoji", "CJK"):
        text = GROWING[kind](120)
        sizes = [able.measure(text[:end]) for end in range(1, len(text), 7)]
        assert sizes == sorted(sizes), kind
        assert sizes[-1] <= able.measure(text * 3) <= able.measure(text * 40)


@everywhere
async def test_the_largest_text_is_posted_and_edited_whole(stage: Stage) -> None:
    asked, able = await stage.ask("tell me all"), stage.platform.capabilities
    for kind, key in zip(kinds(able), "abcdefghijklm", strict=False):
        text = GROWING[kind](most(GROWING[kind], able))
        ref = await posted(stage, draft(asked, text, key))
        assert (await stage.shown(asked.address))[-1] == stage.drawn(text), kind
        assert isinstance(await stage.platform.edit(ref, "Short."), Sent)
        assert isinstance(await stage.platform.edit(ref, text), Sent), kind
        assert (await stage.shown(asked.address))[-1] == stage.drawn(text), kind


@everywhere
async def test_a_text_that_is_too_large_is_refused_or_shown_whole(stage: Stage) -> None:
    asked, able = await stage.ask("tell me more"), stage.platform.capabilities
    ref = await posted(stage, draft(asked, "Short."))
    for kind, key in zip(kinds(able), "bcdefghijklmn", strict=False):
        over = most(GROWING[kind], able) + 1
        for count, again in ((over, key), (2 * over, f"{key}2")):
            text = GROWING[kind](count)
            assert able.measure(text) > able.max_message
            before = await stage.shown(asked.address)
            outcome = await stage.platform.post(draft(asked, text, again))
            assert isinstance(outcome, Sent | Rejected), kind
            after = await stage.shown(asked.address)
            ways = [[stage.drawn(text)], [stage.drawn_plainly(text)]] if isinstance(outcome, Sent) else [[]]
            assert after in [before + way for way in ways], kind
    too_large = "word " * (able.max_message // 5 + 10)
    outcome = await stage.platform.edit(ref, too_large)
    assert isinstance(outcome, Sent | Rejected)
    text = too_large if isinstance(outcome, Sent) else "Short."
    assert stage.drawn(text) in await stage.shown(asked.address)


@everywhere
async def test_a_long_answer_cut_into_messages_is_taken_whole(stage: Stage) -> None:
    asked, able = await stage.ask("write a book"), stage.platform.capabilities
    book = "\n\n".join(f"## Chapter {name}\n\n{grow(60)}" for name, grow in GROWING.items())
    parts = segments(book, able.max_message, able.measure)
    keys = ["".join(pair) for pair in product("abcdefgh", repeat=2)]
    for part, key in zip(parts, keys, strict=False):
        await posted(stage, draft(asked, part, key))
    assert await stage.shown(asked.address) == [stage.drawn(part) for part in parts]


@everywhere
async def test_a_text_without_a_visible_character_does_no_harm(stage: Stage) -> None:
    asked = await stage.ask("say nothing")
    for text, key in zip(("", " \n\n ", "\u200b", "\x00", "[](x)", "<!-- -->"), "abcdef", strict=True):
        assert isinstance(await stage.platform.post(draft(asked, text, key)), Sent | Rejected)
    ref = await posted(stage, draft(asked, "Something.", "g"))
    assert isinstance(await stage.platform.edit(ref, "   "), Sent | Rejected)


@everywhere
async def test_the_same_key_is_the_same_message_or_is_found(stage: Stage) -> None:
    asked = await stage.ask("once?")
    assert await stage.platform.find(lookup(asked)) is None
    first = await posted(stage, draft(asked, "Half"))
    assert await stage.platform.find(lookup(asked)) == first.id
    assert await stage.platform.find(lookup(asked, "b", first.id)) is None
    if not stage.tells_keys:
        return
    again = await posted(stage, draft(asked, "Half and half"))
    assert again == first
    shown = await stage.shown(asked.address)
    assert shown[-1] == stage.drawn("Half and half")
    assert len(shown) == 1


@everywhere
async def test_an_edit_sets_the_whole_text_of_one_message(stage: Stage) -> None:
    asked = await stage.ask("count")
    one = await posted(stage, draft(asked, "one"))
    await posted(stage, draft(asked, "other", "b"))
    for text in ("one two", "one two **three**", "another thing", "another thing"):
        assert await stage.platform.edit(one, text) == Sent(one.id)
        shown = await stage.shown(asked.address)
        assert stage.drawn(text) in shown
        assert stage.drawn("other") in shown
        assert len(shown) == 2 or not stage.takes_back


@everywhere
async def test_a_deleted_message_is_gone_and_its_neighbour_stays(stage: Stage) -> None:
    asked = await stage.ask("too much")
    kept = await posted(stage, draft(asked, "kept", "a", turn="t1"))
    surplus = await posted(stage, draft(asked, "surplus", "b", turn="t1", first=False))
    assert kept.id != surplus.id
    assert isinstance(await stage.platform.delete(surplus), Sent)
    if stage.takes_back:
        assert await stage.shown(asked.address) == [stage.drawn("kept")]
    assert isinstance(await stage.platform.delete(surplus), Sent | Gone)
    edited = await stage.platform.edit(surplus, "again")
    assert isinstance(edited, Sent if stage.renews else Gone)
    assert ("again" in "".join(await stage.shown(asked.address))) == stage.renews


@everywhere
async def test_signs_of_life_are_quiet(stage: Stage) -> None:
    asked = await stage.ask("are you there?")
    for address in (asked.address, replace(asked.address, thread="nowhere"), asked.address):
        await stage.platform.show_idle(address)
        await stage.platform.show_working(address)
        await stage.platform.show_working(address)
        await stage.platform.show_idle(address)
    assert await stage.shown(asked.address) == []


@everywhere
async def test_a_question_with_nothing_before_it_has_no_past(stage: Stage) -> None:
    assert await stage.platform.past(await stage.ask("first!"), 10) == ()


@everywhere
async def test_a_file_is_read_or_its_absence_told(stage: Stage) -> None:
    content = bytes(range(256)) * 40
    asked = await stage.ask("what is in it?", GivenFile("data.bin", content, "application/octet-stream"))
    (attachment,) = asked.attachments
    assert attachment.name == "data.bin"
    assert await stage.platform.read(attachment, len(content)) == content
    for small in (1, len(content) - 1):
        with pytest.raises(FileError) as too_large:
            await stage.platform.read(attachment, small)
        assert too_large.value.told.endswith(".")
    stage.forget_files()
    with pytest.raises(FileError) as gone:
        await stage.platform.read(attachment, len(content))
    assert gone.value.told.endswith(".")
    assert gone.value.told != too_large.value.told


@on_wires
async def test_the_past_is_what_was_said_before_our_own_words_included(wire: Wire) -> None:
    ana, bob = wire.people
    lines = [(ana, "first"), (bob, "second"), (wire.us, "third"), (bob, "fourth")]
    asked = await wire.talk(lines)
    past = await wire.platform.past(asked, 10)
    assert [(said.author.name, said.text) for said in past] == lines
    assert [said.author.is_bot for said in past] == [False, False, True, False]
    assert asked.message_id not in {said.message_id for said in past}
    assert [said.sent_at for said in past] == sorted(said.sent_at for said in past)
    for limit in range(1, 6):
        some = await wire.platform.past(asked, limit)
        assert len(some) == min(limit, 4)
        assert [said for said in past if said in some] == list(some)
        assert some[-1] == past[-1]
    assert await wire.platform.past(asked, 0) == ()


@on_wires
async def test_a_limit_is_told_with_its_seconds_and_nothing_happened(wire: Wire) -> None:
    asked = await wire.ask("hello?")
    wire.trouble(Request.POST, Trouble.LIMITED, LIMIT_S)
    assert await wire.platform.post(draft(asked, "one")) == Retry(LIMIT_S)
    assert await wire.shown(asked.address) == []
    ref = await posted(wire, draft(asked, "one"))
    wire.trouble(Request.EDIT, Trouble.LIMITED, LIMIT_S)
    assert await wire.platform.edit(ref, "two") == Retry(LIMIT_S)
    assert await wire.shown(asked.address) == [wire.drawn("one")]
    assert await wire.platform.edit(ref, "two") == Sent(ref.id)
    assert await wire.shown(asked.address) == [wire.drawn("two")]


@on_wires
@pytest.mark.parametrize("kind", [Trouble.BROKEN, Trouble.RESET])
async def test_a_post_that_may_have_arrived_is_unknown_and_an_edit_is_tried_again(
    wire: Wire, kind: Trouble
) -> None:
    asked = await wire.ask("hello?")
    wire.trouble(Request.POST, kind)
    assert isinstance(await wire.platform.post(draft(asked, "one")), Unknown)
    assert await wire.shown(asked.address) == []
    assert await wire.platform.find(lookup(asked)) is None
    ref = await posted(wire, draft(asked, "one"))
    wire.trouble(Request.EDIT, kind)
    assert isinstance(await wire.platform.edit(ref, "two"), Retry)
    assert await wire.shown(asked.address) == [wire.drawn("one")]
    assert await wire.platform.edit(ref, "two") == Sent(ref.id)
    assert await wire.shown(asked.address) == [wire.drawn("two")]


@on_wires
async def test_what_arrived_although_its_answer_was_lost_is_found(wire: Wire) -> None:
    asked = await wire.ask("hello?")
    wire.trouble(Request.POST, Trouble.LOST)
    assert isinstance(await wire.platform.post(draft(asked, "here")), Unknown)
    assert await wire.shown(asked.address) == [wire.drawn("here")]
    found = await wire.platform.find(lookup(asked))
    assert found is not None
    assert await wire.platform.find(lookup(asked, "a", found)) is None
    ref = MessageRef(asked.address, found)
    wire.trouble(Request.EDIT, Trouble.LOST)
    assert isinstance(await wire.platform.edit(ref, "here I am"), Retry)
    assert await wire.platform.edit(ref, "here I am") == Sent(found)
    assert await wire.shown(asked.address) == [wire.drawn("here I am")]


@on_wires
async def test_a_message_of_another_answer_is_never_found(wire: Wire) -> None:
    """Two answers grow in one channel, in the same words, and a part of the first one is lost."""
    asked = await wire.ask("yes?")
    other = await wire.ask_again(asked)
    others = await posted(wire, draft(other, "Yes.", "b", turn="t2"))
    first = await posted(wire, draft(asked, "Yes.", "a", turn="t1"))
    more = await posted(wire, draft(other, "More.", "c", turn="t2", first=False))
    for ref in (others, more):
        wire.known(other.address, ref.id)
    wire.trouble(Request.POST, Trouble.RESET)
    assert isinstance(await wire.platform.post(draft(asked, "More.", "d", turn="t1", first=False)), Unknown)
    assert await wire.platform.find(lookup(asked, "d", first.id)) is None


@on_wires
@pytest.mark.parametrize("loss", Loss)
async def test_a_place_that_is_gone_takes_nothing_and_says_so(wire: Wire, loss: Loss) -> None:
    asked = await wire.ask("hello?")
    ref = await posted(wire, draft(asked, "one"))
    await wire.lose(asked, loss)
    assert isinstance(await wire.platform.post(draft(asked, "two", "b")), Gone)
    assert isinstance(await wire.platform.edit(ref, "two"), Sent | Gone if loss is Loss.THREAD else Gone)
    assert isinstance(await wire.platform.delete(ref), Sent | Gone)
    await wire.platform.show_working(asked.address)
    await wire.platform.show_idle(asked.address)


@on_wires
async def test_nobody_is_pinged_and_no_preview_is_drawn(wire: Wire) -> None:
    asked = await wire.ask("shout")
    ref = await posted(wire, draft(asked, MENTIONS))
    await posted(wire, draft(asked, f"And again: {MENTIONS}", "b", first=False))
    assert wire.pings(asked.address) == []
    assert await wire.platform.edit(ref, f"{MENTIONS}\n\n{MENTIONS[:200]}") == Sent(ref.id)
    assert wire.pings(asked.address) == []
    assert not wire.unfurls(asked.address)


@on_wires
@pytest.mark.parametrize("request_", [Request.POST, Request.EDIT])
async def test_a_cancelled_request_leaves_the_platform_usable(wire: Wire, request_: Request) -> None:
    asked = await wire.ask("wait")
    ref = await posted(wire, draft(asked, "one"))
    handled = wire.handled(request_)
    is_met = wire.trouble(request_, Trouble.HELD, HELD_S)
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(
            wire.platform.post(draft(asked, "two", "b"))
            if request_ is Request.POST
            else wire.platform.edit(ref, "two")
        )
        await until(is_met)
        slow.cancel()
    assert slow.cancelled()
    await until(lambda: wire.handled(request_) > handled)
    found = await wire.platform.find(lookup(asked, "b", ref.id))
    arrived = wire.drawn("two") in await wire.shown(asked.address)
    assert (found is not None) == (arrived and request_ is Request.POST)
    assert await wire.platform.edit(ref, "three") == Sent(ref.id)
    await posted(wire, draft(asked, "four", "c"))
    shown = await wire.shown(asked.address)
    assert (shown[0], shown[-1]) == (wire.drawn("three"), wire.drawn("four"))


@remotely
async def test_nothing_that_a_platform_answers_is_raised(wire: Wire) -> None:
    asked = await wire.ask("hello?")
    kept = await posted(wire, draft(asked, "kept"))
    ref = await posted(wire, draft(asked, "one", "b"))
    for kind, key in zip((each for each in Trouble if each is not Trouble.HELD), "cdefgh", strict=True):
        wire.trouble(Request.POST, kind, LIMIT_S)
        assert isinstance(await wire.platform.post(draft(asked, "more", key)), OUTCOMES)
        wire.trouble(Request.EDIT, kind, LIMIT_S)
        assert isinstance(await wire.platform.edit(ref, f"edited {key}"), OUTCOMES)
        wire.trouble(Request.DELETE, kind, LIMIT_S)
        assert isinstance(await wire.platform.delete(MessageRef(asked.address, "1")), OUTCOMES)
        asked_before = wire.handled(Request.HISTORY)
        wire.trouble(Request.HISTORY, kind, LIMIT_S)
        try:
            found = await wire.platform.find(lookup(asked))
        except PlatformError:
            continue
        # A library may repeat a question whose answer was lost.
        assert (found, wire.handled(Request.HISTORY)) == (kept.id, asked_before + 2), kind
    assert await wire.platform.edit(ref, "well") == Sent(ref.id)


@remotely
async def test_a_sign_of_life_survives_trouble_and_does_not_hold_up(wire: Wire) -> None:
    for kind in Trouble:
        asked = await wire.ask(f"hello, {kind}?")
        is_met = wire.trouble(Request.SIGN, kind, LIMIT_S)
        begun = time.monotonic()
        await wire.platform.show_working(asked.address)
        await wire.platform.show_idle(asked.address)
        assert time.monotonic() - begun < SOON_S, kind
        assert is_met(), kind
    ref = await posted(wire, draft(asked, "here"))
    assert await wire.platform.edit(ref, "still here") == Sent(ref.id)
