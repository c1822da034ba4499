-- A message, with its event and the key of its copy.
SELECT message_id, kind, state, number, recipient, job_id, created_at, tried_at, sent_at, changed_at, due_at, attempts,
    reply, bytes, storage_key IS NOT NULL AS archived,
    event_key, organizer_key, storage_key
FROM messages m WHERE message_id = $1
