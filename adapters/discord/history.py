"""What stands on Discord already: reply chains and earlier messages."""

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.link import Link
from core.address import Address
from core.events import Asked
from core.message import PastMessage
from core.ports import Inbox

CHAIN_MAX = 20
OPENER_AMONG = 50
UNREADABLE = "[I am not allowed to read this message]"

_SPOKEN = frozenset(
    {
        discord.MessageType.default,
        discord.MessageType.reply,
        discord.MessageType.chat_input_command,
        discord.MessageType.context_menu_command,
    }
)

log = structlog.get_logger()


class History:
    """Reads messages that the gateway did not bring."""

    def __init__(self, link: Link, inbox: Inbox) -> None:
        self._link = link
        self._inbox = inbox

    async def answered(self, message: discord.Message) -> discord.Message | None:
        """The message that this one replies to, or ``None`` when there is none or it cannot be had."""
        answered_id = inbound.answered_id(message)
        reference = message.reference
        if answered_id is None or reference is None:
            return None
        if isinstance(reference.resolved, discord.DeletedReferencedMessage):
            return None
        if (near := reference.resolved or reference.cached_message) is not None:
            return near
        return await self._fetched(str(message.channel.id), answered_id)

    async def _fetched(self, channel_id: str, message_id: int) -> discord.Message | None:
        try:
            return await self._link.channel(channel_id).fetch_message(message_id)
        except faults.FOREIGN as error:
            log.info("discord.message_not_read", message=message_id, code=faults.code_of(error))
            return None

    async def place(self, message: discord.Message) -> inbound.Place:
        """The thread of a message in a server's channel: the root of its reply chain, or itself.

        Raises ``StoreError``.
        """
        account = inbound.account_of(inbound.guild_id_of(message))
        channel = str(message.channel.id)
        current, root = message, message.id
        for _ in range(CHAIN_MAX):
            answered_id = inbound.answered_id(current)
            if answered_id is None:
                break
            root = answered_id
            known = await self._inbox.locate(inbound.PLATFORM, account, channel, str(answered_id))
            if known is not None:
                return inbound.Place(known, joined_midway=True)
            parent = await self.answered(current)
            if parent is None:
                break
            current = parent
        address = Address(inbound.PLATFORM, account, channel, str(root))
        return inbound.Place(address, joined_midway=root != message.id)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """The newest ``limit`` messages before ``question``, oldest first. Raises ``PlatformError``.

        In a thread or direct message channel these are its messages, and the one that the thread
        hangs on; in a channel they are the chain of replies. Our own are among them.
        """
        if limit <= 0:
            return ()
        try:
            if question.address.thread == question.address.channel:
                found = await self._before(question, limit)
            else:
                found = await self._chain(question, limit)
        except faults.FOREIGN as error:
            raise faults.unasked(error, "what was said before") from error
        return tuple(self._told(message) for message in found)

    async def _before(self, question: Asked, limit: int) -> list[discord.Message]:
        channel = self._link.channel(question.address.channel)
        before = discord.Object(int(question.message_id))
        found: list[discord.Message] = []
        starter: discord.Message | None = None
        async for message in channel.history(limit=limit, before=before):
            if message.type is discord.MessageType.thread_starter_message:
                starter = await self._starter(message)
            elif message.type in _SPOKEN:
                found.append(message)
        found.reverse()
        whole = len(found) < limit
        if starter is None and not whole and question.address.account != inbound.DIRECT:
            starter = await self._opening(question.address)
        room = limit - 1
        return [starter, *found[-room:]] if starter is not None and room else found

    async def _starter(self, notice: discord.Message) -> discord.Message | None:
        """The message that a thread hangs on: it stands in the parent, the thread only refers to it."""
        reference = notice.reference
        if reference is None or reference.message_id is None:
            return None
        if isinstance(reference.resolved, discord.Message):
            return reference.resolved
        return await self._fetched(str(reference.channel_id), reference.message_id)

    async def _opening(self, address: Address) -> discord.Message | None:
        """The beginning of a long thread, which has the thread's own id, in it (a post) or above it."""
        thread = self._link.connected().get_channel(int(address.channel))
        if not isinstance(thread, discord.Thread):
            return None
        is_post = isinstance(thread.parent, discord.ForumChannel)
        return await self._fetched(str(thread.id if is_post else thread.parent_id), thread.id)

    async def _chain(self, question: Asked, limit: int) -> list[discord.Message]:
        """Walk up from a question; a command stands nowhere and has no chain."""
        if question.address.thread.startswith("i"):
            return []
        channel = self._link.channel(question.address.channel)
        current: discord.Message | None = await channel.fetch_message(int(question.message_id))
        found: list[discord.Message] = []
        while current is not None and len(found) < min(limit, CHAIN_MAX):
            current = await self.answered(current)
            if current is not None:
                found.append(current)
        return found[::-1]

    def _told(self, message: discord.Message) -> PastMessage:
        text = inbound.text_of(message, 0)
        attachments = inbound.attachments_of(message)
        files = [f"[file: {file.name}]" for file in attachments]
        empty = "[no text]" if self._link.reads_content else UNREADABLE
        return PastMessage(
            author=inbound.author_of(message.author),
            text="\n".join(part for part in (text, *files) if part) or empty,
            message_id=str(message.id),
            sent_at=message.created_at.timestamp(),
            attachments=() if message.author.id == self._link.me else attachments,
        )

    async def opener(self, channel_id: str, interaction_id: str) -> str | None:
        """The message that shows the question of a command, by what Discord notes on it."""
        after = discord.Object(int(interaction_id))
        history = self._link.channel(channel_id).history(limit=OPENER_AMONG, after=after, oldest_first=True)
        try:
            async for message in history:
                metadata = message.interaction_metadata
                if metadata is not None and str(metadata.id) == interaction_id:
                    return str(message.id)
        except faults.FOREIGN as error:
            log.info("discord.opener_not_found", interaction=interaction_id, code=faults.code_of(error))
        return None
