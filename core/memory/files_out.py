"""The files of an answer among its messages: kept when they are made, posted behind its texts."""

from collections.abc import Sequence

import aiosqlite

from core.memory.database import Row, Value, every, one, run
from core.memory.posts import key_of
from core.outgoing import FILES_FROM, FILES_MOST, FILES_OF_EDITION, OutFile, described
from core.storage import Answer, Turn


async def keep_made(connection: aiosqlite.Connection, turn: Turn, files: Sequence[OutFile]) -> None:
    """Keep what a tool made for the answer, as far as there is room, within a unit of work."""
    if not files:
        return
    first = await _first(connection, turn)
    kept = len(await _since(connection, turn, first))
    for number, file in enumerate(files[: max(0, FILES_MOST - kept)], start=kept):
        await _insert(connection, turn, first + number, file)


async def commit_files(connection: aiosqlite.Connection, turn: Turn, answer: Answer) -> bool:
    """Have the files of an answer posted behind its texts; true if there are any."""
    if not answer.brings_files:
        await run(connection, "drop_made_files", {"turn_id": turn.id})
    if not (answer.files or answer.brings_files):
        return False
    first = await _first(connection, turn)
    made = await _since(connection, turn, first)
    for number, file in enumerate(answer.files, start=len(made)):
        await _insert(connection, turn, first + number, file)
    committed = await _since(connection, turn, first)
    for seq, name, size in committed:
        final = described(str(name), int(str(size)))
        key = await key_of(connection, turn, int(str(seq)))
        await run(connection, "set_final", {"turn_id": turn.id, "seq": seq, "key": key, "final": final})
    return bool(committed)


async def _insert(connection: aiosqlite.Connection, turn: Turn, seq: int, file: OutFile) -> None:
    whose: dict[str, Value] = {"turn_id": turn.id, "seq": seq, "key": await key_of(connection, turn, seq)}
    what: dict[str, Value] = {"name": file.name, "mime": file.mime, "alt": file.alt, "content": file.content}
    await run(connection, "keep_made_file", {**whose, **what})


async def _first(connection: aiosqlite.Connection, turn: Turn) -> int:
    row = await one(connection, "edition_of", {"turn_id": turn.id})
    return FILES_FROM + FILES_OF_EDITION * (int(str(row[0])) if row else 0)


async def _since(connection: aiosqlite.Connection, turn: Turn, first: int) -> list[Row]:
    return await every(connection, "files_since", {"turn_id": turn.id, "first": first})
