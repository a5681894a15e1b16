"""What people do on Discord: write, edit, delete, call commands, press buttons."""

import time
from collections.abc import Mapping, Sequence

from tests.emulators.discord import components
from tests.emulators.discord.interactions import File, Invocation, OptionValue
from tests.emulators.discord.parts import Parts
from tests.emulators.discord.values import Channel, Json, Message, MessageKind, Person


class People(Parts):
    """Their part of :class:`~tests.emulators.discord.emulator.DiscordEmulator`."""

    async def say(
        self,
        author: Person,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | None = None,
        files: Sequence[File] = (),
        ping: bool = True,
        kind: int | None = None,
        stickers: tuple[str, ...] = (),
        poll: tuple[str, tuple[str, ...]] | None = None,
    ) -> Message:
        """``author`` writes; ``files`` are (name, bytes, mime); ``ping`` is the reply's mention."""
        reference = None
        if reply_to is not None:
            reference = {"type": 0, "channel_id": reply_to.channel_id, "message_id": reply_to.id}
            reference |= {"guild_id": channel.guild_id} if channel.guild_id else {}
        usual = MessageKind.REPLY if reply_to else MessageKind.DEFAULT
        message = Message(
            self.world.ids.take(),
            channel.id,
            author,
            text,
            time.monotonic(),
            kind=usual if kind is None else kind,
            files=tuple(self.world.keep_file(channel.id, *file) for file in files),
            reference=reference,
            stickers=stickers,
            poll=poll,
        )
        return self.endpoints.say(message, ping_author=ping)

    async def forward(self, author: Person, channel: Channel, original: Message) -> Message:
        """``author`` forwards a message: a snapshot without its author."""
        reference = {"type": 1, "channel_id": original.channel_id, "message_id": original.id}
        message = Message(
            self.world.ids.take(),
            channel.id,
            author,
            "",
            time.monotonic(),
            reference=reference,
            snapshot=original,
        )
        return self.endpoints.say(message, ping_author=False)

    async def edit(self, message: Message, text: str) -> Message:
        """A person changes their message; its mentions count anew and ping nobody."""
        fresh = self.world.reworded(self.now(message), text)
        self.endpoints.update(fresh)
        return fresh

    async def unfurl(self, message: Message) -> Message:
        """Discord adds a link preview: an update without an edit."""
        embed = {"type": "link", "url": "https://example.com/", "title": "Example"}
        fresh = self.world.change(self.now(message), embeds=(embed,))
        self.endpoints.update(fresh)
        return fresh

    async def delete(self, message: Message) -> None:
        """A person deletes a message."""
        self.endpoints.remove(self.now(message))

    async def delete_many(self, messages: Sequence[Message]) -> None:
        """A moderator deletes messages of one channel together."""
        self.endpoints.remove_many([self.now(message) for message in messages])

    async def invoke(
        self, person: Person, channel: Channel, name: str, options: Mapping[str, OptionValue] | None = None
    ) -> Invocation:
        """``person`` sends ``/name``; a file option is (name, bytes, mime). See :class:`Invocation`."""
        return self._interact(self.interactions.begin(person, channel, name, options or {}))

    async def click(self, person: Person, message: Message, label: str = "Stop") -> Invocation:
        """``person`` presses a button. ``LookupError`` when it is not there to be pressed any more."""
        custom_id = components.pressable(self.now(message).components, label)
        return await self.click_as(person, message, custom_id)

    async def click_as(self, person: Person, message: Message, custom_id: str) -> Invocation:
        """``person`` presses what their client still shows, or forges: any message, any ``custom_id``."""
        return self._interact(self.interactions.press(person, message, custom_id))

    def _interact(self, data: Json) -> Invocation:
        self.gateway.publish("INTERACTION_CREATE", 0, lambda _session: data)
        return self.interactions.open[data["id"]]

    def now(self, message: Message) -> Message:
        """A message as it stands now. Raises ``Refusal`` when it was deleted."""
        return self.world.message(message.channel_id, message.id)
