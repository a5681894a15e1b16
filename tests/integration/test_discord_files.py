"""Files on Discord: what comes from its own hosts, and addresses that others have made up."""

import pytest

from core.errors import FileError
from core.message import Attachment
from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.recording import RunningBot
from tests.integration.fetcher_attempts import ALONE, URLS
from tests.integration.fetcher_stage import house, saying

PAGE = b"<!DOCTYPE html><title>Llamas</title><p>Three."


async def test_a_web_page_that_somebody_shares_is_a_file(discord: DiscordEmulator, bot: RunningBot) -> None:
    files = [("llamas.html", PAGE, "text/html; charset=utf-8")]
    await discord.say(discord.ana, discord.direct(discord.ana), "", files=files)
    assert await bot.adapter.read((await bot.asked()).attachments[0], 1000) == PAGE


async def test_a_file_that_is_said_to_be_elsewhere_is_not_asked_for(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    async with house(saying("200 OK", b"secret"), tls=False) as canary:
        discord.cdn.origin = f"http://127.0.0.1:{canary.port}"
        files = [("a.png", b"PNG", "image/png")]
        await discord.say(discord.ana, discord.direct(discord.ana), "", files=files)
        with pytest.raises(FileError, match="don't download from"):
            await bot.adapter.read((await bot.asked()).attachments[0], 1000)
        assert canary.connections == 0


async def test_made_up_addresses_lead_nowhere(bot: RunningBot) -> None:
    async with house(saying("200 OK", b"secret"), tls=False) as canary:
        for url in (*URLS, *ALONE):
            forged = Attachment("1", "a.png", "image/png", 1, url.replace("{port}", str(canary.port)))
            with pytest.raises(FileError, match=r"don't download from|not a valid one"):
                await bot.adapter.read(forged, 1000)
        assert canary.connections == 0
