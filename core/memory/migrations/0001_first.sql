-- The first schema. Times are unix seconds; parts and payloads are JSON of the core's values.

CREATE TABLE thread (
    key         TEXT PRIMARY KEY,
    platform    TEXT NOT NULL,
    account     TEXT NOT NULL,
    begun_at    REAL NOT NULL,
    updated_at  REAL NOT NULL,
    -- message.id up to which the model no longer sees
    reset_after INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_of_account ON thread (platform, account, updated_at);

CREATE TABLE inbox (
    id          INTEGER PRIMARY KEY,
    platform    TEXT NOT NULL,
    account     TEXT NOT NULL,
    event_key   TEXT NOT NULL,
    thread_key  TEXT NOT NULL REFERENCES thread (key),
    author_id   TEXT NOT NULL,
    sent_at     REAL NOT NULL,
    received_at REAL NOT NULL,
    payload     TEXT NOT NULL CHECK (json_valid(payload)),
    state       TEXT NOT NULL CHECK (state IN ('new', 'claimed', 'done')),
    turn_id     TEXT REFERENCES turn (id),
    UNIQUE (platform, account, event_key)
) STRICT;
CREATE INDEX inbox_open ON inbox (thread_key, sent_at, id) WHERE state <> 'done';
CREATE INDEX inbox_of_turn ON inbox (turn_id);

CREATE TABLE upload (
    id       TEXT PRIMARY KEY,
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    content  BLOB NOT NULL
) STRICT;

CREATE TABLE lease (
    thread_key TEXT PRIMARY KEY REFERENCES thread (key),
    -- only ever grows; every write of a turn carries it
    fence      INTEGER NOT NULL,
    held       INTEGER NOT NULL CHECK (held IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE turn (
    id         TEXT PRIMARY KEY,
    thread_key TEXT NOT NULL REFERENCES thread (key),
    platform   TEXT NOT NULL,
    account    TEXT NOT NULL,
    author_id  TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('running', 'delivering', 'done', 'failed', 'stopped', 'refused')),
    ending     TEXT NOT NULL DEFAULT 'done' CHECK (ending IN ('done', 'failed', 'stopped', 'refused')),
    attempts   INTEGER NOT NULL,
    model      TEXT NOT NULL DEFAULT '',
    error      TEXT NOT NULL DEFAULT '',
    begun_at   REAL NOT NULL,
    ended_at   REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_open ON turn (thread_key) WHERE state IN ('running', 'delivering');
CREATE INDEX turn_of_person ON turn (platform, account, author_id, begun_at);

CREATE TABLE message (
    id          INTEGER PRIMARY KEY,
    thread_key  TEXT NOT NULL REFERENCES thread (key),
    turn_id     TEXT NOT NULL REFERENCES turn (id),
    inbox_id    INTEGER REFERENCES inbox (id),
    role        TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'notice')),
    author      TEXT NOT NULL,
    author_id   TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    parts       TEXT NOT NULL CHECK (json_valid(parts)),
    sent_at     REAL NOT NULL
) STRICT;
CREATE INDEX message_of_thread ON message (thread_key, id);
CREATE INDEX message_of_inbox ON message (inbox_id);

CREATE TABLE image (
    sha256  TEXT PRIMARY KEY,
    mime    TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE tool_call (
    turn_id    TEXT NOT NULL REFERENCES turn (id),
    call_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    arguments  TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('started', 'ok', 'failed', 'uncertain')),
    result     TEXT NOT NULL DEFAULT '',
    started_at REAL NOT NULL,
    PRIMARY KEY (turn_id, call_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    turn_id     TEXT NOT NULL REFERENCES turn (id),
    seq         INTEGER NOT NULL,
    key         TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('intent', 'sent', 'rejected', 'gone')),
    platform_id TEXT,
    shown       TEXT,
    final       TEXT,
    error       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (turn_id, seq)
) STRICT, WITHOUT ROWID;

-- Which thread a platform's message belongs to, theirs and ours.
CREATE TABLE anchor (
    platform   TEXT NOT NULL,
    account    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    message_id TEXT NOT NULL,
    thread_key TEXT NOT NULL REFERENCES thread (key),
    PRIMARY KEY (platform, account, channel, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE spend (
    id                INTEGER PRIMARY KEY,
    turn_id           TEXT NOT NULL REFERENCES turn (id),
    model             TEXT NOT NULL,
    hosted            INTEGER NOT NULL CHECK (hosted IN (0, 1)),
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    at                REAL NOT NULL
) STRICT;
CREATE INDEX spend_by_time ON spend (at) WHERE hosted = 1;
