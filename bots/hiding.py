"""What must not be shown is taken out of any text, in whichever form it stands there."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

HIDDEN: Final = "[hidden]"
# Shorter ones (``none``, ``ollama``) would hide a word wherever it stands.
SHORTEST_SECRET: Final = 8
# So much of the beginning gives a secret away that was cut off.
_BEGINNING: Final = 12
_BASE64_GROUP: Final = 3
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_NAMES: Final = re.compile(r"token|key|secret|passw|pwd|auth|sig|credential|code", re.IGNORECASE)
_SHAPES: Final = (
    r"xox[a-z](?:\.xox[a-z])?-[\w%-]+|xapp-[\w%-]+|Bearer\s+[\w.|~+/=-]+|Bot\s+[\w.-]{20,}|Basic\s+(?=[\w+/-]*[\d=])[\w+/=-]{8,}"
    # How keys of model hosts begin: OpenAI's and OpenRouter's, Groq's, Hugging Face's, NVIDIA's, and so on.
    r"|\b(?:sk|gsk|hf|nvapi|tgp|csk|pplx|fw)[-_][\w-]{16,}|LLM\|\d+\|[\w-]+"
    r"|(?<=/webhooks/)\d+/[^/\s]+|(?<=/interactions/)\d+/[^/\s]+|(?<=[?&]ticket=)[\w-]+"
    r"|(?<=['\"]token['\"]: ['\"])[^'\"]+|(?<=['\"]token['\"]:['\"])[^'\"]+"
    # The last @ before the path: a password that was not encoded may hold others.
    r"|(?<=://)[^/\s?#'\"<>]+(?=@)"
)


class Hiding:
    """Takes known secrets, and what looks like one, out of texts.

    A secret is known as it is, in base64, encoded for an address, for HTML, JSON and Python, and when it
    is cut off behind its first twelve characters.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        # The longest first: one may hold another.
        self._forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        beginnings = {form[:_BEGINNING] for form in self._forms if len(form) > _BEGINNING}
        cut = (rf"{re.escape(beginning)}[^\s'\"<>,;&\\]*" for beginning in sorted(beginnings))
        self._pattern = re.compile("|".join((*cut, _SHAPES)))

    def __call__(self, text: str) -> str:
        """The text with ``[hidden]`` in the place of each secret."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return self._pattern.sub(HIDDEN, text)


def in_address(address: str) -> Iterator[str]:
    """The secrets that an address holds: its user's, and those of its query, encoded and not."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
    except ValueError:
        return
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    for secret in (password or user, *_named(parts.query)):
        if secret:
            yield secret
            yield unquote(secret)


def in_variable(name: str, value: str) -> Iterator[str]:
    """What in a variable is likely to be a secret, by its name or as part of an address."""
    if _NAMES.search(name) and not value.isdecimal():
        yield value.strip()
    if "://" in value or "@" in value:
        yield from in_address(value)


def named(variable: str) -> str:
    """A variable's name; what does not look like one may be the secret itself, put in the wrong place."""
    return variable if _VARIABLE.fullmatch(variable) else HIDDEN


def _named(query: str) -> list[str]:
    return [value for name, value in parse_qsl(query) if _NAMES.search(name)]


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(secret.encode())[2:-1]
    for before in range(_BASE64_GROUP):
        for form in (b64encode, urlsafe_b64encode):
            yield _inside(form, before, secret.encode())


def _inside(form: Callable[[bytes], bytes], before: int, secret: bytes) -> str:
    """The characters of base64 that say the secret alone, with so many bytes before it."""
    whole = form(bytes(before) + secret).decode().rstrip("=")
    first = -(-before * 8 // 6)
    last = (before + len(secret)) * 8 // 6
    return whole[first:last]
