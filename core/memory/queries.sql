-- Every statement of the store. A name, what it is for, the statement.

-- name: insert_thread
INSERT INTO thread (key, platform, account, begun_at, updated_at)
VALUES (:key, :platform, :account, :now, :now)
ON CONFLICT (key) DO UPDATE SET updated_at = max(updated_at, excluded.updated_at);

-- name: insert_event
INSERT INTO inbox (platform, account, event_key, thread_key, author_id, sent_at, received_at, payload, state)
VALUES (:platform, :account, :event_key, :thread_key, :author_id, :sent_at, :now, :payload, 'new')
RETURNING id;

-- name: event_seen
-- The unique key is the dedupe mark, of what came and of what was deleted before it came.
SELECT 1 FROM inbox WHERE platform = :platform AND account = :account AND event_key = :event_key
UNION ALL SELECT 1 FROM tombstone WHERE platform = :platform AND account = :account AND event_key = :event_key;

-- name: free_key
-- What came of nothing may be asked again by the same button; where there is no picture there is still none.
UPDATE inbox SET event_key = event_key || '#' || id
WHERE platform = :platform AND account = :account AND event_key = :event_key AND EXISTS (
    SELECT 1 FROM turn WHERE turn.id = inbox.turn_id AND turn.state IN ('failed', 'stopped', 'refused') AND error <> 'NoPictures'
);

-- name: event_by_key
SELECT id, payload, revised_at, withdrawn, turn_id FROM inbox
WHERE platform = :platform AND account = :account AND event_key = :event_key;

-- name: revise_event
UPDATE inbox SET payload = :payload, revised_at = :revised_at WHERE id = :id;

-- name: parts_of_question
SELECT parts FROM message WHERE inbox_id = :inbox_id;

-- name: set_parts
UPDATE message SET parts = :parts WHERE inbox_id = :inbox_id;

-- name: withdraw_event
UPDATE inbox SET payload = :payload, withdrawn = 1, state = CASE state WHEN 'new' THEN 'done' ELSE state END WHERE id = :id;

-- name: forget_pictures
-- Those of a question that nobody else has shown.
DELETE FROM image WHERE sha256 IN (
    SELECT part.value ->> 'sha256' FROM message, json_each(parts) AS part
    WHERE inbox_id = :inbox_id AND part.value ->> 'kind' = 'image'
) AND sha256 NOT IN (
    SELECT part.value ->> 'sha256' FROM message, json_each(parts) AS part
    WHERE inbox_id IS NOT :inbox_id AND part.value ->> 'kind' = 'image'
);

-- name: delete_uploads
DELETE FROM upload WHERE inbox_id = :inbox_id;

-- name: insert_tombstone
INSERT INTO tombstone (platform, account, event_key, at) VALUES (:platform, :account, :event_key, :now)
ON CONFLICT (platform, account, event_key) DO NOTHING;

-- name: prune_tombstones
DELETE FROM tombstone WHERE at < :before;

-- name: questions_left
SELECT count(*) FROM inbox WHERE turn_id = :turn_id AND withdrawn = 0;

-- name: may_redo
-- A turn that runs, or one whose answer is the newest thing in its thread, not forgotten, and all there or never given.
SELECT 1 FROM turn JOIN thread ON thread.key = turn.thread_key WHERE turn.id = :turn_id AND wish <> 'withdraw' AND (
    state = 'running' OR (
        NOT EXISTS (SELECT 1 FROM inbox WHERE thread_key = turn.thread_key AND state = 'new')
        AND (SELECT min(id) FROM message WHERE turn_id = turn.id) > thread.reset_after
        AND NOT EXISTS (
            SELECT 1 FROM message WHERE thread_key = turn.thread_key AND role = 'user' AND parts <> '[]'
                AND turn_id <> turn.id AND id > (SELECT min(id) FROM message WHERE turn_id = turn.id)
        )
        AND (
            state = 'delivering' OR turn.error = 'stale'
            OR EXISTS (SELECT 1 FROM outbox WHERE turn_id = turn.id AND state = 'sent' AND seq < 1000000)
        )
        AND NOT EXISTS (
            SELECT 1 FROM outbox AS missing JOIN outbox AS later ON later.turn_id = missing.turn_id
            -- Files are counted from a million on: they leave no gap and show none.
            WHERE missing.turn_id = turn.id AND missing.seq < later.seq AND later.seq < 1000000
                AND missing.state IN ('rejected', 'gone') AND later.state = 'sent'
        )
    )
);

-- name: wish
UPDATE turn SET wish = :wish WHERE id = :turn_id AND wish <> 'withdraw';

-- name: wish_of
SELECT wish FROM turn WHERE id = :turn_id;

-- name: redact_answer
-- The row stays: were its number given again, a reset before would hide what is said after.
UPDATE message SET parts = '[]' WHERE turn_id = :turn_id AND role <> 'user';

-- name: forget_finals
UPDATE outbox SET final = NULL, shown = NULL, file_name = NULL, file_mime = NULL, file_alt = NULL, content = NULL
WHERE turn_id = :turn_id;

-- name: redact_tools
UPDATE tool_call SET arguments = '', result = '' WHERE turn_id = :turn_id;

-- name: redact_ended_tools
-- Of no use for questions that are worded anew; a call whose end is unknown has to be known again.
UPDATE tool_call SET arguments = '', result = '' WHERE turn_id = :turn_id AND state IN ('ok', 'failed');

-- name: count_edition
-- What is redone was an answer too.
INSERT INTO edition (platform, account, author_id, begun_at, turn_id)
SELECT platform, account, author_id, begun_at, id FROM turn
WHERE id = :turn_id AND ending <> 'refused' AND (state = 'running' OR model <> '' OR ending = 'stopped');

-- name: redo_turn
UPDATE turn SET state = 'running', ending = 'done', wish = '', edition = edition + 1, strikes = 0, model = '', error = '',
    begun_at = :now, ended_at = NULL
WHERE id = :turn_id;

-- name: reopen_events
UPDATE inbox SET state = 'claimed' WHERE turn_id = :turn_id;

-- name: drop_ended_posts
-- What was taken back behind the last message may be posted anew, under a new key.
-- What is there and only could not be edited is no such message.
DELETE FROM outbox WHERE turn_id = :turn_id AND seq < 1000000 AND seq > (
    SELECT coalesce(max(seq), -1) FROM outbox
    WHERE turn_id = :turn_id AND seq < 1000000 AND (state IN ('sent', 'intent') OR state = 'rejected' AND platform_id IS NOT NULL)
);

-- name: withdraw_turn
-- What was no answer of the model is still none.
UPDATE turn SET state = 'delivering', ending = iif(state = 'running', 'stopped', ending), wish = '', error = 'withdrawn'
WHERE id = :turn_id;

-- name: close_waiting
UPDATE inbox SET state = 'done' WHERE state = 'new' AND thread_key >= :first AND thread_key < :behind;

-- name: insert_upload
INSERT INTO upload (id, inbox_id, content) VALUES (:id, :inbox_id, :content) ON CONFLICT (id) DO NOTHING;

-- name: select_upload
SELECT content FROM upload WHERE id = :id;

-- name: insert_anchor
-- First writer wins: a message never moves to another thread.
INSERT INTO anchor (platform, account, channel, message_id, thread_key)
SELECT :platform, :account, :channel, :message_id, key FROM thread WHERE key = :thread_key
ON CONFLICT (platform, account, channel, message_id) DO NOTHING;

-- name: select_anchor
SELECT thread_key FROM anchor
WHERE platform = :platform AND account = :account AND channel = :channel AND message_id = :message_id;

-- name: known_since
SELECT min(sent_at) FROM inbox WHERE thread_key = :key;

-- name: recent_threads
SELECT key FROM thread WHERE platform = :platform AND updated_at >= :since ORDER BY updated_at DESC;

-- name: waiting_threads
-- Those with strikes last: where crashes have another cause, they do not all count against the oldest.
SELECT thread_key FROM (
    SELECT thread_key, min(received_at) AS since, 0 AS strikes FROM inbox WHERE state <> 'done' GROUP BY thread_key
    UNION ALL
    SELECT thread_key, begun_at, strikes FROM turn WHERE state IN ('running', 'delivering')
    UNION ALL
    SELECT thread_key, begun_at, strikes FROM turn WHERE wish <> ''
) GROUP BY thread_key ORDER BY max(strikes), min(since);

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
SELECT id, state, wish FROM turn WHERE thread_key = :thread_key AND state IN ('running', 'delivering');

-- name: wished_turn
SELECT id, state, wish FROM turn WHERE thread_key = :thread_key AND wish <> '' ORDER BY begun_at LIMIT 1;

-- name: count_attempt
UPDATE turn SET attempts = attempts + 1, strikes = strikes + :strike WHERE id = :id
RETURNING state, ending, attempts, strikes, author_id;

-- name: forget_shown
-- Before an answer is committed its live edits are not written, so after a restart nobody knows what stands there.
UPDATE outbox SET shown = NULL WHERE turn_id = :id AND final IS NULL;

-- name: tools_uncertain
UPDATE tool_call SET state = 'uncertain' WHERE turn_id = :id AND state = 'started';

-- name: waiting_events
SELECT id, author_id, payload, revised_at FROM inbox WHERE thread_key = :thread_key AND state = 'new' ORDER BY sent_at, id;

-- name: events_of_turn
SELECT id, author_id, payload, withdrawn, joined, revised_at FROM inbox WHERE turn_id = :turn_id ORDER BY sent_at, id;

-- name: insert_turn
INSERT INTO turn (id, thread_key, platform, account, author_id, state, attempts, begun_at)
VALUES (:id, :thread_key, :platform, :account, :author_id, 'running', 1, :now);

-- name: claim_event
UPDATE inbox SET state = 'claimed', turn_id = :turn_id, joined = :joined WHERE id = :id;

-- name: author_to_join
-- What joins an answer that is made already, or that is taken back, would get none.
SELECT author_id FROM turn WHERE id = :turn_id AND state = 'running' AND wish = '';

-- name: insert_message
INSERT INTO message (thread_key, turn_id, inbox_id, role, author, author_id, platform_id, parts, sent_at)
VALUES (:thread_key, :turn_id, :inbox_id, :role, :author, :author_id, :platform_id, :parts, :sent_at);

-- name: insert_image
INSERT INTO image (sha256, mime, content) VALUES (:sha256, :mime, :content) ON CONFLICT (sha256) DO NOTHING;

-- name: select_image
SELECT mime, content FROM image WHERE sha256 = :sha256;

-- name: newest
-- What the model may know of a thread, from one moment. Of its rows the newest behind the last reset and the
-- summary (but with :whole), and the questions that are being answered. A command that was answered without
-- the model is no part of the talk, nor is a question that was not let pass. The lower bound spares a look at all that lies before.
WITH past AS (
    SELECT max(reset_after, iif(:whole, 0, coalesce(upto, 0))) AS past
    FROM thread LEFT JOIN summary ON thread_key = key WHERE key = :thread_key
)
SELECT 'pin', number, text, author, at, NULL FROM pin WHERE thread_key = :thread_key
UNION ALL SELECT 'summary', upto, text, model, made_at, tokens FROM summary WHERE thread_key = :thread_key
UNION ALL SELECT * FROM (
    SELECT 'row', message.id, parts, author, version, role FROM message
    JOIN turn ON turn.id = message.turn_id
    WHERE message.thread_key = :thread_key AND (message.id > (SELECT past FROM past) OR turn.state = 'running')
        AND message.id > (SELECT min(past, coalesce(
            (SELECT min(asked.id) - 1 FROM message AS asked JOIN turn AS open ON open.id = asked.turn_id
            WHERE open.thread_key = :thread_key AND open.state IN ('running', 'delivering')),
            past
        )) FROM past)
        AND role <> 'notice' AND parts <> '[]'
        AND NOT (
            role = 'user' AND turn.model = '' AND turn.state <> 'running'
            AND (turn.error IN ('moderated', 'not_allowed') OR parts ->> '$[0].text' LIKE :command_sign || '%')
        )
    ORDER BY message.id DESC LIMIT :limit
);

-- name: oldest
-- As above, of its rows the oldest; not those of a turn that is not over.
WITH past AS (
    SELECT max(reset_after, coalesce(upto, 0)) AS past
    FROM thread LEFT JOIN summary ON thread_key = key WHERE key = :thread_key
)
SELECT 'pin', number, text, author, at, NULL FROM pin WHERE thread_key = :thread_key
UNION ALL SELECT 'summary', upto, text, model, made_at, tokens FROM summary WHERE thread_key = :thread_key
UNION ALL SELECT * FROM (
    SELECT 'row', message.id, parts, author, version, role FROM message
    JOIN turn ON turn.id = message.turn_id
    WHERE message.thread_key = :thread_key AND message.id > (SELECT past FROM past)
        AND turn.state NOT IN ('running', 'delivering')
        AND role <> 'notice' AND parts <> '[]'
        AND NOT (
            role = 'user' AND turn.model = ''
            AND (turn.error IN ('moderated', 'not_allowed') OR parts ->> '$[0].text' LIKE :command_sign || '%')
        )
    ORDER BY message.id LIMIT :limit
);

-- name: question_parts
SELECT parts FROM message WHERE turn_id = :turn_id AND role = 'user' ORDER BY id;

-- name: pictures_about
-- What was sent with the questions of an answer, and with those of the answers that they were about in turn; as
-- everywhere, nothing from before a reset, and nothing of a question that was not let pass.
WITH RECURSIVE answer AS (
    SELECT DISTINCT outbox.platform_id, outbox.turn_id FROM message JOIN outbox ON outbox.turn_id = message.turn_id
    WHERE message.thread_key = :thread_key AND outbox.platform_id IS NOT NULL
), meant AS (
    SELECT turn_id FROM answer WHERE platform_id = :message_id
    UNION SELECT answer.turn_id FROM meant
    JOIN message ON message.turn_id = meant.turn_id
    JOIN inbox ON inbox.id = message.inbox_id
    JOIN answer ON answer.platform_id = inbox.payload ->> 'about'
)
SELECT parts FROM message JOIN meant ON meant.turn_id = message.turn_id JOIN turn ON turn.id = message.turn_id
WHERE role = 'user' AND message.id > (SELECT reset_after FROM thread WHERE key = :thread_key)
    AND NOT (turn.state <> 'running' AND turn.model = '' AND turn.error IN ('moderated', 'not_allowed'))
ORDER BY message.id;

-- name: put_summary
INSERT INTO summary (thread_key, upto, text, tokens, model, made_at)
VALUES (:thread_key, :upto, :text, :tokens, :model, :made_at)
ON CONFLICT (thread_key) DO UPDATE SET upto = excluded.upto, text = excluded.text, tokens = excluded.tokens,
    model = excluded.model, made_at = excluded.made_at;

-- name: forget_summary
DELETE FROM summary WHERE thread_key = :thread_key;

-- name: pins
SELECT number, text, author, at FROM pin WHERE thread_key = :thread_key;

-- name: insert_pin
INSERT INTO pin (thread_key, number, text, author_id, author, at)
VALUES (:thread_key, (SELECT coalesce(max(number), 0) + 1 FROM pin WHERE thread_key = :thread_key),
    :text, :author_id, :author, :now)
RETURNING number, text, author, at;

-- name: delete_pin
DELETE FROM pin WHERE thread_key = :thread_key AND number = :number RETURNING number, text, author, at;

-- name: forget_pins
DELETE FROM pin WHERE thread_key = :thread_key RETURNING number;

-- name: reword_pin
UPDATE OR REPLACE pin SET text = :after WHERE thread_key = :thread_key AND author_id = :author_id AND text = :text;

-- name: forget_pinned
-- What a person pinned in these words.
DELETE FROM pin WHERE thread_key = :thread_key AND author_id = :author_id AND text = :text;

-- name: choices_of
SELECT place, choices, author, at FROM choice WHERE place IN (:thread, :channel, :account)
ORDER BY place, setting;

-- name: choice_of
SELECT choices FROM choice WHERE place = :place AND setting = :setting;

-- name: choose
INSERT INTO choice (place, setting, choices, author_id, author, at)
VALUES (:place, :setting, :choices, :author_id, :author, :now)
ON CONFLICT (place, setting) DO UPDATE SET choices = excluded.choices, author_id = excluded.author_id,
    author = excluded.author, at = excluded.at;

-- name: unchoose
DELETE FROM choice WHERE place = :place AND setting = :setting RETURNING choices;

-- name: first_event
SELECT payload FROM inbox WHERE thread_key = :thread_key ORDER BY sent_at, id LIMIT 1;

-- name: reset_thread
-- It returns a row where anything was said since the last time.
UPDATE thread SET reset_after = (SELECT coalesce(max(id), 0) FROM message WHERE thread_key = :thread_key)
WHERE key = :thread_key
    AND reset_after < (SELECT coalesce(max(id), 0) FROM message WHERE thread_key = :thread_key)
RETURNING key;

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
UPDATE turn SET state = ending, ended_at = :now, error = iif(:error = '', error, :error) WHERE id = :id;

-- name: pardon_turn
UPDATE turn SET strikes = max(0, strikes - 1) WHERE id = :id;

-- name: forget_what_was_read
-- It stands in the documents of whoever brought them, and goes with these, whoever asked.
UPDATE tool_call SET arguments = '', result = ''
WHERE turn_id = :turn_id AND name IN (SELECT value FROM json_each(:tools)) AND state IN ('ok', 'failed');

-- name: end_events
UPDATE inbox SET state = 'done' WHERE turn_id = :turn_id;

-- name: touch_thread
UPDATE thread SET updated_at = :now WHERE key = :key;

-- name: start_tool
INSERT INTO tool_call (turn_id, call_id, name, arguments, state, started_at, edition)
VALUES (:turn_id, :call_id, :name, :arguments, 'started', :now, (SELECT edition FROM turn WHERE id = :turn_id))
ON CONFLICT (turn_id, call_id) DO UPDATE SET state = 'started', name = excluded.name, arguments = excluded.arguments,
    result = '', started_at = excluded.started_at, edition = excluded.edition;

-- name: tool_calls
-- What was called for these questions, and whatever else nobody knows the end of.
SELECT call_id, name, arguments, tool_call.state, result, tool_call.edition <> turn.edition
FROM tool_call JOIN turn ON turn.id = tool_call.turn_id
WHERE turn_id = :turn_id AND (tool_call.edition = turn.edition OR tool_call.state = 'uncertain')
ORDER BY started_at, call_id;

-- name: end_tool
UPDATE tool_call SET state = :state, result = :result WHERE turn_id = :turn_id AND call_id = :call_id;

-- name: posts
SELECT seq, key, state, platform_id, shown, final, file_name, file_mime, file_alt, content
FROM outbox WHERE turn_id = :turn_id ORDER BY seq;

-- name: intend_post
INSERT INTO outbox (turn_id, seq, key, state) VALUES (:turn_id, :seq, :key, 'intent')
ON CONFLICT (turn_id, seq) DO NOTHING;

-- name: set_final
INSERT INTO outbox (turn_id, seq, key, state, final) VALUES (:turn_id, :seq, :key, 'intent', :final)
ON CONFLICT (turn_id, seq) DO UPDATE SET final = excluded.final;

-- name: keep_made_file
-- Made by a tool; until the answer is committed nobody waits for it.
INSERT INTO outbox (turn_id, seq, key, state, file_name, file_mime, file_alt, content)
VALUES (:turn_id, :seq, :key, 'intent', :name, :mime, :alt, :content);

-- name: files_since
SELECT seq, file_name, length(content) FROM outbox WHERE turn_id = :turn_id AND seq >= :first ORDER BY seq;

-- name: drop_made_files
DELETE FROM outbox WHERE turn_id = :turn_id AND seq >= 1000000 AND final IS NULL AND content IS NOT NULL;

-- name: post_sent
-- First writer wins: a message that is known to be there keeps its id.
UPDATE outbox SET state = 'sent', platform_id = coalesce(platform_id, :platform_id), shown = :shown, error = '', lost_at = NULL,
    content = iif(:keeps_file, content, NULL)
WHERE turn_id = :turn_id AND seq = :seq;

-- name: post_shown
-- What could not be edited before is no longer lost.
UPDATE outbox SET shown = :shown, state = 'sent', error = '', lost_at = NULL WHERE turn_id = :turn_id AND seq = :seq;

-- name: post_lost
UPDATE outbox SET state = :state, error = :error, lost_at = :now, content = NULL
WHERE turn_id = :turn_id AND seq = :seq;

-- name: edition_of
SELECT edition FROM turn WHERE id = :turn_id;

-- name: dead_letters
-- CROSS JOIN: the few stale turns first, then their questions.
SELECT turn_id, thread_key, text, reason, at FROM (
    SELECT turn_id, turn.thread_key, final AS text, outbox.error AS reason, lost_at AS at
    FROM outbox JOIN turn ON turn.id = outbox.turn_id WHERE lost_at IS NOT NULL AND final IS NOT NULL
    UNION ALL
    SELECT turn.id, turn.thread_key, message.parts ->> '$[0].text', turn.error, turn.ended_at
    FROM turn CROSS JOIN message ON message.turn_id = turn.id AND message.role = 'user' AND message.parts <> '[]'
    WHERE turn.error = 'stale' AND turn.ended_at IS NOT NULL
) ORDER BY at DESC LIMIT :limit;

-- name: never_said
-- Beside the dead letters: texts and files that a note stands for, texts that a turn ended without, turns that were given
-- up without a word, and questions in places that closed before their turn came.
SELECT turn_id, thread_key, iif(final = :note, (
    SELECT parts ->> '$[0].text' FROM message WHERE message.turn_id = turn.id AND inbox_id IS NULL AND parts <> '[]'
), final), 'refused', coalesce(ended_at, begun_at)
FROM outbox JOIN turn ON turn.id = outbox.turn_id WHERE outbox.state = 'sent' AND (final = :note OR shown = :note OR file_name IS NOT NULL AND shown <> final)
UNION ALL
SELECT turn_id, thread_key, final, iif(turn.error = '', 'not sent', turn.error), ended_at
FROM outbox JOIN turn ON turn.id = outbox.turn_id
WHERE outbox.state = 'intent' AND final IS NOT NULL AND ended_at IS NOT NULL AND wish = ''
UNION ALL
SELECT turn.id, turn.thread_key, parts ->> '$[0].text', 'given up', ended_at
FROM turn JOIN message ON message.turn_id = turn.id AND role = 'user' AND parts <> '[]'
WHERE ended_at IS NOT NULL AND error <> 'withdrawn' AND wish = ''
    AND NOT EXISTS (SELECT 1 FROM message AS said WHERE said.turn_id = turn.id AND said.inbox_id IS NULL)
UNION ALL
SELECT '', thread_key, payload ->> 'text', 'closed', received_at
FROM inbox WHERE turn_id IS NULL AND state = 'done' AND withdrawn = 0
ORDER BY 5 DESC LIMIT :limit;

-- name: underway
SELECT thread_key, iif(wish = '', state, wish), begun_at AS since, attempts,
    (SELECT count(*) FROM outbox WHERE turn_id = turn.id AND state = 'sent'),
    (SELECT count(*) FROM outbox WHERE turn_id = turn.id),
    (SELECT parts ->> '$[0].text' FROM message WHERE turn_id = turn.id AND role = 'user' ORDER BY parts = '[]', id)
FROM turn WHERE state IN ('running', 'delivering') OR wish <> ''
UNION ALL
SELECT thread_key, 'waiting', received_at, 0, 0, 0, payload ->> 'text' FROM inbox WHERE state = 'new'
ORDER BY since LIMIT :limit;

-- name: insert_boot
INSERT INTO boot (started_at, alive_at) VALUES (:now, :now) RETURNING id;

-- name: last_seen
-- Of the last start, not the latest time: a clock that ran ahead once would hide every absence since. A time
-- that lies ahead says nothing, so that an earlier start's comes first.
SELECT coalesce(ended_at, alive_at) AS seen FROM boot ORDER BY seen > :now, id DESC LIMIT 1;

-- name: crashes
SELECT count(*) FROM boot WHERE ended_at IS NULL AND abs(:now - started_at) < :within;

-- name: boot_alive
UPDATE boot SET alive_at = :now WHERE id = :id;

-- name: boot_ended
UPDATE boot SET ended_at = :now WHERE id = :id;

-- name: prune_boots
DELETE FROM boot WHERE started_at < :before;

-- name: turns_of_person
-- An answer that was redone counts again, when it was. Of those at work, those up to one.
SELECT count(*), coalesce(min(begun_at), 0) FROM (
    SELECT begun_at FROM turn
    WHERE platform = :platform AND account = :account AND author_id = :author_id AND begun_at > :since
        AND ending <> 'refused' AND (state = 'running' OR model <> '' OR ending = 'stopped')
        AND (state <> 'running' OR :upto = '' OR (begun_at, id) <= (SELECT begun_at, id FROM turn WHERE id = :upto))
    UNION ALL
    SELECT begun_at FROM edition
    WHERE platform = :platform AND account = :account AND author_id = :author_id AND begun_at > :since
);

-- name: turns_in_channel
-- With those of threads inside of it that are channels of their own, and each answer that was redone, as above.
WITH here AS (
    SELECT id, begun_at, ending <> 'refused' AND (state = 'running' OR model <> '' OR ending = 'stopped')
        AND (state <> 'running' OR :upto = '' OR (begun_at, id) <= (SELECT begun_at, id FROM turn WHERE id = :upto)) AS counts
    FROM turn
    -- By time: an hour has few turns, an account ever more.
    WHERE begun_at > :since AND +platform = :platform AND +account = :account
        AND (thread_key >= :first AND thread_key < :behind
            OR EXISTS (SELECT 1 FROM inbox WHERE turn_id = turn.id AND payload ->> 'parent' = :channel))
)
SELECT count(*), coalesce(min(begun_at), 0) FROM (
    SELECT begun_at FROM here WHERE counts
    UNION ALL
    -- A turn that is redone begins anew: it began no earlier than its editions.
    SELECT edition.begun_at FROM here JOIN edition ON edition.turn_id = here.id
    WHERE platform = :platform AND account = :account AND edition.begun_at > :since
);

-- name: conversations
-- Not those of which everything was forgotten.
SELECT thread.key, thread.updated_at,
    coalesce(
        (SELECT payload FROM inbox WHERE thread_key = thread.key AND withdrawn = 0 ORDER BY sent_at, id LIMIT 1),
        (SELECT payload FROM inbox WHERE thread_key = thread.key ORDER BY sent_at, id LIMIT 1)
    )
FROM thread WHERE platform = :platform AND account = :account
    AND EXISTS (SELECT 1 FROM inbox WHERE thread_key = thread.key AND author_id <> '')
ORDER BY updated_at DESC LIMIT 500;

-- name: shown_messages
SELECT message.id, role, author, parts, sent_at, turn_id, turn.ending = 'stopped', message.platform_id
FROM message JOIN turn ON turn.id = message.turn_id
WHERE message.thread_key = :thread_key AND parts <> '[]' ORDER BY message.id;

-- name: shown_finals
SELECT turn_id, final FROM outbox JOIN turn ON turn.id = outbox.turn_id
WHERE turn.thread_key = :thread_key AND final IS NOT NULL AND seq < :files_from ORDER BY turn_id, seq;

-- name: shown_files
SELECT turn_id, key, file_name, file_mime, file_alt, length(content)
FROM turn JOIN outbox ON outbox.turn_id = turn.id
WHERE turn.thread_key = :thread_key AND outbox.state = 'sent' AND content IS NOT NULL ORDER BY begun_at, turn_id, seq;

-- name: shown_file
SELECT file_name, file_mime, file_alt, content
FROM outbox JOIN turn ON turn.id = outbox.turn_id
WHERE key = :key AND turn.thread_key = :thread_key AND outbox.state = 'sent' AND content IS NOT NULL;
