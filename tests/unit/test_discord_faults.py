"""Every error of discord.py's has a meaning."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from adapters.discord import faults
from adapters.discord.faults import Request
from core.delivery import Gone, Outcome, Rejected, Retry, Unknown

# isort: split
import discord


def http(
    kind: type[discord.HTTPException], status: int, code: int = 0, **headers: str
) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="because", headers=headers)
    return kind(response, {"code": code, "message": "no"})


def every_subclass(kind: type[Exception]) -> list[type[Exception]]:
    return [each for sub in kind.__subclasses__() for each in (sub, *every_subclass(sub))]


def test_every_exception_of_the_library_is_caught_at_the_border() -> None:
    kinds = every_subclass(discord.DiscordException)
    assert len(kinds) > 10
    assert all(issubclass(kind, faults.FOREIGN) for kind in kinds)


def http_kinds() -> list[type[discord.HTTPException]]:
    """Those that a response makes; the library also wraps some in errors of its own shape."""
    kinds = [discord.HTTPException, *every_subclass(discord.HTTPException)]
    return [kind for kind in kinds if kind.__init__ is discord.HTTPException.__init__]  # type: ignore[misc]


@pytest.mark.parametrize("asked", list(Request))
@pytest.mark.parametrize("kind", http_kinds(), ids=lambda kind: kind.__name__)
def test_every_http_exception_has_an_outcome(kind: type[discord.HTTPException], asked: Request) -> None:
    assert isinstance(faults.outcome(http(kind, 400, 50035), asked), Rejected)


@pytest.mark.parametrize(
    ("error", "post", "edit"),
    [
        (http(discord.Forbidden, 403, 50001), Gone("50001", place=True), Gone("50001", place=True)),
        (http(discord.Forbidden, 403, 50013), Gone("50013", place=True), Gone("50013", place=True)),
        (http(discord.Forbidden, 403, 50007), Gone("50007", place=True), Gone("50007", place=True)),
        (http(discord.NotFound, 404, 10003), Gone("10003", place=True), Gone("10003", place=True)),
        (http(discord.NotFound, 404, 10008), Gone("10008"), Gone("10008")),
        (http(discord.HTTPException, 400, 50035), Rejected("50035"), Rejected("50035")),
        (http(discord.HTTPException, 400, 200000), Rejected("200000"), Rejected("200000")),
        (http(discord.HTTPException, 401), Rejected("401"), Rejected("401")),
        (discord.RateLimited(44.0), Retry(44.0), Retry(44.0)),
        (http(discord.HTTPException, 429, 0, **{"Retry-After": "7"}), Retry(7.0), Retry(7.0)),
        (http(discord.HTTPException, 429), Retry(60.0), Retry(60.0)),
        (http(discord.HTTPException, 429, 30046), Retry(5.0), Retry(5.0)),
        (http(discord.DiscordServerError, 503), Unknown("503"), Retry(1.0)),
        (aiohttp.ServerDisconnectedError(), Unknown("ServerDisconnectedError"), Retry(1.0)),
        (ConnectionResetError(104, "reset"), Unknown("ConnectionResetError"), Retry(1.0)),
        (TimeoutError(), Unknown("TimeoutError"), Retry(1.0)),
        (RuntimeError("Session is closed"), Unknown("RuntimeError"), Retry(1.0)),
        (TypeError("not JSON"), Unknown("TypeError"), Retry(1.0)),
    ],
)
def test_outcomes(error: Exception, post: Outcome, edit: Outcome) -> None:
    assert faults.outcome(error, Request.POST) == post
    assert faults.outcome(error, Request.EDIT) == edit


@pytest.mark.parametrize("code", [10003, 10004, 50001, 50007, 50013, 50083, 50278, 160005])
def test_a_place_that_takes_nothing_more(code: int) -> None:
    error = http(discord.HTTPException, 403, code)
    assert faults.outcome(error, Request.DELETE) == Gone(str(code), place=True)
    assert faults.place_is_gone(error)
    assert not faults.place_is_gone(http(discord.NotFound, 404, 10008))
    assert faults.place_is_deleted(error) is (code in {10003, 10004})


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (discord.RateLimited(44.0), 44.0),
        (http(discord.HTTPException, 429, 0, **{"Retry-After": "7"}), 7.0),
        (http(discord.Forbidden, 403, 50001), None),
        (TimeoutError(), None),
    ],
)
def test_a_question_without_an_answer_says_when_to_ask_again(error: Exception, seconds: float | None) -> None:
    assert faults.unasked(error, "what").retry_after == seconds


def test_only_a_refused_reference_is_left_out() -> None:
    assert faults.refuses_reference(http(discord.Forbidden, 403, 160002))
    assert not faults.refuses_reference(http(discord.Forbidden, 403, 50013))
    assert not faults.refuses_reference(TimeoutError())
    response: Any = SimpleNamespace(status=400, reason="Bad Request", headers={})
    errors = {
        "message_reference": {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}
    }
    form = {"code": 50035, "message": "Invalid Form Body", "errors": errors}
    assert faults.refuses_reference(discord.HTTPException(response, form))


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (http(discord.DiscordServerError, 503), True),
        (http(discord.HTTPException, 429), True),
        (aiohttp.ServerDisconnectedError(), True),
        (TimeoutError(), True),
        (discord.LoginFailure("no"), False),
        (http(discord.Forbidden, 403), False),
    ],
)
def test_what_a_later_login_may_mend(error: Exception, passes: bool) -> None:
    assert faults.will_pass(error) is passes


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (discord.LoginFailure("no"), "DISCORD_TOKEN"),
        (discord.PrivilegedIntentsRequired(None), "Message Content Intent"),
        (http(discord.Forbidden, 403), "DISCORD_TOKEN"),
    ],
)
def test_a_refused_start_names_what_to_do(error: Exception, word: str) -> None:
    sentence = str(faults.startup(error))
    assert word in sentence
    assert sentence.endswith(".")
