"""The log: no secret gets into it, in whatever value or shape."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import structlog

from bots import logs
from bots.settings import Settings, secrets

SECRET = "correct-horse-battery"

Read = Callable[[], list[dict[str, object]]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Set the product's logging up, and read what it wrote."""
    stream = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(sys, "stderr", stream)
    before = structlog.get_config()
    logs.set_up((SECRET,))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.configure(**before)


@dataclass
class Carrier:
    token: str


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"https://host/{SECRET}?x",
        {"deep": [SECRET, (SECRET,)]},
        Carrier(SECRET),
        ValueError(SECRET),
        SECRET.encode(),
        {"set", SECRET},
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_secret_is_hidden_in_every_value(written: Read, value: object) -> None:
    structlog.get_logger().warning("told", value=value, number=3, nothing=None)
    (line,) = written()
    assert SECRET not in json.dumps(line)
    assert logs.HIDDEN in json.dumps(line)
    assert (line["number"], line["nothing"]) == (3, None)


def test_a_secret_is_hidden_in_a_traceback_and_in_what_libraries_say(written: Read) -> None:
    try:
        int(SECRET)
    except ValueError:
        structlog.get_logger().exception("ours")
        logging.getLogger("library").exception("theirs: %s", SECRET)
    ours, theirs = written()
    assert SECRET not in json.dumps([ours, theirs])
    assert "ValueError" in str(ours["exception"])
    assert "ValueError" in str(theirs["exception"])
    assert theirs["event"] == f"theirs: {logs.HIDDEN}"


@pytest.mark.parametrize(
    ("told", "secret"),
    [
        ("POST https://discord.com/api/v10/interactions/123/aW50ZXJh.tok-en/callback", "aW50ZXJh"),
        ("PATCH https://discord.com/api/v10/webhooks/123/aW50ZXJh/messages/@original", "aW50ZXJh"),
        ("wss://wss-primary.slack.com/link/?ticket=3f8e-aa11&app_id=b", "3f8e-aa11"),
        ("GET http://user:hunter2@llama.example/v1/models", "hunter2"),
        ("Authorization: Bearer sk-or-v1-0123abc", "0123abc"),
        ("xoxb-1-2-abc", "abc"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_too(written: Read, told: str, secret: str) -> None:
    logging.getLogger("library").warning(told)
    (line,) = written()
    assert secret not in json.dumps(line)


def test_a_secret_as_a_name_is_hidden(written: Read) -> None:
    structlog.get_logger().warning("told", value={SECRET: 1})
    assert SECRET not in json.dumps(written())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("written")
def test_a_terminal_shows_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    logs.set_up((SECRET,))
    try:
        int(SECRET)
    except ValueError:
        structlog.get_logger().exception("ours", value={SECRET: Carrier(SECRET)})
        logging.getLogger().handlers[0].handle(
            logging.LogRecord("library", logging.ERROR, __file__, 1, "%s", (SECRET,), sys.exc_info())
        )
    shown = screen.getvalue()
    assert SECRET not in shown
    assert shown.count("ValueError") == 2
    assert shown.count("Traceback") == 2


def test_what_cannot_be_written_is_said_without_its_arguments(
    written: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = logging.getLogger().handlers[0]
    ours.handle(logging.LogRecord("library", logging.ERROR, __file__, 1, "%d of %s", (SECRET, SECRET), None))
    (line,) = written()
    assert (line["event"], line["logger"]) == ("log.not_written", "library")
    assert SECRET not in json.dumps(line) + "".join(capsys.readouterr())


def test_a_dummy_key_hides_no_words_and_a_newline_hides_no_key() -> None:
    settings = Settings.model_validate({"llama_api_key": "ollama", "discord_token": f"{SECRET}\n"})
    assert secrets(settings) == (SECRET,)
