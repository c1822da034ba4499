-- Records the outcomes of messages whose leases are still held: $1 ids, $2 lease tokens, $3 states, $4 replies, $5
-- seconds until a queued one is due, $6 true if the attempt counts as a failure, $7 addresses, $8 keys of copies,
-- $9 bytes, $10 true if the address is suppressed, $11 true if it was sent, $12 addresses in their normal form. A
-- report may have come before the outcome of its message: its state stays.
WITH finished AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::float8[], $6::bool[], $7::text[],
        $8::text[], $9::int[], $10::bool[], $11::bool[], $12::text[])
        AS f (message_id, attempts, state, reply, seconds, failed, recipient, storage_key, bytes, ends_address,
            sent, address)
), updated AS (
    UPDATE messages m SET state = CASE m.state WHEN 2 /* sending */ THEN f.state ELSE m.state END,
        reply = CASE m.state WHEN 2 /* sending */ THEN f.reply ELSE m.reply END, changed_at = now(),
        due_at = now() + make_interval(secs => f.seconds), failures = m.failures + f.failed::int,
        failing_since = CASE WHEN f.failed THEN coalesce(m.failing_since, now()) ELSE m.failing_since END,
        recipient = coalesce(f.recipient, m.recipient), storage_key = coalesce(f.storage_key, m.storage_key),
        bytes = coalesce(f.bytes, m.bytes), sent_at = CASE WHEN f.sent THEN now() ELSE m.sent_at END
    FROM finished f
    WHERE m.message_id = f.message_id AND m.attempts = f.attempts
    RETURNING m.message_id, m.organizer_key, f.address, f.ends_address
), suppressed AS (
    INSERT INTO suppressions (organizer_key, address, reason, message_id)
    SELECT DISTINCT ON (organizer_key, address) organizer_key, address, 'bounce', message_id
    FROM updated WHERE ends_address AND organizer_key IS NOT NULL AND address IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT count(*) AS recorded FROM updated
