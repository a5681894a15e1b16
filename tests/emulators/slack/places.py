"""How a channel ends for the app, and how the app itself is sent away."""

from tests.emulators.slack import events
from tests.emulators.slack.backend import Backend
from tests.emulators.slack.workspace import BOT_USER


class Places:
    """Acts of people who manage channels and apps."""

    backend: Backend

    async def archive(self, channel: str) -> None:
        """Archive a channel: it can be read, nothing can be written there."""
        found = self.backend.workspace.channels[channel]
        found.archived = True
        self.backend.send(events.about_channel(self.backend.workspace, found, "archive", user="U1"))

    async def delete_channel(self, channel: str) -> None:
        """Delete a channel with everything in it."""
        workspace = self.backend.workspace
        found = workspace.channels.pop(channel)
        for key in [key for key in workspace.posts if key[0] == channel]:
            del workspace.posts[key]
        self.backend.send(events.about_channel(workspace, found, "deleted", actor_id="U1"))

    async def kick(self, channel: str) -> None:
        """Remove the app from a channel."""
        found = self.backend.workspace.channels[channel]
        found.members.discard(BOT_USER)
        self.backend.send(events.about_channel(self.backend.workspace, found, "left", actor_id="U1"))

    async def invite(self, channel: str) -> None:
        """Let the app into a channel."""
        self.backend.workspace.channels[channel].members.add(BOT_USER)

    async def uninstall(self) -> None:
        """Uninstall the app: its token is refused from now on."""
        self.backend.workspace.uninstalled = True
        self.backend.send({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}})
        self.backend.send({"type": "app_uninstalled"})
