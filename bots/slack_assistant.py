"""The Slack workspace assistant."""

from adapters.slack.adapter import SlackAdapter
from bots.commands import SPECS
from bots.settings import Settings
from bots.surface import MarkReady, Surface
from bots.wiring import Conversations
from core.files.fetcher import FileFetcher


def slack_assistant(settings: Settings, conversations: Conversations, fetcher: FileFetcher) -> Surface | None:
    """Make it when both Slack tokens are set."""
    if settings.slack_bot_token is None or settings.slack_app_token is None:
        return None
    secret = settings.slack_signing_secret
    adapter = SlackAdapter(
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=settings.slack_app_token.get_secret_value(),
        inbox=conversations.intake,
        commands=SPECS,
        fetcher=fetcher,
        api_url=settings.slack_api_url,
        signing_secret=secret.get_secret_value() if secret else "",
    )

    async def run(ready: MarkReady) -> None:
        await adapter.run(lambda: ready("Slack"))

    return Surface(adapter.name, adapter, run, adapter.catch_up, adapter.behind)
