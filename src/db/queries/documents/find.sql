-- One document.
SELECT kind, part, state, content_hash, storage_key, bytes, tag, imported, promised_at
FROM documents WHERE event_key = $1 AND number = $2 AND kind = $3 AND part = $4
