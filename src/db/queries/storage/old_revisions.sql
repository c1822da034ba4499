-- Stored files of an event that were made before its last change, from a number on.
SELECT number, kind, part, content_hash, promised_at FROM documents
WHERE event_key = $1 AND state = 2 AND NOT imported AND revision IS DISTINCT FROM $2 AND number >= $3
    AND kind <> 2 -- a confirmation stays as it was
ORDER BY number, kind, part LIMIT $4
