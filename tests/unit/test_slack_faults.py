"""Every error of Slack and of its library has one outcome."""

import inspect
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk import errors as slack

from adapters.slack.faults import (
    BY_CLASS,
    CALL_ERRORS,
    GONE,
    PLACE_GONE,
    UNCERTAIN,
    as_platform_error,
    of_edit,
    of_post,
)
from core.delivery import Gone, Outcome, Rejected, Retry, Unknown


def refusal(response: object) -> slack.SlackApiError:
    return slack.SlackApiError("no", response)  # type: ignore[no-untyped-call]  # the library has no annotation


def answer(code: str | None, status: int = 200, retry_after: str | None = None) -> slack.SlackApiError:
    data: dict[str, Any] = {} if code is None else {"ok": False, "error": code}
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return refusal(SimpleNamespace(data=data, status_code=status, headers=headers))


@pytest.mark.parametrize(
    ("error", "post", "edit"),
    [
        (answer("ratelimited", 429, retry_after="17"), Retry(17.0), Retry(17.0)),
        (answer(None, 429), Retry(1.0), Retry(1.0)),
        (answer("rate_limited", retry_after="soon"), Retry(1.0), Retry(1.0)),
        (
            answer("channel_not_found"),
            Gone("channel_not_found", place=True),
            Gone("channel_not_found", place=True),
        ),
        (answer("cant_update_message"), Gone("cant_update_message"), Gone("cant_update_message")),
        (answer("msg_too_long"), Rejected("msg_too_long"), Rejected("msg_too_long")),
        (answer("something_new"), Rejected("something_new"), Rejected("something_new")),
        (answer("internal_error"), Unknown("internal_error"), Retry(1.0)),
        (answer("fatal_error"), Unknown("fatal_error"), Retry(1.0)),
        (answer(None, 503), Unknown("http_503"), Retry(1.0)),
        (answer(None, 200), Unknown("http_200"), Retry(1.0)),
        (TimeoutError(), Unknown("TimeoutError"), Retry(1.0)),
        (aiohttp.ServerDisconnectedError(), Unknown("ServerDisconnectedError"), Retry(1.0)),
        (ConnectionResetError(), Unknown("ConnectionResetError"), Retry(1.0)),
    ],
)
def test_the_table(error: Exception, post: Outcome, edit: Outcome) -> None:
    assert isinstance(error, CALL_ERRORS)
    assert (of_post(error), of_edit(error)) == (post, edit)


def library_errors() -> list[type[Exception]]:
    found = (kind for _, kind in inspect.getmembers(slack, inspect.isclass))
    return [kind for kind in found if issubclass(kind, slack.SlackClientError)]


def test_every_class_of_the_library_is_mapped() -> None:
    mapped = {kind for kind, _ in BY_CLASS}
    assert set(library_errors()) - mapped == {slack.SlackClientError, slack.SlackApiError}
    assert all(issubclass(kind, CALL_ERRORS) for kind in library_errors())


def test_an_error_whose_answer_was_no_json_is_unknown() -> None:
    error = refusal(SimpleNamespace(status=502, headers={}))
    assert of_post(error) == Unknown("http_502")


def test_what_is_gone_is_a_place_or_a_message() -> None:
    for code in GONE:
        assert of_post(answer(code)) == of_edit(answer(code)) == Gone(code, place=code in PLACE_GONE)
    assert sorted(GONE - PLACE_GONE) == ["cant_delete_message", "cant_update_message", "message_not_found"]
    assert not GONE & UNCERTAIN


def test_a_question_that_is_not_answered_says_why_and_when_to_come_again() -> None:
    assert "internal_error" in str(as_platform_error(answer("internal_error")))
    assert as_platform_error(answer("internal_error")).retry_after is None
    assert as_platform_error(answer("ratelimited", 429, retry_after="30")).retry_after == 30.0
    assert as_platform_error(TimeoutError()).retry_after is None
