-- Marks a file from another program as stored. Such a file is served unchanged and is never stale.
UPDATE documents SET state = 2 /* stored */, stored_at = now(), content_hash = $5, storage_key = $6, bytes = $7,
    tag = $8, imported = true, revision = NULL, layout_version = NULL, error = NULL, failures = 0
WHERE event_key = $1 AND number = $2 AND kind = $3 AND part = 0 AND state = 1 /* pending */ AND attempts = $4
RETURNING number
