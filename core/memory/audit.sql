-- name: insert_audit
INSERT INTO audit (at, actor, name, action, place, detail) VALUES (:at, :actor, :name, :action, :place, :detail);

-- name: audit_entries
SELECT at, actor, name, action, place, detail FROM audit
WHERE at >= :since AND (:actor = '' OR actor = :actor) AND (:action = '' OR action = :action)
ORDER BY at DESC, id DESC LIMIT :limit;
