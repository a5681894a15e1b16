-- What people's files hold, kept for their threads and searched.

CREATE TABLE document (
    -- never given again: pages are found by it
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_key TEXT NOT NULL REFERENCES thread (key),
    sha256     TEXT NOT NULL,
    format     TEXT NOT NULL,
    pages      INTEGER NOT NULL,
    parts      INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    notes      TEXT NOT NULL CHECK (json_valid(notes)),
    used_at    REAL NOT NULL,
    -- whether it is all there: what is being kept or let go of is not found
    whole      INTEGER NOT NULL DEFAULT 0 CHECK (whole IN (0, 1)),
    UNIQUE (thread_key, sha256)
) STRICT;
CREATE INDEX document_by_use ON document (used_at);
CREATE INDEX document_in_part ON document (id) WHERE whole = 0;

-- Which questions brought it, under which names.
CREATE TABLE document_source (
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    inbox_id    INTEGER NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    at          REAL NOT NULL,
    PRIMARY KEY (document_id, inbox_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_source_of ON document_source (inbox_id);

CREATE TABLE document_page (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    label       TEXT NOT NULL,
    text        TEXT NOT NULL,
    characters  INTEGER NOT NULL,
    -- a word that only the pages of one document have: the search looks at no others
    place       TEXT NOT NULL GENERATED ALWAYS AS ('d' || document_id) VIRTUAL,
    UNIQUE (document_id, number)
) STRICT;

CREATE TABLE document_table (
    id          INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    columns     TEXT NOT NULL CHECK (json_valid(columns)),
    total       INTEGER NOT NULL
) STRICT;
CREATE INDEX document_table_of ON document_table (document_id);

CREATE TABLE document_rows (
    table_id INTEGER NOT NULL REFERENCES document_table (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    rows     TEXT NOT NULL CHECK (json_valid(rows)),
    PRIMARY KEY (table_id, number)
) STRICT;

CREATE VIRTUAL TABLE page_words USING fts5 (
    place, label, text, content = 'document_page', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER page_kept AFTER INSERT ON document_page
BEGIN
    INSERT INTO page_words (rowid, place, label, text) VALUES (new.id, new.place, new.label, new.text);
END;
CREATE TRIGGER page_gone AFTER DELETE ON document_page
BEGIN
    INSERT INTO page_words (page_words, rowid, place, label, text)
    VALUES ('delete', old.id, old.place, old.label, old.text);
END;

-- What may be found from a thread: as with its rows, nothing from before a reset but for the question that is being
-- answered, and nothing of a question that was not let pass.
CREATE VIEW known_document AS
SELECT document.*, source.name AS name, source.at AS at, message.author AS author, message.id AS position
FROM document
JOIN document_source AS source ON source.document_id = document.id
JOIN message ON message.inbox_id = source.inbox_id
JOIN turn ON turn.id = message.turn_id
JOIN thread ON thread.key = document.thread_key
WHERE whole = 1 AND message.parts <> '[]' AND (message.id > reset_after OR turn.state = 'running')
    AND NOT (turn.state <> 'running' AND turn.model = '' AND turn.error IN ('moderated', 'not_allowed'));
