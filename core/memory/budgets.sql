-- What calls of models use, and what was said once.

-- name: insert_charge
INSERT INTO charge (turn_id, purpose, state, model, hosted, prompt_tokens, completion_tokens, cost, at)
VALUES (:turn_id, :purpose, :state, :model, :hosted, :prompt_tokens, :completion_tokens, :cost, :at)
RETURNING id;

-- name: insert_charge_subjects
INSERT INTO charge_subject (charge_id, subject) SELECT :id, value FROM json_each(:subjects);

-- name: tally
INSERT INTO tally (subject, day, tokens, paid_tokens, cost, held_tokens, held_paid, held_cost)
SELECT subject, :day, :tokens, :paid_tokens, :cost, :held_tokens, :held_paid, :held_cost
FROM charge_subject WHERE charge_id = :id
ON CONFLICT (subject, day) DO UPDATE SET tokens = tokens + excluded.tokens,
    paid_tokens = paid_tokens + excluded.paid_tokens, cost = cost + excluded.cost,
    held_tokens = held_tokens + excluded.held_tokens, held_paid = held_paid + excluded.held_paid,
    held_cost = held_cost + excluded.held_cost;

-- name: reserved_charge
SELECT model, hosted, prompt_tokens, completion_tokens, cost, at FROM charge WHERE id = :id AND state = 'reserved';

-- name: reserved_charges
SELECT id FROM charge WHERE state = 'reserved' AND (:turn_id IS NULL OR turn_id = :turn_id);

-- name: settle_charge
UPDATE charge SET state = 'settled', model = :model, hosted = :hosted, prompt_tokens = :prompt_tokens,
    completion_tokens = :completion_tokens, cost = :cost
WHERE id = :id;

-- name: delete_charge
DELETE FROM charge WHERE id = :id;

-- name: totals
-- For each subject with its first day and the day behind its last.
SELECT coalesce(sum(tokens), 0), coalesce(sum(paid_tokens), 0), coalesce(sum(cost), 0),
    coalesce(sum(held_tokens), 0), coalesce(sum(held_paid), 0), coalesce(sum(held_cost), 0)
FROM json_each(:wanted) AS wanted LEFT JOIN tally ON subject = wanted.value ->> 0
    AND day >= wanted.value ->> 1 AND day < wanted.value ->> 2
GROUP BY wanted.key ORDER BY wanted.key;

-- name: totals_by_subject
SELECT subject, sum(tokens), sum(paid_tokens), sum(cost), sum(held_tokens), sum(held_paid), sum(held_cost)
FROM tally WHERE day >= :first AND day < :end GROUP BY subject ORDER BY subject;

-- name: name_of_person
SELECT author FROM turn JOIN message ON message.turn_id = turn.id
WHERE turn.platform = :platform AND turn.account = :account AND turn.author_id = :author_id
    AND role = 'user' AND author <> ''
ORDER BY begun_at DESC LIMIT 1;

-- name: use_by_subject
SELECT subject, count(*), sum(prompt_tokens), sum(completion_tokens), coalesce(sum(cost), 0), count(*) - count(cost)
FROM charge JOIN charge_subject ON charge_id = charge.id
WHERE at >= :since AND state = 'settled' GROUP BY subject;

-- name: use_by_model
SELECT model, count(*), sum(prompt_tokens), sum(completion_tokens), coalesce(sum(cost), 0), count(*) - count(cost)
FROM charge WHERE at >= :since AND state = 'settled' GROUP BY model;

-- name: forget_charges_of
-- Also what only some budgets count: a person's key with an "@" behind it.
DELETE FROM charge_subject WHERE (subject = :key OR subject > :key || '@' AND subject < :key || 'A')
    AND (SELECT at FROM charge WHERE id = charge_id) < :before;

-- name: forget_tally_of
DELETE FROM tally WHERE (subject = :key OR subject > :key || '@' AND subject < :key || 'A') AND day < :day;

-- name: prune_charges
DELETE FROM charge WHERE at < :before AND state = 'settled';

-- name: prune_people_of_charges
-- Of those that are still reserved.
DELETE FROM charge_subject WHERE charge_id IN (SELECT id FROM charge WHERE at < :before)
    AND subject > 'person:' AND subject < 'person;';

-- name: prune_tally_of_people
DELETE FROM tally WHERE subject > 'person:' AND subject < 'person;' AND day < :day;

-- name: forget_told
DELETE FROM told WHERE until <= :now;

-- name: tell_once
INSERT INTO told (subject, matter, until) VALUES (:subject, :matter, :until)
ON CONFLICT (subject, matter) DO NOTHING RETURNING 1;
