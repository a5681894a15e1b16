"""The local page."""

from adapters.web.adapter import About, WebAdapter
from bots.commands import TYPED
from bots.settings import Settings
from bots.surface import Surface
from bots.wiring import Conversations
from core.errors import ModelError


def web_console(settings: Settings, conversations: Conversations) -> Surface | None:
    """Make it unless it is off."""
    place = settings.web_place
    if place is None:
        return None
    model = conversations.commands.voices.main

    async def about() -> About:
        try:
            info = await model.info()
        except ModelError as error:
            return About(model="no model", note=error.told)
        return About(model=info.name, note=info.note)

    host, port = place
    adapter = WebAdapter(host, port, conversations.intake, conversations.store, about, TYPED)
    return Surface(adapter.name, adapter, adapter.run)
