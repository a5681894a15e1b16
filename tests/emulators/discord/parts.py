"""The parts of an emulated Discord, which what people do and what goes wrong both act on."""

from tests.emulators.discord.endpoints import Endpoints
from tests.emulators.discord.gateway import Gateway
from tests.emulators.discord.interactions import Interactions
from tests.emulators.discord.rest import Front
from tests.emulators.discord.world import World


class Parts:
    """World, gateway, REST API and interactions, tied together."""

    def __init__(self, token: str, *, message_content: bool) -> None:
        self.token = token
        self.world = World(content_allowed=message_content, content_claimed=message_content)
        self.cdn = self.world.cdn
        self.gateway = Gateway(self.world, token, on_token_reset=self._forget_token)
        self.interactions = Interactions(self.world)
        self.endpoints = Endpoints(self.world, self.gateway, self.interactions)
        self.front = Front(token)
        self.limits = self.front.limits
        self.bot = self.world.bot
        self.olga = self.world.owner
        self.ana = self.world.add_person("Ana")
        self.bob = self.world.add_person("Bob")

    def _forget_token(self) -> None:
        """The token that everybody holds is worth nothing any more."""
        self.front.token = self.gateway.token
