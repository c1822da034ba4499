-- Documents of an event by number, kind and part; $2 state and $3 kind, null: all; $4 to $6 is the end of the page
-- before.
SELECT number, kind, part, state, attempts, failures, promised_at, due_at, stored_at, bytes, content_hash, storage_key,
    revision, layout_version, imported, generation, error
FROM documents
WHERE event_key = $1 AND ($2::smallint IS NULL OR state = $2) AND ($3::smallint IS NULL OR kind = $3)
    AND (number, kind, part) > ($4::int, $5::smallint, $6::smallint)
ORDER BY number, kind, part LIMIT $7
