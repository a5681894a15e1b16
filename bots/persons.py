"""A person as an operator names them on the command line."""

from urllib.parse import unquote

from core.errors import StartupError
from core.principal import Principal

PREFIX = "person:"
PARTS = 3


def person_named(text: str) -> Principal:
    """Read ``PLATFORM:ACCOUNT:ID``, as ``tampu usage`` and ``tampu audit`` write people.

    Raises ``StartupError``.
    """
    parts = [unquote(part) for part in text.strip().removeprefix(PREFIX).split(":")]
    if len(parts) != PARTS or not all(parts):
        raise StartupError(
            f"{text!r} names nobody: write PLATFORM:ACCOUNT:ID, such as slack:T024BE7LD:U024BE7LH, "
            "discord:197038439483310086:80351110224678912 or discord:direct:80351110224678912."
        )
    platform, account, person = parts
    return Principal(platform, account, "", person)
