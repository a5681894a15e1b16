"""What stood in a thread before the assistant was asked there; its words are never stored."""

import structlog

from core.errors import PlatformError
from core.events import Asked
from core.message import PastMessage
from core.ports import Platform

# How far a thread is read that people had begun.
PAST_MESSAGES = 50

log = structlog.get_logger()


async def past_before(first: Asked, platform: Platform) -> tuple[PastMessage, ...]:
    """The newest messages before a thread's first question, oldest first; none where they cannot be read."""
    try:
        return await platform.past(first, PAST_MESSAGES)
    except PlatformError as error:
        log.warning("thread.no_past", thread=first.address.key, error=str(error))
        return ()
