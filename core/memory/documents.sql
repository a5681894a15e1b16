-- Documents of threads.

-- name: document_by_hash
SELECT id, whole FROM document WHERE thread_key = :thread_key AND sha256 = :sha256;

-- name: insert_document
INSERT INTO document (thread_key, sha256, format, pages, parts, characters, notes, used_at)
VALUES (:thread_key, :sha256, :format, :pages, :parts, :characters, :notes, :now)
RETURNING id;

-- name: insert_source
INSERT INTO document_source (document_id, inbox_id, name, at) VALUES (:document_id, :inbox_id, :name, :now)
ON CONFLICT (document_id, inbox_id) DO UPDATE SET name = excluded.name, at = excluded.at;

-- name: is_wanted
SELECT 1 FROM document_source WHERE document_id = :document_id;

-- name: insert_page
INSERT INTO document_page (document_id, number, label, text, characters)
VALUES (:document_id, :number, :label, :text, :characters);

-- name: insert_table
INSERT INTO document_table (document_id, name, columns, total) VALUES (:document_id, :name, :columns, :total)
RETURNING id;

-- name: insert_rows
INSERT INTO document_rows (table_id, number, rows) VALUES (:table_id, :number, :rows);

-- name: document_is_whole
UPDATE document SET whole = 1 WHERE id = :document_id;

-- name: documents_over_limits
-- Behind the newest, those with which a thread has too many, or too much.
SELECT id FROM (
    SELECT id, row_number() OVER newest AS place, sum(characters) OVER newest AS upto
    FROM document WHERE thread_key = :thread_key AND whole = 1
    WINDOW newest AS (ORDER BY id = :document_id DESC, used_at DESC, id DESC)
) WHERE id <> :document_id AND (place > :most OR upto > :characters);

-- name: documents_unused
SELECT id FROM document WHERE used_at < :before AND whole = 1;

-- name: hide_documents
UPDATE document SET whole = 0 WHERE id IN (SELECT value FROM json_each(:documents));

-- name: delete_some_pages
DELETE FROM document_page WHERE id IN (SELECT id FROM document_page WHERE document_id = :document_id LIMIT :most)
RETURNING id;

-- name: delete_document
DELETE FROM document WHERE id = :document_id;

-- name: delete_documents_in_part
-- What an earlier process did not keep to the end, or not let go of.
DELETE FROM document WHERE whole = 0 RETURNING id;

-- name: unwanted_documents
SELECT id FROM document WHERE whole = 0
    AND NOT EXISTS (SELECT 1 FROM document_source WHERE document_id = document.id);

-- name: documents_of_threads
SELECT id FROM document WHERE thread_key IN (SELECT value FROM json_each(:keys)) AND whole = 1;

-- name: document_used
UPDATE document SET used_at = max(used_at, :now)
WHERE thread_key = :thread_key AND id IN (SELECT value FROM json_each(:documents));

-- name: known_documents
SELECT id, name, format, pages, parts, characters, notes, author, at FROM known_document
WHERE thread_key = :thread_key ORDER BY at, position;

-- name: tables_of_documents
SELECT document_id, name, columns, total FROM document_table
WHERE document_id IN (SELECT value FROM json_each(:documents)) ORDER BY id;

-- name: headings
SELECT number, label, characters FROM document_page
WHERE document_id = (SELECT id FROM known_document WHERE id = :document_id AND thread_key = :thread_key)
ORDER BY number;

-- name: pages_of_document
SELECT number, label, text FROM document_page
WHERE document_id = (SELECT id FROM known_document WHERE id = :document_id AND thread_key = :thread_key)
    AND number IN (SELECT value FROM json_each(:numbers))
ORDER BY number;

-- name: pages_with_words
-- A label says more than a word of the text.
SELECT document_id, number, document_page.label, -bm25(page_words, 0.0, 2.0, 1.0)
FROM page_words JOIN document_page ON document_page.id = page_words.rowid
WHERE page_words MATCH :expression;

-- name: pages_with_piece
SELECT document_id, number, label, 1.0 FROM document_page
WHERE document_id IN (SELECT value FROM json_each(:documents))
    AND (text LIKE '%' || :piece || '%' OR label LIKE '%' || :piece || '%');

-- name: table_of_document
SELECT id, columns, total FROM document_table
WHERE document_id = (SELECT id FROM known_document WHERE id = :document_id AND thread_key = :thread_key)
    AND name = :name
ORDER BY id LIMIT 1;

-- name: rows_of_table
SELECT rows FROM document_rows WHERE table_id = :table_id ORDER BY number;

-- name: forget_sources_of
DELETE FROM document_source WHERE inbox_id = :inbox_id RETURNING document_id;

-- name: forget_sources_by
DELETE FROM document_source WHERE inbox_id IN (
    SELECT id FROM inbox WHERE author_id = :person AND thread_key BETWEEN :first AND :last
        AND coalesce(turn_id, '') NOT IN (SELECT value FROM json_each(:spared))
) RETURNING document_id;

-- name: hide_unwanted
-- Of these, those that no question brings any more.
UPDATE document SET whole = 0 WHERE id IN (SELECT value FROM json_each(:documents))
    AND NOT EXISTS (SELECT 1 FROM document_source WHERE document_id = document.id);

-- name: prune_documents
DELETE FROM document WHERE thread_key IN (SELECT value FROM json_each(:keys));

-- name: merge_words
-- What was deleted stands in the index until its parts are merged.
INSERT INTO page_words (page_words) VALUES ('optimize');

-- name: has_search
SELECT 1 FROM pragma_module_list WHERE name = 'fts5';
