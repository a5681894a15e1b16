-- Whose answer was redone: it counts for its channel, too. Of those before nobody knows.

ALTER TABLE edition ADD COLUMN turn_id TEXT;
