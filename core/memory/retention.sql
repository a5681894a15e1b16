-- Letting go by age. :keys is a JSON array of threads' keys.

-- name: threads_to_prune
-- Those with nothing newer by the machine's clock or the platform's, in which nothing waits or is at work.
SELECT key FROM thread WHERE updated_at < :before
    AND NOT EXISTS (
        SELECT 1 FROM inbox WHERE thread_key = key
            AND (state <> 'done' OR max(received_at, sent_at, revised_at) >= :before)
    )
    AND NOT EXISTS (
        SELECT 1 FROM turn WHERE thread_key = key AND (state IN ('running', 'delivering') OR wish <> '')
    )
    AND NOT EXISTS (SELECT 1 FROM pin WHERE thread_key = key AND at >= :before)
    AND NOT EXISTS (SELECT 1 FROM choice WHERE place = key AND at >= :before)
ORDER BY updated_at, key LIMIT :most;

-- name: pictures_of_threads
SELECT DISTINCT part.value ->> 'sha256' FROM message, json_each(parts) AS part
WHERE thread_key IN (SELECT value FROM json_each(:keys)) AND part.value ->> 'kind' = 'image';

-- name: prune_uploads
DELETE FROM upload WHERE inbox_id IN (
    SELECT id FROM inbox WHERE thread_key IN (SELECT value FROM json_each(:keys))
);

-- name: prune_tool_calls
DELETE FROM tool_call WHERE turn_id IN (
    SELECT id FROM turn WHERE thread_key IN (SELECT value FROM json_each(:keys))
);

-- name: prune_posts
DELETE FROM outbox WHERE turn_id IN (
    SELECT id FROM turn WHERE thread_key IN (SELECT value FROM json_each(:keys))
);

-- name: prune_messages
DELETE FROM message WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_events
DELETE FROM inbox WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_turns
DELETE FROM turn WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_summaries
DELETE FROM summary WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_pins
DELETE FROM pin WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_choices
DELETE FROM choice WHERE place IN (SELECT value FROM json_each(:keys));

-- name: prune_anchors
DELETE FROM anchor WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_leases
DELETE FROM lease WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: prune_threads
DELETE FROM thread WHERE key IN (SELECT value FROM json_each(:keys));

-- name: prune_stray_pins
-- Where nobody ever asked.
DELETE FROM pin WHERE at < :before AND NOT EXISTS (SELECT 1 FROM thread WHERE key = thread_key);

-- name: prune_stray_choices
-- Those for threads: their keys have four parts.
DELETE FROM choice WHERE at < :before AND place LIKE '%:%:%:%'
    AND NOT EXISTS (SELECT 1 FROM thread WHERE key = place);

-- name: prune_old_boots
-- Never the newest: the process that it stands for may run for months.
DELETE FROM boot WHERE started_at < :before AND id < (SELECT max(id) FROM boot);

-- name: forget_whose_turns_were
-- Of people who were forgotten within the hour after they had asked: their turns counted until it was over.
UPDATE turn SET author_id = '' WHERE begun_at BETWEEN :since AND :before AND author_id <> ''
    AND NOT EXISTS (SELECT 1 FROM inbox WHERE turn_id = turn.id AND inbox.author_id <> '');

-- name: prune_editions
DELETE FROM edition WHERE begun_at < :before;

-- name: prune_audit
DELETE FROM audit WHERE at < :before RETURNING id;

-- name: signs_of_life
SELECT EXISTS (
    SELECT 1 FROM boot WHERE started_at BETWEEN :since AND :until
        OR alive_at BETWEEN :since AND :until OR ended_at BETWEEN :since AND :until
)
    OR EXISTS (SELECT 1 FROM thread WHERE updated_at BETWEEN :since AND :until)
    OR EXISTS (SELECT 1 FROM turn WHERE begun_at BETWEEN :since AND :until);

-- name: lag_of_messages
-- Per platform the least: a single message may be old when somebody addresses it to the assistant by an edit.
SELECT max(lag) FROM (
    SELECT min(received_at - sent_at) AS lag FROM (
        SELECT platform, received_at, sent_at FROM inbox ORDER BY id DESC LIMIT :newest
    ) WHERE received_at BETWEEN :since AND :now GROUP BY platform
);
