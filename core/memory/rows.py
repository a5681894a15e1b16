"""Rows to values and back: JSON by the values' own types."""

import base64
import hashlib
from typing import Annotated

from pydantic import Field, TypeAdapter

from core.events import Asked
from core.transcript import Part

_ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
_PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Annotated[Part, Field(discriminator="kind")], ...])


def event_json(event: Asked) -> str:
    """Write an event."""
    return _ASKED.dump_json(event).decode()


def event_from(payload: str) -> Asked:
    """Read an event. Raises ``ValueError`` when it is not one."""
    return _ASKED.validate_json(payload)


def parts_json(parts: tuple[Part, ...]) -> str:
    """Write a message's parts."""
    return _PARTS.dump_json(parts).decode()


def parts_from(text: str) -> tuple[Part, ...]:
    """Read a message's parts. Raises ``ValueError``."""
    return _PARTS.validate_json(text)


def post_key(turn_id: str, seq: int, edition: int = 0) -> str:
    """Make the key of an answer's message: 25 characters of a-z2-7, the same at every attempt.

    The strictest platform takes no more than 25. ``edition`` counts how often the answer was
    redone: a message that was taken back is never found under the key of a new one.
    """
    name = f"{turn_id}/{seq}/{edition}" if edition else f"{turn_id}/{seq}"
    digest = hashlib.sha256(name.encode()).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:25]
