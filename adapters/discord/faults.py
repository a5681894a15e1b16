"""What an error of Discord's or of the way there means. The one table.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from enum import StrEnum
from http import HTTPStatus

import aiohttp
import discord

from core.delivery import Gone, Outcome, Rejected, Retry, Unknown
from core.errors import PlatformError, StartupError

NO_HISTORY_TO_REPLY = 160002
INVALID_FORM = 50035
MISSING_PERMISSIONS = 50013

_PLACE_GONE = frozenset(
    {
        10003,  # unknown channel
        10004,  # unknown guild
        50001,  # missing access
        50007,  # this person takes no messages from us
        MISSING_PERMISSIONS,
        50083,  # the thread is archived and may not be opened
        50278,  # no server in common with this person
        160005,  # the thread is locked
    }
)
_DELETED = frozenset({10003, 10004})
UNKNOWN_MESSAGE = 10008
_SLOWED = frozenset({20016, 20028, 20029, 30046})  # slow mode, write limits, edits of old messages

_AGAIN_S = 1.0
_SLOWED_S = 5.0
_BLOCKED_S = 60.0

# What a request through discord.py may raise, from the platform or the way there. The last three come
# of an answer that is not in the promised shape, and of a session that was closed meanwhile.
FOREIGN: tuple[type[Exception], ...] = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    RuntimeError,
    TypeError,
    KeyError,
    ValueError,
)


# What a login, or a connection that ends for good, may raise.
REFUSED_IN: tuple[type[Exception], ...] = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


class Request(StrEnum):
    """What was asked; only a repeated ``POST`` can be seen twice."""

    POST = "post"
    EDIT = "edit"
    DELETE = "delete"


def outcome(error: Exception, request: Request) -> Outcome:
    """Read one of :data:`FOREIGN` as an outcome."""
    if isinstance(error, discord.RateLimited):
        return Retry(error.retry_after)
    if isinstance(error, discord.HTTPException) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refused(error)
    if request is Request.POST:
        return Unknown(code_of(error))
    return Retry(_AGAIN_S)


def _refused(error: discord.HTTPException) -> Outcome:
    """A 4xx: Discord did nothing."""
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.code in _SLOWED:
        return Retry(_pause(error))
    if error.code in _PLACE_GONE or error.code == UNKNOWN_MESSAGE:
        return Gone(str(error.code), place=error.code in _PLACE_GONE)
    return Rejected(code_of(error))


def _pause(error: discord.HTTPException) -> float:
    """Seconds to wait after a 429, by its header; long when a proxy before Discord has blocked us."""
    # requests' response type, which discord.py also names here, never occurs in its async client.
    header = error.response.headers.get("Retry-After", "")
    try:
        return max(_AGAIN_S, float(header))
    except ValueError:
        return _SLOWED_S if error.code in _SLOWED else _BLOCKED_S


def code_of(error: Exception) -> str:
    """A short word for the log: Discord's code, else the HTTP status, else the error's name."""
    if isinstance(error, discord.HTTPException):
        return str(error.code or error.status)
    return type(error).__name__


def refuses_reference(error: Exception) -> bool:
    """Tell whether a post was refused only for the message that it refers to."""
    if not isinstance(error, discord.HTTPException):
        return False
    if error.code == NO_HISTORY_TO_REPLY:
        return True
    return error.code == INVALID_FORM and "message_reference" in error.text


def may_not(error: Exception) -> bool:
    """Tell whether a permission is missing; for files it is one of their own, and words may still go."""
    return isinstance(error, discord.HTTPException) and error.code == MISSING_PERMISSIONS


def place_is_gone(error: Exception) -> bool:
    """Tell whether a channel, thread or server is gone, or our right to be there."""
    return isinstance(error, discord.HTTPException) and error.code in _PLACE_GONE


def place_is_deleted(error: Exception) -> bool:
    """Tell whether a channel, thread or server is gone for everybody."""
    return isinstance(error, discord.HTTPException) and error.code in _DELETED


def unasked(error: Exception, what: str) -> PlatformError:
    """The error for a question to Discord that got no answer."""
    pause: float | None = None
    if isinstance(error, discord.RateLimited):
        pause = error.retry_after
    elif isinstance(error, discord.HTTPException) and error.status == HTTPStatus.TOO_MANY_REQUESTS:
        pause = _pause(error)
    return PlatformError(f"Discord: {what}: {code_of(error)}", pause)


def will_pass(error: Exception) -> bool:
    """Tell whether another login may do better: the network, a failure of Discord's, too many requests."""
    if isinstance(error, discord.HTTPException):
        return (
            error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS
        )
    return isinstance(error, discord.RateLimited) or not isinstance(error, discord.DiscordException)


def startup(error: Exception) -> StartupError:
    """The sentence for a start that cannot go on."""
    if isinstance(error, discord.LoginFailure):
        return StartupError(
            "Discord refused the token: check DISCORD_TOKEN against the Bot page of your application "
            "at https://discord.com/developers/applications."
        )
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return StartupError(
            "Discord refuses the intents of this bot: turn on Message Content Intent on the Bot page of "
            "your application at https://discord.com/developers/applications."
        )
    if isinstance(error, discord.ConnectionClosed):
        advice = " Check DISCORD_TOKEN: it may have been reset." if error.code == _TOKEN_REFUSED else ""
        return StartupError(f"Discord closed the connection for good with code {error.code}.{advice}")
    return StartupError(f"Discord did not let me in ({code_of(error)}): check DISCORD_TOKEN.")


_TOKEN_REFUSED = 4004
