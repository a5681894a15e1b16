"""The Discord server bot."""

from adapters.discord.adapter import DiscordAdapter
from bots.commands import SPECS
from bots.settings import Settings
from bots.surface import MarkReady, Surface
from bots.wiring import Conversations
from core.files.fetcher import FileFetcher


def discord_bot(settings: Settings, conversations: Conversations, fetcher: FileFetcher) -> Surface | None:
    """Make it when a Discord token is set."""
    if settings.discord_token is None:
        return None
    adapter = DiscordAdapter(
        token=settings.discord_token.get_secret_value(),
        inbox=conversations.intake,
        commands=SPECS,
        fetcher=fetcher,
        api_url=settings.discord_api_url,
    )

    async def run(ready: MarkReady) -> None:
        await adapter.run(lambda: ready("Discord"))

    return Surface(adapter.name, adapter, run, adapter.catch_up, adapter.behind)
