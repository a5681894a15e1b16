"""The endpoints with which a bot answers commands and buttons, and registers its commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.emulators.discord import checks
from tests.emulators.discord.interactions import Interactions, Invocation
from tests.emulators.discord.rest import Call, Handler, Reply
from tests.emulators.discord.values import Json, Message, invalid

if TYPE_CHECKING:
    from tests.emulators.discord.endpoints import Endpoints

MESSAGE, LATER_MESSAGE, LATER_UPDATE, UPDATE = 4, 5, 6, 7
FOR_COMMANDS, FOR_BUTTONS = {MESSAGE, LATER_MESSAGE}, {MESSAGE, LATER_MESSAGE, LATER_UPDATE, UPDATE}


@dataclass
class Answers:
    """Callbacks, follow-ups and the original answer. ``endpoints`` makes and changes the messages."""

    interactions: Interactions
    endpoints: "Endpoints"

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        hook = "/webhooks/{application}/{token}"
        commands = "/applications/{application}/commands"
        return {
            ("GET", commands): self.get_commands,
            ("PUT", commands): self.put_commands,
            ("POST", "/interactions/{interaction}/{token}/callback"): self.respond,
            ("POST", hook): self.follow_up,
            ("GET", hook + "/messages/{message}"): self.get_response,
            ("PATCH", hook + "/messages/{message}"): self.edit_response,
            ("DELETE", hook + "/messages/{message}"): self.delete_response,
        }

    async def get_commands(self, call: Call) -> Reply:
        return Reply(list(self.interactions.commands.values()))

    async def put_commands(self, call: Call) -> Reply:
        return Reply(self.interactions.overwrite(call.body))

    async def respond(self, call: Call) -> Reply:
        """An interaction's first answer: a message (4), the promise of one (5), for a button also an
        update of its message (7) or the promise of one (6).
        """
        kind = call.body["type"]
        data = call.body.get("data") or {}
        if kind in {MESSAGE, UPDATE}:
            fields = checks.REPLY_FIELDS if kind == MESSAGE else checks.EDIT_FIELDS
            data = checks.message_body(data, fields, files=len(call.files), kept=kind == UPDATE)
        invocation = self.interactions.respond(call.params["interaction"], call.params["token"])
        if kind not in (FOR_BUTTONS if invocation.pressed else FOR_COMMANDS):
            raise invalid("type", "BASE_TYPE_CHOICES", f"This interaction takes no callback of type {kind}")
        shown: Json = {"id": invocation.id, "type": 3 if invocation.pressed else 2}
        shown["response_message_loading"] = kind == LATER_MESSAGE
        invocation.callback, invocation.deferred = kind, kind in {LATER_MESSAGE, LATER_UPDATE}
        if kind == UPDATE and invocation.pressed:
            pressed = invocation.pressed
            self.endpoints.edited(self.endpoints.world.message(pressed.channel_id, pressed.id), data)
        if kind != MESSAGE:
            return Reply({"interaction": shown, "resource": {"type": kind}})
        message = self._answered(invocation, data, call)
        invocation.reply = message
        shown |= {"response_message_id": message.id, "response_message_ephemeral": message.ephemeral}
        resource = {"type": 4, "message": self.endpoints.shown(message)}
        return Reply({"interaction": shown, "resource": resource}, message_id=message.id)

    async def follow_up(self, call: Call) -> Reply:
        invocation = self.interactions.by_token(call.params["token"])
        data = checks.message_body(call.body, checks.REPLY_FIELDS, files=len(call.files))
        message = self._answered(invocation, data, call)
        if invocation.deferred and invocation.reply is None:
            invocation.reply = message
        else:
            invocation.followups.append(message)
        return Reply(self.endpoints.shown(message), message_id=message.id)

    def _answered(self, invocation: Invocation, data: Json, call: Call) -> Message:
        message = self.endpoints.made(invocation.channel, data, call, invocation=invocation)
        if not message.ephemeral:
            self.endpoints.announce("MESSAGE_CREATE", message)
        return message

    async def get_response(self, call: Call) -> Reply:
        return Reply(self.endpoints.shown(self._response(call)))

    async def edit_response(self, call: Call) -> Reply:
        invocation = self.interactions.by_token(call.params["token"])
        data = checks.message_body(call.body, checks.EDIT_FIELDS, files=len(call.files), kept=True)
        if invocation.callback == LATER_MESSAGE and invocation.reply is None:
            invocation.reply = self._answered(invocation, data, call)
            return Reply(self.endpoints.shown(invocation.reply), message_id=invocation.reply.id)
        message = self.endpoints.edited(self._response(call), data)
        if invocation.pressed is None:
            invocation.reply = message
        return Reply(self.endpoints.shown(message), message_id=message.id)

    async def delete_response(self, call: Call) -> Reply:
        self.endpoints.remove(self._response(call))
        return Reply(status=204)

    def _response(self, call: Call) -> Message:
        """The message that a webhook's path names; behind a button ``@original`` is the button's own."""
        invocation = self.interactions.by_token(call.params["token"])
        wanted = call.params["message"]
        if wanted == "@original":
            promised = invocation.callback in {LATER_UPDATE, UPDATE}
            original = invocation.pressed if promised else invocation.reply
            wanted = original.id if original else ""
        return self.endpoints.world.message(invocation.channel.id, wanted)
