"""A database as the second version left it, in the middle of its work."""

import sqlite3
from pathlib import Path

from core.memory.migrate import migrations
from tests.unit.first_schema import leave_first_schema

SECOND = migrations()[1][1]
ROWS = """
UPDATE turn SET wish = 'redo', edition = 1, strikes = 2 WHERE id = 'run';
UPDATE inbox SET revised_at = 1700000020 WHERE id = 2;
INSERT INTO inbox VALUES (5, 'test', 'a1', 'c1:5', 'test:a1:c1:t1', 'U1', 1700000005, 1700000005,
    '{"key":"c1:5","address":{"platform":"test","account":"a1","channel":"c1","thread":"t1"},
    "author":{"id":"U1","name":"Ada","is_bot":false},"text":"and 3+3?",
    "message_id":"q5","sent_at":1700000005.0,
    "addressing":"mention","attachments":[],"place":"","joined_midway":false,"opener":null}',
    'done', 'then', 0, 0, 0);
INSERT INTO turn VALUES ('then', 'test:a1:c1:t1', 'test', 'a1', 'U1', 'done', 'done', 1, 'm', '',
    1700000005, 1700000015, '', 0, 0);
INSERT INTO message VALUES
    (6, 'test:a1:c1:t1', 'then', 5, 'user', 'Ada', 'U1', 'q5',
        '[{"text":"and 3+3?","kind":"text"}]', 1700000005),
    (7, 'test:a1:c1:t1', 'then', NULL, 'assistant', '', '', 'then',
        '[{"text":"Six.","kind":"text"}]', 1700000015);
INSERT INTO edition VALUES (1, 'test', 'a1', 'U1', 1700000002);
INSERT INTO tombstone VALUES ('test', 'a1', 'c1:8', 1700000008);
INSERT INTO boot VALUES (1, 1700000000, 1700000016, NULL);
"""
ADDED = ("edition", "tombstone", "boot")


def leave_second_schema(folder: Path) -> Path:
    """Write that database into a data folder: the first one's rows, and what came since."""
    path = leave_first_schema(folder)
    with sqlite3.connect(path) as database:
        database.executescript(f"{SECOND}\nPRAGMA user_version = 2;\n{ROWS}")
    database.close()
    return path
