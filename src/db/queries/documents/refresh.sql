-- A stored file that is stale, or one that was set aside, is promised anew.
UPDATE documents SET state = 1, due_at = now(), failures = 0
WHERE event_key = $1 AND number = $2 AND kind = $3 AND part = $4 AND NOT imported
    AND (state = 3 OR (state = 2 AND content_hash = $5))
