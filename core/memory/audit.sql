-- name: insert_audit
INSERT INTO audit (at, actor, name, action, place, detail) VALUES (:at, :actor, :name, :action, :place, :detail);

-- name: audit_entries
SELECT at, actor, name, action, place, detail FROM audit
WHERE at >= :since AND (:actor = '' OR actor = :actor) AND (:action = '' OR action = :action)
ORDER BY at DESC, id DESC LIMIT :limit;

-- name: note_end_of_tool
-- Calls of one tool that began in the same moment are told apart by nothing else: the newest entry has the end.
UPDATE audit SET detail = json_set(detail, '$.end', :end) WHERE id = (
    SELECT max(audit.id) FROM tool_call JOIN audit ON audit.at = started_at
    WHERE turn_id = :turn_id AND call_id = :call_id AND place = :thread_key AND action = 'tool ran'
        AND detail ->> 'tool' = tool_call.name AND detail ->> 'end' = 'unknown'
);
