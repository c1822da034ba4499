-- Messages of an event, the newest first: $2 kind and $3 state, null: all; $4 and $5 are the end of the page before.
SELECT message_id, kind, state, number, recipient, job_id, created_at, tried_at, sent_at, changed_at, due_at, attempts,
    reply, bytes, storage_key IS NOT NULL AS archived
FROM messages m
WHERE event_key = $1 AND ($2::smallint IS NULL OR kind = $2) AND ($3::smallint IS NULL OR state = $3)
    AND (created_at, message_id) < ($4::timestamptz, $5::uuid)
ORDER BY created_at DESC, message_id DESC LIMIT $6
