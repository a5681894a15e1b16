"""A's secrets in the running product, and that A is sent them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.attacks.canaries import OWNER, others, sent
from tests.attacks.house import BOARD, PERSONA, House
from tests.attacks.obedient import order
from tests.emulators.discord import Channel
from tests.emulators.model import Call
from tests.emulators.model_script import Hold, Reply, closing, opening, tokens
from tests.emulators.slack import BOT_USER
from tests.emulators.slack.workspace import Channel as SlackChannel
from tests.product_stage import kept, png

ASKED = "What do you know?"
# What the model is not sent again: it was changed, taken back, or needs no name.
UNSENT = {"a question before its edit", "a deleted question", "the name of a picture"}


async def plant(house: House) -> None:
    """Let A write, pin, send files, use a tool, stop, edit and delete, in private and on all surfaces."""
    slack = house.slack
    slack.backend.workspace.channels[BOARD] = SlackChannel(BOARD, "board", "group", members={"U1", BOT_USER})
    await asyncio.gather(_on_slack(house), _on_the_board(house), _on_discord(house), _on_the_page(house))


async def check(house: House) -> None:
    """A asks again everywhere, and the model is sent all of it."""
    before = len(house.model.journal)
    assert house.den is not None
    rooms = (house.discord.direct(house.discord.ana), house.den)
    on_slack = [asks_slack(house, ASKED, channel, thread=ts) for channel, ts in house.begun]
    on_discord = [asks_discord(house, ASKED, room) for room in rooms]
    shown = len(await house.page.shown()) // 2
    await house.page.say(f"{ASKED} {OWNER}")
    await asyncio.gather(*on_slack, *on_discord, house.page.answered(shown + 1))
    calls = house.model.journal[before:]
    assert others(calls) == ()
    assert set(house.secrets.missing(sent(calls))) <= UNSENT
    assert kept(house.data, house.secrets.word("the name of a picture"))


async def _on_slack(house: House) -> None:
    """A thread in A's direct messages with everything in it, and an answer that was stopped."""
    word, direct = house.secrets.word, house.slack.direct("U1")
    chosen = await house.slack.command("U1", direct, "/llama", f"settings persona {PERSONA} channel")
    assert PERSONA in chosen.text
    files = (
        (f"{word('the name of a file')}.txt", f"It says {word('a file')}.".encode(), "text/plain"),
        (f"{word('the name of a picture')}.png", png("olive"), "image/png"),
    )
    called = order("time_in", place=word("what a tool was asked and said"))
    text = f"Keep {word('a direct message on Slack')}.\nSAY {word('an answer on Slack')}\n{called}\n"
    house.dm = await asks_slack(house, text, files=files)
    await house.slack_types(f"/pin {word('a fact pinned on Slack')}", direct, "U1", house.dm)
    half = word("half an answer")
    house.obedient.replies["tell me at length"] = Reply((*opening(), *tokens(half, 50), Hold()))
    stopped = await house.slack.say("U1", direct, f"Please tell me at length, {OWNER}.")
    await house.until(lambda: any(half in seen.text for seen in house.slack.answers(direct, stopped)))
    await house.slack_types("/stop", direct, "U1", stopped)
    house.begun += [(direct, house.dm), (direct, stopped)]


async def _on_the_board(house: House) -> None:
    """A private channel, in which something is pinned, something edited and something deleted."""
    word = house.secrets.word
    board = await asks_slack(house, f"Keep {word('words in a private channel')}.", BOARD)
    await house.slack_types(f"/pin {word('a fact of a private channel')}", BOARD, "U1", board)
    edited = await asks_slack(house, f"First {word('a question before its edit')}.", BOARD)
    calls = len(house.model.journal)
    later = f"<@{BOT_USER}> Then {word('a question after its edit')}. {OWNER}"
    await house.slack.edit(BOARD, edited, later)
    await house.until(lambda: any("Then" in call.ask.last_user_text for call in house.model.journal[calls:]))
    house.begun += [(BOARD, board), (BOARD, edited)]
    deleted = await asks_slack(house, f"Not {word('a deleted question')}.", BOARD)
    await house.slack.delete(BOARD, deleted)
    await house.until(lambda: not house.slack.answers(BOARD, deleted))


async def _on_discord(house: House) -> None:
    word, discord = house.secrets.word, house.discord
    direct = discord.direct(discord.ana)
    house.den = discord.thread(discord.general, "den", private=True)
    paper = (
        f"{word('the name of a file on Discord')}.txt",
        f"It says {word('a paper')}.".encode(),
        "text/plain",
    )
    text = f"Keep {word('a direct message on Discord')}.\nSAY {word('an answer on Discord')}\n"
    await asks_discord(house, text, direct, files=(paper,))
    await asks_discord(house, f"Keep {word('words in a private thread')}.", house.den)
    for name, said, room in (
        ("pin", word("a fact pinned on Discord"), direct),
        ("settings", f"persona {PERSONA} channel", direct),
        ("pin", word("a fact of a private thread"), house.den),
    ):
        await house.discord_invokes(name, said, room, discord.ana)


async def _on_the_page(house: House) -> None:
    word, page = house.secrets.word, house.page
    paper = (f"{word('the name of a file on the page')}.txt", f"It says {word('a sheet')}.".encode())
    await page.say(f"Keep {word('words on the page')}.\nSAY {word('an answer on the page')}\n{OWNER}", paper)
    await page.answered(1)
    await page.say(f"/pin {word('a fact pinned on the page')}")
    await page.answered(2)


async def asks_slack(
    house: House,
    text: str,
    channel: str = "",
    *,
    thread: str | None = None,
    files: tuple[tuple[str, bytes, str], ...] = (),
) -> str:
    """Let A ask on Slack, in private if no channel is named, and be answered; the thread's ts."""
    where = channel or house.slack.direct("U1")
    is_public = where != house.slack.direct("U1")
    words = f"<@{BOT_USER}> {text} {OWNER}" if is_public else f"{text} {OWNER}"
    before = 0 if thread is None else len(house.slack.answers(where, thread))
    ts = await house.slack.say("U1", where, words, thread=thread, files=files)
    await house.until(lambda: len(house.slack.answers(where, thread or ts)) > before)
    return thread or ts


async def asks_discord(
    house: House, text: str, room: Channel, files: tuple[tuple[str, bytes, str], ...] = ()
) -> None:
    """Let A ask on Discord, and be answered."""
    discord, before = house.discord, len(house.discord.said_by_bot(room))
    words = f"{discord.bot.mention} {text} {OWNER}"
    await discord.say(discord.ana, room, words, files=files)
    await house.until(lambda: len(discord.said_by_bot(room)) > before)


@asynccontextmanager
async def answered_meanwhile(house: House) -> AsyncIterator[str]:
    """While this lasts A is being answered on Slack, in the thread that it yields, and on Discord."""
    direct, holds = house.discord.direct(house.discord.ana), (Hold(), Hold())
    earlier = len(house.model.journal)
    for name, hold in zip(("Slack", "Discord"), holds, strict=True):
        steps = (*opening(), *tokens(f"Wait, {name}, ", 50), hold, *tokens("there it is.", 50), *closing())
        house.obedient.replies[f"slowly on {name}"] = Reply(steps)
    ts = await house.slack.say("U1", house.slack.direct("U1"), f"Answer slowly on Slack. {OWNER}")
    await house.discord.say(house.discord.ana, direct, f"Answer slowly on Discord. {OWNER}")

    def begun() -> bool:
        on_slack = [seen.text for seen in house.slack.answers(house.slack.direct("U1"), ts)]
        on_discord = [each.text for each in house.discord.said_by_bot(direct)[-1:]]
        return [text[:5] for text in (*on_slack, *on_discord)] == ["Wait,"] * 2

    def calls() -> list[Call]:
        return [
            call for call in house.model.journal[earlier:] if "Answer slowly on" in call.ask.last_user_text
        ]

    await house.until(begun)
    try:
        yield ts
        assert [call.ended_at for call in calls()] == [None, None], "A's answer was stopped"
    finally:
        for hold in holds:
            hold.gate.set()
    await house.until(lambda: all(call.ended_at is not None for call in calls()))
    assert not any(call.disconnected for call in calls())
