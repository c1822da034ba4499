SELECT entry, at, actor, action, detail, hash FROM audit_log
WHERE organizer_key = $1 AND ($2::bigint IS NULL OR entry < $2)
ORDER BY entry DESC LIMIT $3
