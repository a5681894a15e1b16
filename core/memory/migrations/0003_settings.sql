-- What is chosen for places, facts that are pinned to threads, summaries of what is far back.

CREATE TABLE choice (
    -- the key of a thread, a channel or an account
    place     TEXT NOT NULL,
    setting   TEXT NOT NULL,
    choices   TEXT NOT NULL CHECK (json_valid(choices)),
    author_id TEXT NOT NULL,
    author    TEXT NOT NULL,
    at        REAL NOT NULL,
    PRIMARY KEY (place, setting)
) STRICT, WITHOUT ROWID;

CREATE TABLE pin (
    thread_key TEXT NOT NULL,
    number     INTEGER NOT NULL,
    text       TEXT NOT NULL,
    author_id  TEXT NOT NULL,
    author     TEXT NOT NULL,
    at         REAL NOT NULL,
    PRIMARY KEY (thread_key, number),
    UNIQUE (thread_key, text)
) STRICT, WITHOUT ROWID;

CREATE TABLE summary (
    thread_key TEXT PRIMARY KEY REFERENCES thread (key),
    -- message.id of the last row that it stands for
    upto       INTEGER NOT NULL,
    text       TEXT NOT NULL,
    tokens     INTEGER NOT NULL,
    model      TEXT NOT NULL,
    made_at    REAL NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE message ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- Whoever changes a row's words, and for whatever reason: no summary keeps the old ones.
CREATE TRIGGER message_reworded AFTER UPDATE OF parts ON message WHEN old.parts <> new.parts
BEGIN
    UPDATE message SET version = version + 1 WHERE id = new.id;
    DELETE FROM summary WHERE thread_key = new.thread_key AND upto >= new.id;
END;
