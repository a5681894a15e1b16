-- name: rules_of
SELECT account, rule, author_id, author, at FROM rule WHERE account = :account ORDER BY at, name;

-- name: every_rule
SELECT account, rule, author_id, author, at FROM rule ORDER BY account, at, name;

-- name: rule_named
SELECT rule FROM rule WHERE account = :account AND name = :name;

-- name: put_rule
INSERT INTO rule (account, name, rule, author_id, author, at)
VALUES (:account, :name, :rule, :author_id, :author, :now)
ON CONFLICT (account, name) DO UPDATE SET rule = excluded.rule, author_id = excluded.author_id,
    author = excluded.author, at = excluded.at;

-- name: take_rule_away
DELETE FROM rule WHERE account = :account AND name = :name RETURNING account, rule, author_id, author, at;
