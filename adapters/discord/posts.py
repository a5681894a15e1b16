"""Our own posts: whether one arrived whose answer was lost."""

import asyncio
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

import discord

from adapters.discord import faults
from adapters.discord.attempts import Attempts
from adapters.discord.buttons import posted_key
from adapters.discord.link import Link
from core.delivery import Lookup
from core.errors import PlatformError, StoreError
from core.outgoing import tag
from core.ports import Inbox

LOOKS_S = (0.25, 0.5, 1.0)
LATER_LOOKS_S = 1.5
SEARCHED_MAX = 1000

_POSTED = frozenset({discord.MessageType.default, discord.MessageType.reply})
# Spaces and signs that cannot be seen: Discord takes some of them out.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


class Posts:
    """Looks for posts in the history of a channel."""

    def __init__(self, link: Link, inbox: Inbox, attempts: Attempts) -> None:
        self._link = link
        self._inbox = inbox
        self._attempts = attempts

    async def find(self, lookup: Lookup) -> str | None:
        """Find a post of ours that may have arrived. Raises ``PlatformError``.

        A nonce is never in a history. A message that is still live carries its key in its button.
        Any other is known by its words, when this process has sent them; after a restart by its
        reference to ``lookup.after``, or, where answers carry none, by its place: the last one of
        ours in a thread or direct message channel, the only one directly below our own in a channel.
        What is unclear is not taken, and neither is what is stored as a message of some answer.

        "No" is said once the history must show what was sent; until then it is looked at again.
        """
        pauses = chain(LOOKS_S, repeat(LATER_LOOKS_S))
        while True:
            hidden_s = self._attempts.visible_in(lookup.key)
            try:
                messages = await self._messages(lookup)
                found = await self._recognised(messages, lookup)
                if found is None and hidden_s <= 0:
                    await self._be_sure(messages, lookup)
            except faults.FOREIGN as error:
                if faults.place_is_deleted(error):
                    return None
                raise faults.unasked(error, "whether a message arrived") from error
            except StoreError as error:
                raise faults.unasked(error, "whose message it is") from error
            if found is not None or hidden_s <= 0:
                return found
            await asyncio.sleep(min(hidden_s, next(pauses)))

    async def _messages(self, lookup: Lookup) -> list[discord.Message]:
        """Everything in the channel below the question, oldest first."""
        after = discord.Object(int(lookup.after))
        history = self._link.channel(lookup.address.channel).history(
            limit=SEARCHED_MAX, after=after, oldest_first=True
        )
        return [message async for message in history]

    async def _be_sure(self, messages: Sequence[discord.Message], lookup: Lookup) -> None:
        """Raise ``PlatformError`` when the history cannot tell and Discord has forgotten the nonce."""
        if self._attempts.repeatable(lookup.key):
            return
        if len(messages) >= SEARCHED_MAX:
            raise PlatformError("Discord: too much was said since to find a message")
        if not messages:
            await self._check_sight(lookup)

    async def _check_sight(self, lookup: Lookup) -> None:
        """An empty history is also what is shown to a bot that may not read it; the question is refused."""
        try:
            await self._link.channel(lookup.address.channel).fetch_message(int(lookup.after))
        except discord.NotFound as error:
            if error.code != faults.UNKNOWN_MESSAGE:
                raise

    async def _recognised(self, messages: Sequence[discord.Message], lookup: Lookup) -> str | None:
        own = [each for each in messages if each.author.id == self._link.me]
        if lookup.is_file and (files := await self._unclaimed(_tagged(own, lookup.key), lookup)):
            return str(files[-1].id)
        ours = [each for each in own if _is_post(each)]
        keyed = [message for message in ours if posted_key(message) == lookup.key]
        unkeyed = [message for message in ours if posted_key(message) is None]
        texts = self._attempts.texts(lookup.key)
        if lookup.is_file:
            # The words that stand in its place are not told from others by where they are.
            texts = [text for text in texts or () if text]
        found = await self._unclaimed(keyed, lookup)
        if not found and texts is not None:
            found = await self._unclaimed(_worded(unkeyed, lookup, texts), lookup)
        elif not found and _is_alone(lookup):
            found = await self._unclaimed(unkeyed, lookup)
        elif not found:
            found = await self._unclaimed([each for each in unkeyed if _answers(each, lookup)], lookup)
            if not found:
                below = await self._unclaimed(list(_below_own(ours, lookup)), lookup)
                found = below if len(below) == 1 else []
        return str(found[-1].id) if found else None

    async def _unclaimed(self, messages: Sequence[discord.Message], lookup: Lookup) -> list[discord.Message]:
        return [message for message in messages if not await self._is_another(message, lookup)]

    async def _is_another(self, message: discord.Message, lookup: Lookup) -> bool:
        """Whether it is known which message of ours this is: two answers may stand between each other."""
        message_id, address = str(message.id), lookup.address
        if message_id in lookup.claimed:
            return True
        where = (address.platform, address.account, address.channel)
        return await self._inbox.locate(*where, message_id) is not None


def _is_post(message: discord.Message) -> bool:
    """A message such as answers are made of: no command's first answer, no apology, no file."""
    has_words = not message.attachments and message.content != StoreError.told
    return message.type in _POSTED and has_words


def _tagged(own: Iterable[discord.Message], key: str) -> list[discord.Message]:
    """Messages with a file that was posted under a key."""
    return [each for each in own if any(tag(key) in file.filename for file in each.attachments)]


def _is_alone(lookup: Lookup) -> bool:
    """Whether the channel is the thread: one answer is made there at a time, and carries no reference."""
    return lookup.address.thread == lookup.address.channel


def _worded(ours: Iterable[discord.Message], lookup: Lookup, texts: Iterable[str]) -> list[discord.Message]:
    """Messages with one of these texts that do not answer another question."""
    said = {_seen(text) for text in texts}
    worded = [message for message in ours if _seen(message.content) in said]
    return [each for each in worded if _is_alone(lookup) or each.reference is None or _answers(each, lookup)]


def _below_own(ours: Iterable[discord.Message], lookup: Lookup) -> Iterator[discord.Message]:
    """Messages without a reference that stand directly below those of this answer."""
    follows = False
    for message in ours:
        if str(message.id) in lookup.claimed or _answers(message, lookup):
            follows = True
        elif message.reference is not None or posted_key(message) is not None:
            follows = False
        elif follows:
            yield message


def _answers(message: discord.Message, lookup: Lookup) -> bool:
    """Whether a message refers to the question, or to the message that shows a command's question."""
    reference = message.reference
    if reference is None:
        return False
    if str(reference.message_id) == lookup.after:
        return True
    shown = reference.resolved
    metadata = shown.interaction_metadata if isinstance(shown, discord.Message) else None
    return metadata is not None and str(metadata.id) == lookup.after


def _seen(text: str) -> str:
    """A text without what cannot be seen."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in _UNSEEN)
