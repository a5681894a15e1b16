"""Structured logs to standard error, without secrets and without what people write."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

TOKEN_SHAPES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|Bearer\s+[\w.|~+/=-]+|Bot\s+[\w.-]{20,}"
    r"|(?<=/webhooks/)\d+/[^/\s]+|(?<=/interactions/)\d+/[^/\s]+|(?<=[?&]ticket=)[\w-]+|(?<=://)[^/\s@]+(?=@)"
)
HIDDEN = "[hidden]"

EventDict = MutableMapping[str, Any]


def hide(secrets: tuple[str, ...]) -> Callable[[object, str, EventDict], EventDict]:
    """Make a processor that takes tokens out of every value."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            for secret in secrets:
                value = value.replace(secret, HIDDEN)
            return TOKEN_SHAPES.sub(HIDDEN, value)
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [clean(item) for item in value]
        if value is None or isinstance(value, int | float):
            return value
        return clean(repr(value))

    def processor(_logger: object, _method: str, event: EventDict) -> EventDict:
        for key, value in event.items():
            if not key.startswith("_"):  # structlog's own, which it takes out again
                event[key] = clean(value)
        return event

    return processor


def set_up(secrets: tuple[str, ...], *, level: int = logging.INFO) -> None:
    """Route structlog and the libraries' logging to standard error, one line an event.

    A terminal gets readable lines, anything else JSON. Libraries speak from WARNING on.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide(secrets),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_logger_name,
                *shared,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
