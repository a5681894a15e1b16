"""All that is kept of a person, read beside the running product."""

import base64
import json
from pathlib import Path

import aiosqlite

from core.forgetting import EVERYTHING
from core.memory.beside import read_beside
from core.memory.database import every
from core.memory.forgetting import found_in, reaches
from core.principal import Principal

DEADLINE_S = 120.0
OF_PERSON = (
    "export_questions",
    "export_answers",
    "export_posts",
    "export_files",
    "export_documents",
    "export_tables",
    "export_tool_calls",
    "export_summaries",
    "export_pins",
    "export_choices",
    "export_rules",
    "export_audit",
    "export_charges",
)
# Rows with bytes behind the object.
WITH_CONTENT = ("export_pictures", "export_uploads", "export_enclosed")


async def read_person(folder: Path, person: Principal) -> tuple[str, ...]:
    """Read everything of a person as JSON objects, one a text; bytes are base64 in ``content``.

    Theirs is what :class:`core.forgetting.ForgetStore` would let go of, what was used in their name, and
    the audit's entries of what they did. Raises ``StoreError`` and its kin.
    """

    async def read(connection: aiosqlite.Connection) -> tuple[str, ...]:
        lines: list[str] = []
        for reach in reaches(person, EVERYTHING):
            values = (await found_in(connection, person, reach)).values
            # A /forget that is being answered is theirs as well.
            values = {**values, "spared": "[]"}
            turns = await every(connection, "turns_for", values)
            values["turns"] = json.dumps([turn for (turn,) in turns])
            for statement in OF_PERSON:
                lines += [str(row[0]) for row in await every(connection, statement, values)]
            for statement in WITH_CONTENT:
                lines += [_with_content(*row) for row in await every(connection, statement, values)]
        return tuple(lines)

    return await read_beside(folder, read, DEADLINE_S)


def _with_content(described: object, content: object) -> str:
    assert isinstance(content, bytes)
    return json.dumps({**json.loads(str(described)), "content": base64.b64encode(content).decode("ascii")})
