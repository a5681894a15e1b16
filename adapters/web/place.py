"""Where the page's conversations live: their addresses, ids and the one person who writes there."""

import re

from core.address import Address
from core.message import Author, Standing

PLATFORM = "web"
ACCOUNT = "local"
CHANNEL = "page"
# Whoever sits at this machine runs the assistant.
AUTHOR = Author("local", "You", standing=Standing.OWNER)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether this may be an id that the page made: a lower-case UUID."""
    return _UUID.fullmatch(text) is not None


def address_of(conversation: str) -> Address:
    """The address of the conversation with this id."""
    return Address(PLATFORM, ACCOUNT, CHANNEL, conversation)
