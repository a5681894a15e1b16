-- What is kept of a person, and letting go of it. Threads are given by the first and the last of their keys;
-- :turns and :spared are JSON arrays of turns' ids.

-- name: turns_at_work_for
SELECT turn.id, payload ->> 'text' FROM inbox JOIN turn ON turn.id = inbox.turn_id
WHERE inbox.author_id = :person AND inbox.thread_key BETWEEN :first AND :last
    AND turn.state IN ('running', 'delivering');

-- name: turns_for
SELECT DISTINCT turn_id FROM inbox
WHERE author_id = :person AND thread_key BETWEEN :first AND :last AND turn_id IS NOT NULL
    AND turn_id NOT IN (SELECT value FROM json_each(:spared));

-- name: threads_of_person
-- And whether nothing in them is anybody else's; what somebody else was forgotten for is nobody's.
SELECT thread_key, NOT EXISTS (
    SELECT 1 FROM inbox AS other WHERE other.thread_key = mine.thread_key AND other.author_id NOT IN (:person, '')
) AND NOT EXISTS (
    SELECT 1 FROM pin WHERE pin.thread_key = mine.thread_key AND pin.author_id <> :person
)
FROM (
    SELECT DISTINCT thread_key FROM inbox
    WHERE author_id = :person AND thread_key BETWEEN :first AND :last
        AND coalesce(turn_id, '') NOT IN (SELECT value FROM json_each(:spared))
) AS mine;

-- name: count_questions
SELECT count(*), coalesce(sum(json_array_length(payload, '$.attachments')), 0) FROM inbox
WHERE author_id = :person AND thread_key BETWEEN :first AND :last AND withdrawn = 0
    AND coalesce(turn_id, '') NOT IN (SELECT value FROM json_each(:spared));

-- name: count_answers
SELECT count(*) FROM message
WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND role <> 'user' AND parts <> '[]';

-- name: count_tool_calls
SELECT count(*) FROM tool_call WHERE turn_id IN (SELECT value FROM json_each(:turns));

-- name: count_pins
SELECT count(*) FROM pin WHERE author_id = :person AND thread_key BETWEEN :first AND :last;

-- name: count_summaries
SELECT count(*) FROM summary WHERE thread_key BETWEEN :first AND :last AND EXISTS (
    SELECT 1 FROM message WHERE message.thread_key = summary.thread_key AND message.id <= summary.upto
        AND parts <> '[]' AND turn_id IN (SELECT value FROM json_each(:turns))
);

-- name: settings_chosen_by
SELECT DISTINCT setting FROM choice
WHERE author_id = :person AND (place BETWEEN :first AND :last OR place = :account);

-- name: pictures_of_turns
SELECT DISTINCT part.value ->> 'sha256' FROM message, json_each(parts) AS part
WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND part.value ->> 'kind' = 'image';

-- name: empty_messages
-- The rows stay, see redact_answer. A summary that covers one goes with its words.
UPDATE message SET parts = '[]', author = '', author_id = ''
WHERE turn_id IN (SELECT value FROM json_each(:turns));

-- name: forget_images
-- Those that no message shows any more.
DELETE FROM image WHERE sha256 IN (SELECT value FROM json_each(:hashes)) AND sha256 NOT IN (
    SELECT part.value ->> 'sha256' FROM message, json_each(parts) AS part
    WHERE instr(parts, '"image"') > 0 AND part.value ->> 'kind' = 'image'
);

-- name: forget_uploads
DELETE FROM upload WHERE inbox_id IN (
    SELECT id FROM inbox WHERE author_id = :person AND thread_key BETWEEN :first AND :last
        AND coalesce(turn_id, '') NOT IN (SELECT value FROM json_each(:spared))
);

-- name: forget_tool_calls
DELETE FROM tool_call WHERE turn_id IN (SELECT value FROM json_each(:turns));

-- name: forget_posts
-- Which messages there are stays known: they can still be taken off the screen.
UPDATE outbox SET shown = NULL, final = NULL, file_name = NULL, file_mime = NULL, file_alt = NULL, content = NULL
WHERE turn_id IN (SELECT value FROM json_each(:turns));

-- name: open_turns_among
SELECT id, thread_key FROM turn WHERE id IN (SELECT value FROM json_each(:turns))
    AND (state IN ('running', 'delivering') OR wish <> '')
ORDER BY thread_key, begun_at;

-- name: take_lanes_away
-- From those that are at work: whatever they still write is refused.
UPDATE lease SET fence = fence + 1 WHERE thread_key IN (
    SELECT thread_key FROM turn WHERE id IN (SELECT value FROM json_each(:turns))
        AND state IN ('running', 'delivering')
);

-- name: take_back
UPDATE turn SET wish = 'withdraw' WHERE id IN (SELECT value FROM json_each(:turns))
    AND (state IN ('running', 'delivering') OR wish <> '');

-- name: forget_whose_turns
-- Newer ones still count against what a person may ask within an hour.
UPDATE turn SET author_id = '' WHERE id IN (SELECT value FROM json_each(:turns)) AND begun_at < :before;

-- name: empty_events
-- What stays is where an event belongs, and its key: one that comes again is not answered again.
UPDATE inbox SET author_id = '', withdrawn = 1, state = iif(state = 'new', 'done', state), payload = json_object(
    'key', payload ->> 'key', 'address', payload -> 'address', 'author', json_object('id', '', 'name', ''),
    'text', '', 'message_id', payload ->> 'message_id', 'sent_at', payload ->> 'sent_at',
    'addressing', payload ->> 'addressing'
)
WHERE author_id = :person AND thread_key BETWEEN :first AND :last
    AND coalesce(turn_id, '') NOT IN (SELECT value FROM json_each(:spared));

-- name: empty_names_of_events
UPDATE inbox SET payload = json_set(payload, '$.author.name', '')
WHERE turn_id IN (SELECT value FROM json_each(:spared));

-- name: empty_names_of_messages
UPDATE message SET author = '' WHERE turn_id IN (SELECT value FROM json_each(:spared));

-- name: forget_pins_by
DELETE FROM pin WHERE author_id = :person AND thread_key BETWEEN :first AND :last;

-- name: forget_choices_in
DELETE FROM choice WHERE author_id = :person AND place IN (SELECT value FROM json_each(:whole));

-- name: empty_names_of_choices
UPDATE choice SET author = '', author_id = ''
WHERE author_id = :person AND (place BETWEEN :first AND :last OR place = :account);

-- name: empty_names_of_rules
UPDATE rule SET author = '' WHERE author_id = :person AND (account BETWEEN :first AND :last OR account = :account);

-- name: empty_names_of_audit
UPDATE audit SET name = ''
WHERE (actor BETWEEN 'person:' || :first AND 'person:' || :last OR place BETWEEN :first AND :last)
    AND substr(actor, -length(:tail)) = :tail AND name <> '';

-- name: forget_what_was_told
DELETE FROM told WHERE subject BETWEEN 'person:' || :first AND 'person:' || :last
    AND substr(subject, -length(:tail)) = :tail;

-- name: has_posts
SELECT 1 FROM outbox WHERE turn_id = :turn_id AND state = 'sent';

-- name: erasure_due
SELECT number FROM erasure;

-- name: mark_erasure
INSERT INTO erasure (id, number) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET number = number + 1;

-- name: erasure_done
DELETE FROM erasure WHERE number = :number;
