"""Slash commands and buttons as Discord runs them: the 3 s deadline, the 15 min token."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe

from tests.emulators.discord import checks, payloads
from tests.emulators.discord.values import Channel, ChannelKind, Json, Message, Person, Refusal
from tests.emulators.discord.world import World

ACK_SECONDS, TOKEN_SECONDS = 3.0, 900.0
STRING, BOOLEAN, ATTACHMENT = 3, 5, 11
COMMAND, COMPONENT = 2, 3
STRING_MAX = 6000
PERMISSIONS = {
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
}

File = tuple[str, bytes, str]
OptionValue = str | bool | File


@dataclass
class Invocation:
    """A command that a person has invoked or a button that they pressed, and what came of it.

    ``reply`` is the message that answered it first, ``followups`` the later ones; ``deferred`` says
    that the answer was put off. An ephemeral answer is seen here and nowhere else. ``pressed`` is
    the message with the button; ``callback`` the type of the first answer, 0 until there is one.
    """

    id: str
    token: str
    person: Person
    channel: Channel
    command: str
    at: float
    reply: Message | None = None
    pressed: Message | None = None
    callback: int = 0
    deferred: bool = False
    answered_at: float | None = None
    followups: list[Message] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        return self.answered_at is not None

    @property
    def failed(self) -> bool:
        """What people see as "The application did not respond"."""
        return not self.answered and time.monotonic() - self.at > ACK_SECONDS


@dataclass
class Interactions:
    """The application's commands and all invocations. ``ack_seconds`` may be shortened by a test."""

    world: World
    commands: dict[str, Json] = field(default_factory=dict)
    syncs: int = 0
    ack_seconds: float = ACK_SECONDS
    token_seconds: float = TOKEN_SECONDS
    open: dict[str, Invocation] = field(default_factory=dict)

    def overwrite(self, body: object) -> list[Json]:
        """PUT of all global commands: as stored, with Discord's own fields."""
        items = checks.commands(body)
        self.syncs += 1
        self.commands = {item["name"]: self._stored(item) for item in items}
        return list(self.commands.values())

    def _stored(self, item: Json) -> Json:
        """Discord gives fields back in its own way: ids, versions, nulls, no ``required: false``."""
        stored: Json = {
            "id": self.world.ids.take(),
            "application_id": self.world.bot.id,
            "version": self.world.ids.take(),
            "default_member_permissions": None,
            "type": 1,
            "name": item["name"],
            "name_localizations": None,
            "description": item["description"],
            "description_localizations": None,
            "dm_permission": item.get("dm_permission", True),
            "contexts": item.get("contexts"),
            "integration_types": item.get("integration_types", [0]),
            "nsfw": item.get("nsfw", False),
        }
        options = [
            {name: value for name, value in option.items() if value not in (False, None, [])}
            for option in item.get("options") or []
        ]
        return stored | ({"options": options} if options else {})

    def begin(self, person: Person, channel: Channel, name: str, options: Mapping[str, OptionValue]) -> Json:
        """A person sends the command. Returns the INTERACTION_CREATE payload.

        Raises ``LookupError`` or ``ValueError`` for what the client would not let a person send.
        """
        if name not in self.commands:
            raise LookupError(f"no command /{name}: {sorted(self.commands)}")
        command = self.commands[name]
        given, resolved = self._options(command, channel, options)
        invocation = Invocation(
            self.world.ids.take(), token_urlsafe(48), person, channel, name, time.monotonic()
        )
        self.open[invocation.id] = invocation
        data: Json = {"id": command["id"], "name": name, "type": 1, "options": given}
        if resolved:
            data["resolved"] = {"attachments": resolved}
        return self._payload(invocation, data)

    def press(self, person: Person, message: Message, custom_id: str) -> Json:
        """A person presses a button. Returns the INTERACTION_CREATE payload."""
        channel = self.world.channels[message.channel_id]
        invocation = Invocation(
            self.world.ids.take(),
            token_urlsafe(48),
            person,
            channel,
            "",
            time.monotonic(),
            pressed=message,
        )
        self.open[invocation.id] = invocation
        data: Json = {"custom_id": custom_id, "component_type": 2, "id": 2}
        standing = self.world.seek(channel.id, message.id) or message
        shown = payloads.message(self.world, standing, with_intent=self.world.content_allowed)
        return self._payload(invocation, data) | {"message": shown}

    def _options(
        self, command: Json, channel: Channel, options: Mapping[str, OptionValue]
    ) -> tuple[list[Json], Json]:
        known = {option["name"]: option for option in command.get("options", [])}
        missing = [name for name, option in known.items() if option.get("required") and name not in options]
        if missing or not set(options) <= set(known):
            raise ValueError(
                f"/{command['name']} takes {sorted(known)}, missing {missing}, got {sorted(options)}"
            )
        given: list[Json] = []
        resolved: Json = {}
        for name, value in options.items():
            kind = known[name]["type"]
            if isinstance(value, bool):
                if kind != BOOLEAN:
                    raise ValueError(f"{name} is not a matter of yes and no")
                given.append({"name": name, "type": BOOLEAN, "value": value})
                continue
            choices = [choice["value"] for choice in known[name].get("choices") or ()]
            if choices and value not in choices:
                raise ValueError(f"{name} is one of {choices}")
            if isinstance(value, str):
                if kind != STRING or len(value) > known[name].get("max_length", STRING_MAX):
                    raise ValueError(f"{name} does not take this text")
                given.append({"name": name, "type": STRING, "value": value})
                continue
            filename, content, mime = value
            file = self.world.keep_file(channel.id, filename, content, mime)
            resolved[file.id] = self.world.cdn.payload(file) | {"ephemeral": True}
            given.append({"name": name, "type": ATTACHMENT, "value": file.id})
        return given, resolved

    def _payload(self, invocation: Invocation, data: Json) -> Json:
        channel, world = invocation.channel, self.world
        payload: Json = {
            "id": invocation.id,
            "application_id": world.bot.id,
            "type": COMPONENT if invocation.pressed else COMMAND,
            "token": invocation.token,
            "version": 1,
            "data": data,
            "channel_id": channel.id,
            "channel": payloads.channel(world, channel) | {"permissions": payloads.ALL_PERMISSIONS},
            "app_permissions": str(self._permissions(channel)),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10 * 1024 * 1024,
            "authorizing_integration_owners": self._owners(invocation),
            "context": 1 if channel.kind == ChannelKind.DIRECT else 0,
        }
        if channel.guild_id is None:
            return payload | {"user": payloads.user(invocation.person)}
        return payload | {
            "guild_id": channel.guild_id,
            "guild": {"id": channel.guild_id, "features": [], "locale": "en-US"},
            "guild_locale": "en-US",
            "member": payloads.member(world, invocation.person)
            | {"permissions": str(world.permissions(invocation.person))},
        }

    def _owners(self, invocation: Invocation) -> Json:
        """Who has installed the app there: the server, or the person who brings it along."""
        guild_id = invocation.channel.guild_id
        is_brought = guild_id is not None and guild_id != self.world.guild_id
        return {"1": invocation.person.id} if is_brought else {"0": guild_id or "0"}

    def _permissions(self, channel: Channel) -> int:
        """What the bot may do in the channel, of what a test can take away."""
        everything = int(payloads.ALL_PERMISSIONS)
        for name, bit in PERMISSIONS.items():
            everything &= ~0 if self.world.may(channel.id, name) else ~bit
        return everything

    def respond(self, interaction_id: str, token: str) -> Invocation:
        """The first answer arrives. Raises 10062 when it is too late, 40060 when there was one."""
        invocation = self.open.get(interaction_id)
        if invocation is None or invocation.token != token:
            raise Refusal(404, 10062, "Unknown interaction")
        if invocation.answered:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - invocation.at > self.ack_seconds:
            raise Refusal(404, 10062, "Unknown interaction")
        invocation.answered_at = time.monotonic()
        return invocation

    def by_token(self, token: str) -> Invocation:
        """The invocation behind a webhook token. Raises 10015 or 50027."""
        for invocation in self.open.values():
            if invocation.token == token and invocation.answered:
                if time.monotonic() - invocation.at > self.token_seconds:
                    raise Refusal(401, 50027, "Invalid Webhook Token")
                return invocation
        raise Refusal(404, 10015, "Unknown Webhook")

    def metadata(self, invocation: Invocation) -> Json:
        """What a message made by a command carries about it."""
        metadata: Json = {
            "id": invocation.id,
            "type": COMPONENT if invocation.pressed else COMMAND,
            "user": payloads.user(invocation.person),
            "authorizing_integration_owners": self._owners(invocation),
        }
        if invocation.pressed:
            return metadata | {"interacted_message_id": invocation.pressed.id}
        return metadata | {"name": invocation.command}
