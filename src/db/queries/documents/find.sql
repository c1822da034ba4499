SELECT state, content_hash, storage_key, bytes FROM documents WHERE event_key = $1 AND number = $2 AND kind = 1
