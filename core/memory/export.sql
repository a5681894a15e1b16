-- All that is kept of a person, a JSON object a row, of threads from the first to the last of their keys.

-- name: export_questions
SELECT json_object(
    'kind', 'question', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, 'unixepoch'), 'thread', thread_key,
    'place', payload ->> 'place', 'message', payload ->> 'message_id', 'name', payload ->> '$.author.name',
    'text', payload ->> 'text', 'preset', payload ->> 'preset', 'schema', payload ->> 'schema', 'posted_first', payload ->> 'opener', 'turn', turn_id,
    'deleted', json(iif(withdrawn, 'true', 'false')),
    'files', (SELECT json_group_array(value ->> 'name') FROM json_each(payload, '$.attachments'))
)
FROM inbox WHERE author_id = :person AND thread_key BETWEEN :first AND :last ORDER BY sent_at, id;

-- name: export_answers
SELECT json_object(
    'kind', 'answer', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', message.sent_at, 'unixepoch'),
    'thread', message.thread_key, 'turn', turn_id, 'model', turn.model, 'text', parts ->> '$[0].text'
)
FROM message JOIN turn ON turn.id = turn_id
WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND role <> 'user' AND parts <> '[]' ORDER BY message.id;

-- name: export_posts
-- What was posted, where it differs from the answer: an answer goes over several messages, and has marks.
SELECT json_object(
    'kind', 'post', 'turn', turn_id, 'message', platform_id, 'text', coalesce(final, shown),
    'file', file_name, 'alt', nullif(file_alt, '')
)
FROM outbox WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND coalesce(final, shown, '') <> ''
ORDER BY turn_id, seq;

-- name: export_files
SELECT json_object(
    'kind', 'file', 'turn', turn_id, 'name', part.value ->> 'name', 'text', part.value ->> 'text',
    'note', part.value ->> 'note'
)
FROM message, json_each(parts) AS part
WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND role = 'user' AND part.value ->> 'kind' = 'file'
ORDER BY message.id;

-- name: export_documents
SELECT json_object(
    'kind', 'document', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', source.at, 'unixepoch'), 'thread', document.thread_key,
    'turn', turn_id, 'number', document.id, 'name', source.name, 'format', format, 'sha256', sha256,
    'notes', json(notes), 'pages', (
        SELECT json_group_array(json_object('label', label, 'text', text)) FROM (
            SELECT label, text FROM document_page WHERE document_id = document.id ORDER BY number
        )
    )
)
FROM document_source AS source JOIN document ON document.id = document_id JOIN inbox ON inbox.id = inbox_id
WHERE author_id = :person AND inbox.thread_key BETWEEN :first AND :last ORDER BY source.at, document.id;

-- name: export_tables
SELECT json_object(
    'kind', 'table', 'document', document_table.document_id, 'name', document_table.name, 'columns', json(columns),
    'rows', json(rows)
)
FROM document_source AS source JOIN inbox ON inbox.id = inbox_id
JOIN document_table ON document_table.document_id = source.document_id
JOIN document_rows ON table_id = document_table.id
WHERE author_id = :person AND inbox.thread_key BETWEEN :first AND :last ORDER BY table_id, document_rows.number;

-- name: export_pictures
SELECT json_object('kind', 'picture', 'turn', turn_id, 'name', part.value ->> 'name', 'mime', image.mime), content
FROM message, json_each(parts) AS part JOIN image ON sha256 = part.value ->> 'sha256'
WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND part.value ->> 'kind' = 'image' ORDER BY message.id;

-- name: export_uploads
SELECT json_object('kind', 'upload', 'message', payload ->> 'message_id', 'id', upload.id), content
FROM inbox JOIN upload ON inbox_id = inbox.id
WHERE author_id = :person AND thread_key BETWEEN :first AND :last ORDER BY inbox.id;

-- name: export_enclosed
-- Files of answers, where the page shows them out of here, or on their way.
SELECT json_object('kind', 'enclosed', 'turn', turn_id, 'name', file_name, 'mime', file_mime, 'alt', file_alt), content
FROM outbox WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND content IS NOT NULL ORDER BY turn_id, seq;

-- name: export_tool_calls
SELECT json_object(
    'kind', 'tool call', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch'), 'turn', turn_id,
    'tool', name, 'arguments', arguments, 'state', state, 'result', result
)
FROM tool_call WHERE turn_id IN (SELECT value FROM json_each(:turns)) ORDER BY started_at;

-- name: export_summaries
-- Of threads in which nobody else wrote.
SELECT json_object(
    'kind', 'summary', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', made_at, 'unixepoch'), 'thread', thread_key,
    'model', model, 'text', text
)
FROM summary WHERE thread_key IN (SELECT value FROM json_each(:whole)) ORDER BY made_at;

-- name: export_pins
SELECT json_object(
    'kind', 'pin', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'), 'thread', thread_key,
    'number', number, 'text', text, 'name', author
)
FROM pin WHERE author_id = :person AND thread_key BETWEEN :first AND :last ORDER BY at;

-- name: export_choices
SELECT json_object(
    'kind', 'choice', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'), 'place', place,
    'chosen', json(choices), 'name', author
)
FROM choice WHERE author_id = :person AND (place BETWEEN :first AND :last OR place = :account) ORDER BY at;

-- name: export_rules
SELECT json_object(
    'kind', 'rule', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'), 'account', account,
    'rule', json(rule), 'name', author
)
FROM rule WHERE author_id = :person AND (account BETWEEN :first AND :last OR account = :account) ORDER BY at;

-- name: export_audit
SELECT json_object(
    'kind', 'audit', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'), 'actor', actor, 'name', name,
    'action', action, 'place', place, 'detail', json(detail)
)
FROM audit WHERE actor BETWEEN 'person:' || :first AND 'person:' || :last
    AND substr(actor, -length(:tail)) = :tail ORDER BY at, id;

-- name: export_charges
SELECT json_object(
    'kind', 'used', 'month', strftime('%Y-%m', at, 'unixepoch'), 'model', model, 'calls', count(*),
    'prompt_tokens', sum(prompt_tokens), 'completion_tokens', sum(completion_tokens),
    'dollars', sum(cost) / 1000000.0
)
FROM charge_subject JOIN charge ON charge.id = charge_id
WHERE subject BETWEEN 'person:' || :first AND 'person:' || :last AND substr(subject, -length(:tail)) = :tail
    AND state = 'settled'
GROUP BY strftime('%Y-%m', at, 'unixepoch'), model ORDER BY min(at);
