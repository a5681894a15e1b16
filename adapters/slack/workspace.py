"""One workspace, as everything that takes from it sees it."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.directory import Directory
from adapters.slack.identity import Identity
from core.ports import Inbox


@dataclass(frozen=True, slots=True)
class Workspace:
    """Slack's API, names, who we are there, and the inbox that everything goes to."""

    client: AsyncWebClient
    directory: Directory
    me: Identity
    inbox: Inbox
