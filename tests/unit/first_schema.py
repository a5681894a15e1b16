"""A database as the first version left it, in the middle of its work."""

import sqlite3
from pathlib import Path

from core.memory.migrate import migrations

FIRST = migrations()[0][1]
# As that version wrote them, whatever is written today.
PAYLOAD = (
    '{{"key":"c1:{number}","address":{{"platform":"test","account":"a1","channel":"c1","thread":"{thread}"}},'
    '"author":{{"id":"U1","name":"Ada","is_bot":false}},"text":"{text}","message_id":"q{number}",'
    '"sent_at":170000000{number}.0,"addressing":"mention","attachments":[],"place":"","joined_midway":false,'
    '"opener":null}}'
)
PARTS = '[{{"text":"{text}","kind":"text"}}]'
FILE = '{"sha256":"h1","mime":"image/png","width":1,"height":1,"name":"cat.png","kind":"image"}'

ROWS = f"""
INSERT INTO thread VALUES ('test:a1:c1:t1', 'test', 'a1', 1700000001, 1700000011, 2),
    ('test:a1:c1:t2', 'test', 'a1', 1700000002, 1700000012, 0),
    ('test:a1:c1:t3', 'test', 'a1', 1700000003, 1700000013, 0),
    ('test:a1:c1:t4', 'test', 'a1', 1700000004, 1700000014, 0);
INSERT INTO turn VALUES
    ('done', 'test:a1:c1:t1', 'test', 'a1', 'U1', 'done', 'done', 1, 'm', '', 1700000001, 1700000011),
    ('run', 'test:a1:c1:t2', 'test', 'a1', 'U1', 'running', 'done', 2, '', '', 1700000002, NULL),
    ('out', 'test:a1:c1:t3', 'test', 'a1', 'U1', 'delivering', 'stopped', 1, 'm', '', 1700000003, NULL);
INSERT INTO inbox VALUES
    (1, 'test', 'a1', 'c1:1', 'test:a1:c1:t1', 'U1', 1700000001, 1700000001,
        '{PAYLOAD.format(number=1, thread="t1", text="2+2?")}', 'done', 'done'),
    (2, 'test', 'a1', 'c1:2', 'test:a1:c1:t2', 'U1', 1700000002, 1700000002,
        '{PAYLOAD.format(number=2, thread="t2", text="what is it?")}', 'claimed', 'run'),
    (3, 'test', 'a1', 'c1:3', 'test:a1:c1:t3', 'U1', 1700000003, 1700000003,
        '{PAYLOAD.format(number=3, thread="t3", text="a long one")}', 'claimed', 'out'),
    (4, 'test', 'a1', 'c1:4', 'test:a1:c1:t4', 'U1', 1700000004, 1700000004,
        '{PAYLOAD.format(number=4, thread="t4", text="anybody?")}', 'new', NULL);
INSERT INTO upload VALUES ('f2', 2, x'616263');
INSERT INTO image VALUES ('h1', 'image/png', x'706e67');
INSERT INTO lease VALUES ('test:a1:c1:t1', 1, 0), ('test:a1:c1:t2', 7, 1), ('test:a1:c1:t3', 1, 1);
INSERT INTO message VALUES
    (1, 'test:a1:c1:t1', 'done', 1, 'user', 'Ada', 'U1', 'q1', '{PARTS.format(text="2+2?")}', 1700000001),
    (2, 'test:a1:c1:t1', 'done', NULL, 'assistant', '', '', 'done',
        '{PARTS.format(text="Four.")}', 1700000011),
    (3, 'test:a1:c1:t2', 'run', 2, 'user', 'Ada', 'U1', 'q2',
        '{PARTS.format(text="what is it?").removesuffix("]")},{FILE}]', 1700000002),
    (4, 'test:a1:c1:t3', 'out', 3, 'user', 'Ada', 'U1', 'q3',
        '{PARTS.format(text="a long one")}', 1700000003),
    (5, 'test:a1:c1:t3', 'out', NULL, 'assistant', '', '', 'out', '{PARTS.format(text="Long.")}', 1700000013);
INSERT INTO tool_call VALUES
    ('run', 'call_1', 'calculate', '{{"x": 1}}', 'ok', '4', 1700000002),
    ('run', 'call_2', 'book', '{{}}', 'started', '', 1700000003);
INSERT INTO outbox VALUES
    ('done', 0, 'aaaaaaaaaaaaaaaaaaaaaaaaa', 'sent', 'm1', 'Four.', 'Four.', ''),
    ('run', 0, 'bbbbbbbbbbbbbbbbbbbbbbbbb', 'sent', 'm2', 'It', NULL, ''),
    ('run', 1, 'ccccccccccccccccccccccccc', 'intent', NULL, NULL, NULL, ''),
    ('out', 0, 'ddddddddddddddddddddddddd', 'sent', 'm3', 'Long', 'Long.', ''),
    ('out', 1, 'eeeeeeeeeeeeeeeeeeeeeeeee', 'rejected', NULL, NULL, 'Longer.', 'too_long');
INSERT INTO anchor VALUES ('test', 'a1', 'c1', 'q1', 'test:a1:c1:t1'),
    ('test', 'a1', 'c1', 'm2', 'test:a1:c1:t2');
INSERT INTO spend VALUES (1, 'done', 'm', 1, 10, 5, 1700000011);
"""
# Those that there still are.
TABLES = (
    "anchor",
    "image",
    "inbox",
    "lease",
    "message",
    "outbox",
    "thread",
    "tool_call",
    "turn",
    "upload",
)


def leave_first_schema(folder: Path) -> Path:
    """Write that database into a data folder."""
    path = folder / "tampu.db"
    with sqlite3.connect(path) as database:
        database.executescript(f"{FIRST}\nPRAGMA user_version = 1;\n{ROWS}")
    database.close()
    return path


def contents(path: Path, columns: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table, of the columns that the first schema had."""
    database = sqlite3.connect(path)
    try:
        return {
            table: database.execute(f"SELECT {columns[table]} FROM {table} ORDER BY 1, 2").fetchall()
            for table in TABLES
        }
    finally:
        database.close()


def columns_of(path: Path) -> dict[str, str]:
    database = sqlite3.connect(path)
    try:
        return {
            table: ", ".join(row[1] for row in database.execute(f"PRAGMA table_info({table})"))
            for table in TABLES
        }
    finally:
        database.close()


def schema(path: Path) -> tuple[int, list[tuple[object, ...]]]:
    """The number of the schema, and all of it."""
    database = sqlite3.connect(path)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        number = int(database.execute("PRAGMA user_version").fetchone()[0])
        return number, database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    finally:
        database.close()
