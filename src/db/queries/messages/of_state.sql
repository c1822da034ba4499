-- The same as list.sql for a state that few messages have, by an index of its own: $3 is not null.
SELECT message_id, kind, state, number, recipient, job_id, created_at, tried_at, sent_at, changed_at, due_at, attempts,
    reply, bytes, storage_key IS NOT NULL AS archived
FROM messages m
WHERE event_key = $1 AND ($2::smallint IS NULL OR kind = $2)
    AND m.state IN (1 /* queued */, 2 /* sending */, 5 /* delayed */, 6 /* bounced */, 7 /* complained */,
        8 /* failed */, 9 /* suppressed */)
    AND state = $3 AND (created_at, message_id) < ($4::timestamptz, $5::uuid)
ORDER BY created_at DESC, message_id DESC LIMIT $6
