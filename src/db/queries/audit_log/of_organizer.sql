-- Entries about an organizer, the newest first; $2 is the last entry of the page before.
SELECT entry, at, actor, action, detail, hash FROM audit_log
WHERE chain = $1 AND ($2::bigint IS NULL OR entry < $2)
ORDER BY entry DESC LIMIT $3
