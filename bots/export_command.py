"""``tampu export``: all that is kept of a person, as JSON lines."""

import json
import sys

from bots.logs import hide
from bots.persons import person_named
from bots.settings import Settings, secrets
from core.errors import StartupError
from core.memory.export import read_person

NOT_AUDITED = (
    "The audit does not show this export: it reads beside the running Tampu, and writes nothing there."
)


async def export_person(settings: Settings, person: str) -> None:
    """Print it to standard output. Raises ``StartupError`` when nothing is kept, ``StoreError``."""
    lines = await read_person(settings.tampu_data_dir, person_named(person))
    if not lines:
        raise StartupError(f"Nothing is kept of {person}; `tampu usage --json` lists people by their ids.")
    hidden = hide(secrets(settings))
    for line in lines:
        # Value by value: across the border of one there is no secret, only the JSON that holds it.
        clean = hidden(None, "", json.loads(line))
        # Written anew in ASCII: nothing in it is obeyed by a terminal.
        sys.stdout.write(json.dumps(clean) + "\n")
    sys.stderr.write(f"{NOT_AUDITED}\n")
