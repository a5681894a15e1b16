import inspect
import json
from email.utils import formatdate

import httpx
import pytest

from core.errors import (
    ContentFiltered,
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.faults import HTTPX_FAULTS, response_error, retry_after, transport_error

NOW = 1_795_000_000.0


def error_of(
    status: int, body: object = None, headers: dict[str, str] | None = None, secret: str = ""
) -> ModelError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response_error(status, httpx.Headers(headers or {}), raw, now=NOW, secret=secret)


def openai(message: str, code: object = None, kind: str = "") -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ModelRejected),
        (401, ModelRefusedKey),
        (402, ModelQuotaSpent),
        (403, ModelRefusedKey),
        (404, ModelMissing),
        (408, ModelTimedOut),
        (413, ModelRejected),
        (422, ModelRejected),
        (429, ModelBusy),
        (500, ModelBroke),
        (502, ModelBroke),
        (503, ModelBusy),
        (504, ModelBroke),
        (529, ModelBusy),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html><h1>nginx</h1></html>", b"\xff\xfe", b"null", b'{"error":null}']
)
def test_a_status_alone(status: int, error: type[ModelError], body: bytes) -> None:
    assert type(error_of(status, body)) is error


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        # llama.cpp, vLLM, Ollama and others on pictures
        (
            500,
            openai("image input is not supported - hint: you may need to provide the mmproj", 500),
            NoVision,
        ),
        (400, {"object": "error", "message": "llama is not a multimodal model", "code": 400}, NoVision),
        (400, openai("At most 0 image(s) may be provided in one prompt."), NoVision),
        (400, openai("this model is missing data required for image input"), NoVision),
        (404, openai("No endpoints found that support image input", 404), NoVision),
        (400, openai("Invalid content type. image_url is only supported by certain models."), NoVision),
        (400, openai("messages[0].content must be a string"), NoVision),
        (400, openai("At most 1 image(s) may be provided in one prompt."), ModelRejected),
        # the window
        (400, openai("This model's maximum context length is 8192 tokens."), ContextOverflow),
        (400, openai("the request exceeds the available context size", 400), ContextOverflow),
        (400, openai("too big", 400, "exceed_context_size_error"), ContextOverflow),
        (400, openai("x", "context_length_exceeded"), ContextOverflow),
        (413, openai("Request too large, please reduce your message size"), ContextOverflow),
        # a pace is not a window
        (
            429,
            {
                "title": "Too Many Requests",
                "detail": "You have exceeded the maximum number of tokens, too many tokens.",
                "status": 429,
            },
            ModelBusy,
        ),
        # quota
        (429, openai("You exceeded it", "insufficient_quota"), ModelQuotaSpent),
        (402, openai("This request requires more credits, or fewer max_tokens.", 402), ModelQuotaSpent),
        # policy
        (400, openai("no", "content_policy_violation"), ContentFiltered),
        (
            403,
            openai("Your chosen model requires moderation and your input was flagged", 403),
            ContentFiltered,
        ),
        (400, openai("triggering Azure OpenAI's content management policy"), ContentFiltered),
        # names
        (404, openai('model "x" not found, try pulling it first'), ModelMissing),
        (400, openai("llama-9 is not a valid model ID", 400), ModelMissing),
        (400, {"error": {"message": "Invalid model name passed in model=x", "code": "400"}}, ModelMissing),
        (403, openai("no access", "model_not_found"), ModelMissing),
        # plain refusals
        (400, {"error": "invalid tool call arguments"}, ModelRejected),
        (422, {"detail": [{"loc": ["body", "top_k"], "msg": "extra fields not permitted"}]}, ModelRejected),
        (503, openai("Loading model", 503, "unavailable_error"), ModelBusy),
        (401, openai("model x not found for this key"), ModelRefusedKey),
    ],
)
def test_what_servers_say(status: int, body: dict[str, object], error: type[ModelError]) -> None:
    assert type(error_of(status, body)) is error


def test_what_an_upstream_said_behind_a_router() -> None:
    body = {
        "error": {
            "message": "Provider returned error",
            "code": 400,
            "metadata": {"raw": '{"error":"prompt is too long: the secret plan"}'},
        }
    }
    error = error_of(400, body)
    assert type(error) is ContextOverflow
    assert "secret plan" not in str(error)


def test_the_field_that_fastapi_names_is_kept() -> None:
    body = {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}
    assert "stream_options" in str(error_of(422, body))


def test_the_message_is_one_short_line_without_the_key() -> None:
    error = error_of(
        401, openai("Bad key LLM|1|abc\r\nForged: line \x1b[31m" + "x" * 5000), secret="LLM|1|abc"
    )
    text = str(error)
    assert text.startswith("HTTP 401: Bad key [key] Forged: line")
    assert text.isprintable()
    assert len(text) <= len("HTTP 401: ") + 200


def test_a_web_page_is_not_quoted() -> None:
    page = b"<html>Hello, your prompt was: tell me</html>"
    assert "prompt" not in str(error_of(502, page, {"content-type": "text/html"}))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"Retry-After": " 0.25 "}, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": formatdate(NOW + 20, usegmt=True)}, 20.0),
        ({"retry-after": formatdate(NOW - 20, usegmt=True)}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "in a while"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers), NOW) == seconds
    busy = error_of(429, None, headers)
    assert isinstance(busy, ModelBusy)
    assert busy.retry_after == seconds


HTTPX_CLASSES = sorted(
    {
        value
        for value in vars(httpx).values()
        if inspect.isclass(value) and issubclass(value, Exception) and value.__module__.startswith("httpx")
    },
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", HTTPX_CLASSES)
def test_every_exception_of_httpx_is_in_the_table(kind: type[Exception]) -> None:
    assert kind in HTTPX_FAULTS


@pytest.mark.parametrize(
    ("raised", "before", "begun"),
    [
        (httpx.ConnectError("x"), ModelUnreachable, ModelUnreachable),
        (httpx.ConnectTimeout(""), ModelUnreachable, ModelUnreachable),
        (httpx.ReadTimeout(""), ModelTimedOut, ModelTimedOut),
        (httpx.RemoteProtocolError("x"), ModelUnreachable, StreamCut),
        (httpx.ReadError("x"), ModelUnreachable, StreamCut),
        (httpx.DecodingError("x"), ModelBroke, ModelBroke),
        (ValueError("x"), ModelBroke, ModelBroke),
    ],
)
def test_what_httpx_raises(raised: Exception, before: type[ModelError], begun: type[ModelError]) -> None:
    assert type(transport_error(raised, begun=False)) is before
    assert type(transport_error(raised, begun=True)) is begun


def test_a_transport_error_says_its_class_and_nothing_of_the_address() -> None:
    raised = httpx.UnsupportedProtocol("Request URL 'http://user:secret@host' ...")
    assert str(transport_error(raised, begun=False)) == "UnsupportedProtocol"
