-- Stored files of an event made before revision $2, from registration $3 on. A confirmation never becomes stale.
SELECT number, kind, part, content_hash, promised_at FROM documents
WHERE event_key = $1 AND state = 2 /* stored */ AND NOT imported AND revision IS DISTINCT FROM $2 AND number >= $3
    AND kind <> 2 /* confirmation */
ORDER BY number, kind, part LIMIT $4
