-- Edits and deletions of questions, messages that join a turn, strikes, starts of the process.

ALTER TABLE inbox ADD COLUMN revised_at REAL NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));
ALTER TABLE inbox ADD COLUMN joined INTEGER NOT NULL DEFAULT 0 CHECK (joined IN (0, 1));

-- What waits in a thread, how it began, what a turn said: each without a look at all that was ever said.
CREATE INDEX inbox_new ON inbox (thread_key, sent_at, id) WHERE state = 'new';
CREATE INDEX inbox_of_thread ON inbox (thread_key, sent_at, id);
CREATE INDEX message_of_turn ON message (turn_id);
CREATE INDEX upload_of_inbox ON upload (inbox_id);

-- What the turn has to do before it goes on: answer its questions anew, or take its answer back.
ALTER TABLE turn ADD COLUMN wish TEXT NOT NULL DEFAULT '' CHECK (wish IN ('', 'redo', 'withdraw'));
ALTER TABLE turn ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turn ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX turn_wished ON turn (thread_key) WHERE wish <> '';
CREATE INDEX turn_stale ON turn (ended_at) WHERE error = 'stale';

-- Answers that were redone since: each was a turn of its person.
CREATE TABLE edition (
    id        INTEGER PRIMARY KEY,
    platform  TEXT NOT NULL,
    account   TEXT NOT NULL,
    author_id TEXT NOT NULL,
    begun_at  REAL NOT NULL
) STRICT;
CREATE INDEX edition_of_person ON edition (platform, account, author_id, begun_at);

ALTER TABLE tool_call ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;

ALTER TABLE outbox ADD COLUMN lost_at REAL;
CREATE INDEX outbox_lost ON outbox (lost_at) WHERE lost_at IS NOT NULL;

-- Messages that were deleted before they came: the platform may deliver them late.
CREATE TABLE tombstone (
    platform  TEXT NOT NULL,
    account   TEXT NOT NULL,
    event_key TEXT NOT NULL,
    at        REAL NOT NULL,
    PRIMARY KEY (platform, account, event_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstone_by_time ON tombstone (at);

CREATE TABLE boot (
    id         INTEGER PRIMARY KEY,
    started_at REAL NOT NULL,
    alive_at   REAL NOT NULL,
    ended_at   REAL
) STRICT;
