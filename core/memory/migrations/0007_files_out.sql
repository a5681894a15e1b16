-- Files of an answer are messages of it; their bytes stand here until they are out.

ALTER TABLE outbox ADD COLUMN file_name TEXT;
ALTER TABLE outbox ADD COLUMN file_mime TEXT;
ALTER TABLE outbox ADD COLUMN file_alt TEXT;
ALTER TABLE outbox ADD COLUMN content BLOB;
