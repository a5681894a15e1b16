-- Every statement of the store. A name, what it is for, the statement.

-- name: insert_thread
INSERT INTO thread (key, platform, account, begun_at, updated_at)
VALUES (:key, :platform, :account, :now, :now)
ON CONFLICT (key) DO UPDATE SET updated_at = max(updated_at, excluded.updated_at);

-- name: insert_event
-- The unique key is the dedupe mark: no row comes back for an event that was there already.
INSERT INTO inbox (platform, account, event_key, thread_key, author_id, sent_at, received_at, payload, state)
VALUES (:platform, :account, :event_key, :thread_key, :author_id, :sent_at, :now, :payload, 'new')
ON CONFLICT (platform, account, event_key) DO NOTHING
RETURNING id;

-- name: event_seen
SELECT 1 FROM inbox WHERE platform = :platform AND account = :account AND event_key = :event_key;

-- name: insert_upload
INSERT INTO upload (id, inbox_id, content) VALUES (:id, :inbox_id, :content) ON CONFLICT (id) DO NOTHING;

-- name: select_upload
SELECT content FROM upload WHERE id = :id;

-- name: insert_anchor
-- First writer wins: a message never moves to another thread.
INSERT INTO anchor (platform, account, channel, message_id, thread_key)
VALUES (:platform, :account, :channel, :message_id, :thread_key)
ON CONFLICT (platform, account, channel, message_id) DO NOTHING;

-- name: select_anchor
SELECT thread_key FROM anchor
WHERE platform = :platform AND account = :account AND channel = :channel AND message_id = :message_id;

-- name: thread_exists
SELECT 1 FROM thread WHERE key = :key;

-- name: waiting_threads
SELECT thread_key FROM (
    SELECT thread_key, min(received_at) AS since FROM inbox WHERE state <> 'done' GROUP BY thread_key
    UNION ALL
    SELECT thread_key, begun_at FROM turn WHERE state IN ('running', 'delivering')
) GROUP BY thread_key ORDER BY min(since);

-- name: take_lease
-- No row comes back for a thread of which nothing is stored.
INSERT INTO lease (thread_key, fence, held) SELECT key, 1, 1 FROM thread WHERE key = :thread_key
ON CONFLICT (thread_key) DO UPDATE SET fence = fence + 1, held = 1
RETURNING fence;

-- name: free_lease
UPDATE lease SET held = 0 WHERE thread_key = :thread_key;

-- name: fence
SELECT fence FROM lease WHERE thread_key = :thread_key;

-- name: open_turn
SELECT id, state, ending, attempts FROM turn WHERE thread_key = :thread_key AND state IN ('running', 'delivering');

-- name: count_attempt
UPDATE turn SET attempts = attempts + 1 WHERE id = :id;

-- name: forget_shown
-- Before an answer is committed its live edits are not written, so after a restart nobody knows what stands there.
UPDATE outbox SET shown = NULL WHERE turn_id = :id AND final IS NULL;

-- name: tools_uncertain
UPDATE tool_call SET state = 'uncertain' WHERE turn_id = :id AND state = 'started';

-- name: waiting_events
SELECT id, author_id, payload FROM inbox WHERE thread_key = :thread_key AND state = 'new' ORDER BY sent_at, id;

-- name: events_of_turn
SELECT id, author_id, payload FROM inbox WHERE turn_id = :turn_id ORDER BY sent_at, id;

-- name: insert_turn
INSERT INTO turn (id, thread_key, platform, account, author_id, state, attempts, begun_at)
VALUES (:id, :thread_key, :platform, :account, :author_id, 'running', 1, :now);

-- name: claim_event
UPDATE inbox SET state = 'claimed', turn_id = :turn_id WHERE id = :id;

-- name: insert_message
INSERT INTO message (thread_key, turn_id, inbox_id, role, author, author_id, platform_id, parts, sent_at)
VALUES (:thread_key, :turn_id, :inbox_id, :role, :author, :author_id, :platform_id, :parts, :sent_at);

-- name: set_parts
UPDATE message SET parts = :parts
WHERE inbox_id = (SELECT id FROM inbox WHERE platform = :platform AND account = :account AND event_key = :event_key);

-- name: insert_image
INSERT INTO image (sha256, mime, content) VALUES (:sha256, :mime, :content) ON CONFLICT (sha256) DO NOTHING;

-- name: select_image
SELECT mime, content FROM image WHERE sha256 = :sha256;

-- name: transcript
-- What the model may read: the newest rows since the last reset. A command that was answered without the
-- model is no part of the talk.
SELECT role, author, parts FROM (
    SELECT message.id, role, author, parts FROM message
    JOIN thread ON thread.key = message.thread_key
    JOIN turn ON turn.id = message.turn_id
    WHERE message.thread_key = :thread_key AND message.id > thread.reset_after AND role <> 'notice'
        AND NOT (
            role = 'user' AND turn.model = '' AND turn.state <> 'running'
            AND parts ->> '$[0].text' LIKE :command_sign || '%'
        )
    ORDER BY message.id DESC LIMIT :limit
) ORDER BY id;

-- name: first_event
SELECT payload FROM inbox WHERE thread_key = :thread_key ORDER BY sent_at, id LIMIT 1;

-- name: reset_thread
UPDATE thread SET reset_after = (SELECT coalesce(max(id), 0) FROM message WHERE thread_key = :thread_key)
WHERE key = :thread_key;

-- name: reset_covers_answer
-- An answer to what was reset is reset with it. No later question has a row yet: a lane is one after the other.
UPDATE thread SET reset_after = (SELECT max(id) FROM message WHERE thread_key = :thread_key)
WHERE key = :thread_key
    AND reset_after >= (SELECT min(id) FROM message WHERE thread_key = :thread_key AND turn_id = :turn_id);

-- name: is_reset
SELECT reset_after > 0 FROM thread WHERE key = :thread_key;

-- name: deliver_turn
UPDATE turn SET state = 'delivering', ending = :ending, model = :model, error = :error WHERE id = :id;

-- name: end_turn
UPDATE turn SET state = ending, ended_at = :now WHERE id = :id;

-- name: end_events
UPDATE inbox SET state = 'done' WHERE turn_id = :turn_id;

-- name: touch_thread
UPDATE thread SET updated_at = :now WHERE key = :key;

-- name: start_tool
INSERT INTO tool_call (turn_id, call_id, name, arguments, state, started_at)
VALUES (:turn_id, :call_id, :name, :arguments, 'started', :now)
ON CONFLICT (turn_id, call_id) DO UPDATE SET state = 'started', arguments = excluded.arguments, started_at = excluded.started_at;

-- name: end_tool
UPDATE tool_call SET state = :state, result = :result WHERE turn_id = :turn_id AND call_id = :call_id;

-- name: posts
SELECT seq, key, state, platform_id, shown, final FROM outbox WHERE turn_id = :turn_id ORDER BY seq;

-- name: intend_post
INSERT INTO outbox (turn_id, seq, key, state) VALUES (:turn_id, :seq, :key, 'intent')
ON CONFLICT (turn_id, seq) DO NOTHING;

-- name: set_final
INSERT INTO outbox (turn_id, seq, key, state, final) VALUES (:turn_id, :seq, :key, 'intent', :final)
ON CONFLICT (turn_id, seq) DO UPDATE SET final = excluded.final;

-- name: post_sent
-- First writer wins: a message that is known to be there keeps its id.
UPDATE outbox SET state = 'sent', platform_id = coalesce(platform_id, :platform_id), shown = :shown
WHERE turn_id = :turn_id AND seq = :seq;

-- name: post_shown
UPDATE outbox SET shown = :shown WHERE turn_id = :turn_id AND seq = :seq;

-- name: post_lost
UPDATE outbox SET state = :state, error = :error WHERE turn_id = :turn_id AND seq = :seq;

-- name: insert_spend
INSERT INTO spend (turn_id, model, hosted, prompt_tokens, completion_tokens, at)
VALUES (:turn_id, :model, :hosted, :prompt_tokens, :completion_tokens, :now);

-- name: turns_of_person
SELECT count(*), coalesce(min(begun_at), 0) FROM turn
WHERE platform = :platform AND account = :account AND author_id = :author_id AND begun_at > :since AND ending <> 'refused'
    AND (state = 'running' OR model <> '' OR ending = 'stopped');

-- name: tokens_since
SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) FROM spend WHERE hosted = 1 AND at >= :since;

-- name: conversations
SELECT thread.key, thread.updated_at,
    (SELECT payload FROM inbox WHERE thread_key = thread.key ORDER BY sent_at, id LIMIT 1)
FROM thread WHERE platform = :platform AND account = :account ORDER BY updated_at DESC LIMIT 500;

-- name: shown_messages
SELECT message.id, role, author, parts, sent_at, turn_id, turn.ending = 'stopped', message.platform_id
FROM message JOIN turn ON turn.id = message.turn_id WHERE message.thread_key = :thread_key ORDER BY message.id;
