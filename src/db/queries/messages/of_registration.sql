-- Messages about a registration ($7), the newest first; the others are as in list.sql. They are few.
SELECT message_id, kind, state, number, recipient, job_id, created_at, tried_at, sent_at, changed_at, due_at, attempts,
    reply, bytes, storage_key IS NOT NULL AS archived
FROM messages m
WHERE event_key = $1 AND number = $7 AND ($2::smallint IS NULL OR kind = $2)
    AND ($3::smallint IS NULL OR state = $3) AND (created_at, message_id) < ($4::timestamptz, $5::uuid)
ORDER BY created_at DESC, message_id DESC LIMIT $6
