"""Structured logs to standard error, without secrets and without what people write."""

import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any

import structlog

from bots.hiding import HIDDEN, Hiding

__all__ = ["HIDDEN", "hide", "set_up", "take_the_rest"]

EventDict = MutableMapping[str, Any]

log = structlog.get_logger()


def hide(secrets: tuple[str, ...]) -> Callable[[object, str, EventDict], EventDict]:
    """Make a processor that takes tokens out of every value."""
    hidden = Hiding(secrets)

    def clean(value: object) -> object:
        if isinstance(value, str):
            return hidden(value)
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [clean(item) for item in value]
        if value is None or isinstance(value, int | float):
            return value
        return hidden(repr(value))

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
    handler = _Handler(sys.stderr)
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


def take_the_rest() -> None:
    """Have this process log what nobody caught, and warnings, instead of printing them as they are."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _unraisable


class _Handler(logging.StreamHandler[Any]):
    """What cannot be written is said without its arguments, which Python would print as they are."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say which logger failed at which line."""
        log.error("log.not_written", logger=record.name, place=f"{record.pathname}:{record.lineno}")


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("crashed", exc_info=(kind, error, trace))


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None and not issubclass(crash.exc_type, SystemExit):
        name = crash.thread.name if crash.thread else ""
        log.critical("thread.crashed", thread=name, exc_info=crash.exc_value)


def _unraisable(lost: "sys.UnraisableHookArgs") -> None:
    log.error("error.lost", said=lost.err_msg, where=lost.object, exc_info=lost.exc_value)
