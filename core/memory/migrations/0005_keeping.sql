-- What is kept of a person and for how long: finding it, and leaving no trace of it.

CREATE INDEX inbox_of_person ON inbox (author_id, thread_key);
CREATE INDEX thread_by_age ON thread (updated_at);
CREATE INDEX turn_of_thread ON turn (thread_key);
CREATE INDEX turn_by_time ON turn (begun_at);
CREATE INDEX anchor_of_thread ON anchor (thread_key);
-- A statement has to say it in the same words to use it.
CREATE INDEX message_with_image ON message (id) WHERE instr(parts, '"image"') > 0;

-- Words were let go of, and what SQLite leaves of them in the pages of the file is still to be overwritten.
CREATE TABLE erasure (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    -- how often, since it was overwritten last
    number INTEGER NOT NULL
) STRICT;
