-- A stored file that is stale, or gone from storage, is promised anew.
UPDATE documents SET state = 1, due_at = now()
WHERE event_key = $1 AND number = $2 AND kind = 1 AND state = 2 AND content_hash = $3
