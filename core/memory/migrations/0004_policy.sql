-- What was spent, by whom and where; what is kept of who did what; what was said once; rules by command.

-- One call of a model. Reserved before it, settled after it.
CREATE TABLE charge (
    -- never given again: whoever settles late must not meet another's
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id           TEXT REFERENCES turn (id) ON DELETE SET NULL,
    purpose           TEXT NOT NULL CHECK (purpose IN ('answer', 'summary')),
    state             TEXT NOT NULL CHECK (state IN ('reserved', 'settled')),
    model             TEXT NOT NULL,
    hosted            INTEGER NOT NULL CHECK (hosted IN (0, 1)),
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    -- in millionths of a US dollar; NULL where nobody knows the price
    cost              INTEGER,
    at                REAL NOT NULL
) STRICT;
CREATE INDEX charge_of_turn ON charge (turn_id);
CREATE INDEX charge_by_time ON charge (at);
CREATE INDEX charge_reserved ON charge (id) WHERE state = 'reserved';

-- For whom it counts: a person, their groups, a channel, an account, the house, what a budget is counted under.
CREATE TABLE charge_subject (
    charge_id INTEGER NOT NULL REFERENCES charge (id) ON DELETE CASCADE,
    subject   TEXT NOT NULL,
    PRIMARY KEY (charge_id, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX charge_subject_of ON charge_subject (subject, charge_id);

-- The sums of charges by subject and UTC day (the number of days since 1970): settled, and held by reservations.
CREATE TABLE tally (
    subject     TEXT NOT NULL,
    day         INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    paid_tokens INTEGER NOT NULL,
    cost        INTEGER NOT NULL,
    held_tokens INTEGER NOT NULL,
    held_paid   INTEGER NOT NULL,
    held_cost   INTEGER NOT NULL,
    PRIMARY KEY (subject, day)
) STRICT, WITHOUT ROWID;

INSERT INTO charge (id, turn_id, purpose, state, model, hosted, prompt_tokens, completion_tokens, cost, at)
SELECT id, turn_id, 'answer', 'settled', model, hosted, prompt_tokens, completion_tokens, iif(hosted, NULL, 0), at
FROM spend;
INSERT INTO charge_subject (charge_id, subject) SELECT id, 'house' FROM spend;
INSERT INTO tally (subject, day, tokens, paid_tokens, cost, held_tokens, held_paid, held_cost)
SELECT 'house', CAST(at / 86400 AS INTEGER), sum(prompt_tokens + completion_tokens),
    sum(hosted * (prompt_tokens + completion_tokens)), 0, 0, 0, 0
FROM spend GROUP BY 2;
DROP TABLE spend;

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     REAL NOT NULL,
    -- a person as core.principal writes them, "operator" or "tampu"
    actor  TEXT NOT NULL,
    name   TEXT NOT NULL,
    action TEXT NOT NULL,
    place  TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_of_actor ON audit (actor, at);

-- What is said only once in a while: a refusal to a person, a word to the operator.
CREATE TABLE told (
    subject TEXT NOT NULL,
    matter  TEXT NOT NULL,
    until   REAL NOT NULL,
    PRIMARY KEY (subject, matter)
) STRICT, WITHOUT ROWID;

-- Rules that somebody who may set them has set by command, for an account (the beginning of an address's
-- key); those of the operator stand in the settings.
CREATE TABLE rule (
    account   TEXT NOT NULL,
    name      TEXT NOT NULL,
    rule      TEXT NOT NULL CHECK (json_valid(rule)),
    author_id TEXT NOT NULL,
    author    TEXT NOT NULL,
    at        REAL NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
