-- Promises a failed file again, or a stored file if its hash is still the stale one ($5).
UPDATE documents SET state = 1 /* pending */, due_at = now(), failures = 0
WHERE event_key = $1 AND number = $2 AND kind = $3 AND part = $4 AND NOT imported
    AND (state = 3 /* failed */ OR (state = 2 /* stored */ AND content_hash = $5))
