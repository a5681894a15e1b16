"""The surfaces that the settings ask for."""

from bots.discord_bot import discord_bot
from bots.settings import Settings
from bots.slack_assistant import slack_assistant
from bots.surface import Surface
from bots.web_console import web_console
from bots.wiring import Conversations
from core.errors import StartupError
from core.files.fetcher import FileFetcher


def surfaces(settings: Settings, conversations: Conversations, fetcher: FileFetcher) -> tuple[Surface, ...]:
    """Make the page, Slack and Discord, as far as they are set. Raises ``StartupError`` for none."""
    candidates = (
        web_console(settings, conversations),
        slack_assistant(settings, conversations, fetcher),
        discord_bot(settings, conversations, fetcher),
    )
    found = tuple(surface for surface in candidates if surface is not None)
    if not found:
        raise StartupError(
            "There is nothing to run: the page is off (TAMPU_WEB=off) and no Slack or Discord token is set."
        )
    return found
