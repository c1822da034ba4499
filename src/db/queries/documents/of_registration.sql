-- All documents of a registration.
SELECT kind, part, state, content_hash, storage_key, bytes, tag, imported, promised_at
FROM documents WHERE event_key = $1 AND number = $2 ORDER BY kind, part
