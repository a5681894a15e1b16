"""What Slack and the way to it can answer, as outcomes and errors of the core. One table.

Codes: https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk import errors as slack

from core.delivery import Gone, Outcome, Rejected, Retry, Unknown
from core.errors import PlatformError

# Everything that a call through slack_sdk raises for what happens outside of this program.
CALL_ERRORS = (slack.SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError)

RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
# The channel, the thread, or our right to write there.
PLACE_GONE = frozenset(
    {
        "account_inactive",
        "cannot_reply_to_message",
        "channel_is_archived",
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "messages_tab_disabled",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
        "thread_not_found",
        "token_expired",
        "token_revoked",
        "user_not_found",
    }
)
MESSAGE_GONE = frozenset({"cant_delete_message", "cant_update_message", "message_not_found"})
GONE = PLACE_GONE | MESSAGE_GONE
# "It's possible some aspect of the operation succeeded before the error was raised."
UNCERTAIN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
REFUSED_BLOCKS = frozenset(
    {"block_mismatch", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
)

# Errors of slack_sdk itself; raised before a request goes out, except the first.
BY_CLASS: tuple[tuple[type[Exception], Outcome], ...] = (
    (slack.SlackTokenRotationError, Rejected("token_rotation")),
    (slack.BotUserAccessError, Rejected("bot_token_not_accepted")),
    (slack.SlackRequestError, Rejected("malformed_request")),
    (slack.SlackObjectFormationError, Rejected("malformed_object")),
    (slack.SlackClientConfigurationError, Rejected("client_configuration")),
    (slack.SlackClientNotConnectedError, Retry(1.0)),
    (aiohttp.ClientConnectorError, Retry(2.0)),
    (aiohttp.InvalidURL, Rejected("malformed_address")),
)
EDIT_RETRY_S = 1.0


def code_of(error: BaseException) -> str:
    """The platform's word for an error: Slack's code, ``http_500``, or the exception's name."""
    if isinstance(error, slack.SlackApiError):
        return str(_body(error).get("error") or f"http_{_status(error)}")
    return type(error).__name__


def of_post(error: BaseException) -> Outcome:
    """What became of a post. What may have arrived is ``Unknown``."""
    if isinstance(error, slack.SlackApiError):
        return _of_answer(error)
    known = (outcome for kind, outcome in BY_CLASS if isinstance(error, kind))
    return next(known, Unknown(code_of(error)))


def of_edit(error: BaseException) -> Outcome:
    """What became of an edit or a delete. Setting the same text again does no harm."""
    outcome = of_post(error)
    return Retry(EDIT_RETRY_S) if isinstance(outcome, Unknown) else outcome


def as_platform_error(error: BaseException) -> PlatformError:
    """For questions, whose answer the caller cannot do without."""
    wait = retry_after(error) if isinstance(error, slack.SlackApiError) else None
    return PlatformError(f"Slack could not be asked: {code_of(error)}", wait)


def retry_after(error: slack.SlackApiError) -> float | None:
    """Seconds that a rate limit asks for; ``None`` when it is none."""
    limited = _status(error) == HTTPStatus.TOO_MANY_REQUESTS or code_of(error) in RATE_LIMITED
    if not limited:
        return None
    headers = getattr(error.response, "headers", None) or {}
    try:
        return max(1.0, float(headers.get("Retry-After", 1)))
    except ValueError:
        return 1.0


def _of_answer(error: slack.SlackApiError) -> Outcome:
    code, wait = code_of(error), retry_after(error)
    if wait is not None:
        return Retry(wait)
    if code in GONE:
        return Gone(code, place=code in PLACE_GONE)
    if code in UNCERTAIN or _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR or "error" not in _body(error):
        return Unknown(code)
    return Rejected(code)


def _body(error: slack.SlackApiError) -> Mapping[str, Any]:
    data = error.response if isinstance(error.response, dict) else getattr(error.response, "data", None)
    return data if isinstance(data, dict) else {}


def _status(error: slack.SlackApiError) -> int:
    response = error.response
    return int(getattr(response, "status_code", None) or getattr(response, "status", None) or HTTPStatus.OK)
