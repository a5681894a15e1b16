"""The endpoints behind the front: channels and messages."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.emulators.discord import checks, payloads
from tests.emulators.discord.answers import Answers
from tests.emulators.discord.gateway import Gateway
from tests.emulators.discord.interactions import Interactions, Invocation
from tests.emulators.discord.rest import Call, Handler, Reply
from tests.emulators.discord.values import (
    THREADS,
    Channel,
    ChannelKind,
    Flag,
    Intent,
    Json,
    Message,
    MessageKind,
    Person,
    Refusal,
    invalid,
)
from tests.emulators.discord.world import World

SENDABLE_FLAGS = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.VOICE | Flag.COMPONENTS_V2
HISTORY_MAX = 100


@dataclass
class Endpoints:
    """What a bot may ask for. ``nonce_seconds`` is how long a nonce is remembered."""

    world: World
    gateway: Gateway
    interactions: Interactions
    nonce_seconds: float = 120.0
    typing: list[tuple[float, str]] = field(default_factory=list)
    nonces: dict[str, tuple[float, Message]] = field(default_factory=dict)

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        messages, one = "/channels/{channel}/messages", "/channels/{channel}/messages/{message}"
        return {
            ("GET", "/gateway"): self.get_gateway,
            ("GET", "/gateway/bot"): self.get_gateway,
            ("GET", "/users/@me"): self.get_me,
            ("POST", "/users/@me/channels"): self.open_direct,
            ("GET", "/oauth2/applications/@me"): self.get_application,
            ("GET", "/channels/{channel}"): self.get_channel,
            ("GET", "/guilds/{guild}/members/{user}"): self.get_member,
            ("POST", "/channels/{channel}/typing"): self.show_typing,
            ("GET", messages): self.list_messages,
            ("POST", messages): self.create_message,
            ("GET", one): self.get_message,
            ("PATCH", one): self.edit_message,
            ("DELETE", one): self.delete_message,
            **Answers(self.interactions, self).routes(),
        }

    async def get_gateway(self, call: Call) -> Reply:
        data: Json = {"url": self.gateway.url}
        if "bot" in call.route:
            data |= {"shards": 1, "session_start_limit": self.gateway.starts.payload()}
        return Reply(data)

    async def get_me(self, call: Call) -> Reply:
        return Reply(payloads.user(self.world.bot))

    async def get_application(self, call: Call) -> Reply:
        return Reply(payloads.application(self.world))

    async def open_direct(self, call: Call) -> Reply:
        person = self.world.people[str(call.body["recipient_id"])]
        return Reply(payloads.channel(self.world, direct_channel(self.world, person)))

    async def get_channel(self, call: Call) -> Reply:
        self.world.require(call.params["channel"], "VIEW_CHANNEL")
        return Reply(payloads.channel(self.world, self.world.channel(call.params["channel"])))

    async def get_member(self, call: Call) -> Reply:
        if call.params["guild"] != self.world.guild_id or not self.world.bot_is_member:
            raise Refusal(404, 10004, "Unknown Guild")
        person = self.world.people.get(call.params["user"])
        if person is None:
            raise Refusal(404, 10013, "Unknown User")
        if not self.world.is_member(person):
            raise Refusal(404, 10007, "Unknown Member")
        return Reply(payloads.member(self.world, person))

    async def show_typing(self, call: Call) -> Reply:
        self.world.require(call.params["channel"], "SEND_MESSAGES")
        self.typing.append((time.monotonic(), call.params["channel"]))
        return Reply(status=204)

    async def list_messages(self, call: Call) -> Reply:
        """History: newest first; ``after`` takes the oldest ones above it."""
        channel = call.params["channel"]
        self.world.require(channel, "VIEW_CHANNEL")
        limit = int(call.query.get("limit", "50"))
        if not 1 <= limit <= HISTORY_MAX:
            raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100")
        if not self.world.may(channel, "READ_MESSAGE_HISTORY"):
            return Reply([])
        found = self.world.history(channel)
        if "before" in call.query:
            found = [each for each in found if int(each.id) < int(call.query["before"])]
        if "after" in call.query:
            found = [each for each in found if int(each.id) > int(call.query["after"])][:limit]
        return Reply([self.shown(each) for each in reversed(found[-limit:])])

    async def get_message(self, call: Call) -> Reply:
        channel = call.params["channel"]
        self.world.require(channel, "READ_MESSAGE_HISTORY")
        return Reply(self.shown(self.world.message(channel, call.params["message"])))

    async def create_message(self, call: Call) -> Reply:
        channel = self._writable(call.params["channel"])
        body = checks.message_body(call.body, checks.CREATE_FIELDS, files=len(call.files))
        if call.files:
            self.world.require(channel.id, "ATTACH_FILES")
        nonce = str(body["nonce"]) if body.get("nonce") is not None else None
        if nonce and body.get("enforce_nonce") and (known := self._said_before(nonce)):
            known = self.world.message(channel.id, known.id)
            return Reply(self.shown(known) | {"nonce": nonce}, message_id=known.id)
        reference = self._reference(channel, body.get("message_reference"))
        message = self.made(channel, body, call, reference=reference, nonce=nonce)
        if nonce:
            self.nonces[nonce] = (time.monotonic(), message)
        self.announce("MESSAGE_CREATE", message)
        return Reply(self.shown(message) | ({"nonce": nonce} if nonce else {}), message_id=message.id)

    def made(
        self,
        channel: Channel,
        body: Json,
        call: Call,
        *,
        reference: Json | None = None,
        nonce: str | None = None,
        invocation: Invocation | None = None,
    ) -> Message:
        """Store a message of the bot's."""
        alts = checks.attachments(body.get("attachments") or [], call.files)
        files = tuple(
            self.world.keep_file(channel.id, *file, alt) for file, alt in zip(call.files, alts, strict=True)
        )
        plain = MessageKind.REPLY if reference else MessageKind.DEFAULT
        allowed = SENDABLE_FLAGS | (Flag.EPHEMERAL if invocation else 0)
        message = Message(
            id=self.world.ids.take(),
            channel_id=channel.id,
            author=self.world.bot,
            text=(body.get("content") or "").strip(),
            at=time.monotonic(),
            kind=MessageKind.COMMAND if invocation and invocation.command else plain,
            flags=(body.get("flags") or 0) & allowed,
            files=files,
            embeds=tuple({"type": "rich", **embed} for embed in body.get("embeds") or ()),
            components=tuple(body.get("components") or ()),
            reference=reference,
            nonce=nonce,
            webhook_id=self.world.bot.id if invocation else None,
            interaction=self.interactions.metadata(invocation) if invocation else None,
        )
        allowed_mentions = body.get("allowed_mentions") or ({"parse": ["users"]} if invocation else None)
        return self.world.add(message, allowed_mentions)

    def _said_before(self, nonce: str) -> Message | None:
        at, message = self.nonces.get(nonce, (float("-inf"), None))
        return message if time.monotonic() - at <= self.nonce_seconds else None

    def _writable(self, channel_id: str) -> Channel:
        channel = self.world.channel(channel_id)
        permission = "SEND_MESSAGES_IN_THREADS" if channel.kind in THREADS else "SEND_MESSAGES"
        self.world.require(channel_id, permission)
        if channel.kind == ChannelKind.FORUM:
            raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
        if any(person.id in self.world.closed_to_bot for person in channel.recipients):
            raise Refusal(403, 50007, "Cannot send messages to this user")
        return channel

    def _reference(self, channel: Channel, given: Json | None) -> Json | None:
        """What a reply refers to, by Discord's rules; ``None`` when it may be left out."""
        if given is None:
            return None
        if not self.world.may(channel.id, "READ_MESSAGE_HISTORY"):
            raise Refusal(403, 160002, "Cannot reply without permission to read message history")
        target = self.world.seek(channel.id, str(given.get("message_id")))
        if target is None:
            if given.get("fail_if_not_exists", True):
                raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            return None
        if not self.world.answerable(target):
            raise invalid(
                "message_reference",
                "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
                "Cannot reply to a system message",
            )
        return {"type": 0, "message_id": target.id, "channel_id": channel.id, "guild_id": channel.guild_id}

    async def edit_message(self, call: Call) -> Reply:
        channel = self.world.channel(call.params["channel"])
        self.world.require(channel.id, "VIEW_CHANNEL")
        message = self.world.message(channel.id, call.params["message"])
        if message.author.id != self.world.bot.id:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        kept = len(message.files)
        body = checks.message_body(call.body, checks.EDIT_FIELDS, files=kept, kept=True)
        message = self.edited(message, body)
        return Reply(self.shown(message), message_id=message.id)

    def edited(self, message: Message, body: Json) -> Message:
        """Change a message of the bot's by a body that was checked."""
        fields: dict[str, object] = {}
        if "content" in body:
            fields["text"] = (body["content"] or "").strip()
        if "embeds" in body:
            fields["embeds"] = tuple(body["embeds"] or ())
        if "components" in body:
            fields["components"] = tuple(body["components"] or ())
        if body.get("flags") is not None:
            fields["flags"] = message.flags & ~Flag.SUPPRESS_EMBEDS | body["flags"] & Flag.SUPPRESS_EMBEDS
        message = self.world.change(message, **fields)
        self.announce("MESSAGE_UPDATE", message)
        return message

    async def delete_message(self, call: Call) -> Reply:
        message = self.world.message(call.params["channel"], call.params["message"])
        if message.author.id != self.world.bot.id:
            self.world.require(message.channel_id, "MANAGE_MESSAGES")
        self.remove(message)
        return Reply(status=204, message_id=message.id)

    def remove(self, message: Message) -> None:
        """Take a message away and tell the sessions."""
        self.world.drop(message)
        data = {"id": message.id, "channel_id": message.channel_id, **self._guild(message)}
        self.gateway.publish("MESSAGE_DELETE", self._intent(message), lambda _session: data)

    def remove_many(self, messages: Sequence[Message]) -> None:
        """Take messages of one channel away together."""
        for message in messages:
            self.world.drop(message)
        first = messages[0]
        ids = [message.id for message in messages]
        data = {"ids": ids, "channel_id": first.channel_id, **self._guild(first)}
        self.gateway.publish("MESSAGE_DELETE_BULK", self._intent(first), lambda _session: data)

    def say(self, message: Message, *, ping_author: bool) -> Message:
        """A person's message appears; a thread that was put away comes back with it."""
        if message.channel_id in self.world.archived:
            self.world.archived.discard(message.channel_id)
            thread = payloads.channel(self.world, self.world.channels[message.channel_id])
            self.gateway.publish("THREAD_UPDATE", Intent.GUILDS, lambda _session: thread)
        message = self.world.add(message, ping_author=ping_author)
        self.announce("MESSAGE_CREATE", message)
        return message

    def update(self, message: Message) -> None:
        self.announce("MESSAGE_UPDATE", message)

    def announce(self, event: str, message: Message) -> None:
        extra = self._guild(message)
        if message.nonce and event == "MESSAGE_CREATE":
            extra["nonce"] = message.nonce
        if self.world.is_member(message.author) and extra.get("guild_id"):
            extra["member"] = payloads.member(self.world, message.author, whole=False)
        self.gateway.publish(
            event,
            self._intent(message),
            lambda session: (
                payloads.message(self.world, message, with_intent=session.wants(Intent.MESSAGE_CONTENT))
                | extra
            ),
        )

    def _guild(self, message: Message) -> Json:
        guild = self.world.channels[message.channel_id].guild_id
        return {"guild_id": guild} if guild else {}

    def _intent(self, message: Message) -> int:
        direct = self.world.channels[message.channel_id].kind == ChannelKind.DIRECT
        return Intent.DIRECT_MESSAGES if direct else Intent.GUILD_MESSAGES

    def shown(self, message: Message) -> Json:
        return payloads.message(self.world, message, with_intent=self.world.content_allowed)


def direct_channel(world: World, person: Person) -> Channel:
    """The private channel between the bot and a person, opened on first use."""
    for channel in world.channels.values():
        if channel.kind == ChannelKind.DIRECT and person in channel.recipients:
            return channel
    return world.add_channel(
        Channel(world.ids.take(), "", ChannelKind.DIRECT, guild_id=None, recipients=(person,))
    )
