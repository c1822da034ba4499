-- Registrations that were made under some idempotency keys.
SELECT r.number, r.idempotency_key, r.body_hash
FROM unnest($2::text[]) AS asked (key) CROSS JOIN LATERAL (
    SELECT number, idempotency_key, body_hash FROM registrations
    WHERE event_key = $1 AND idempotency_key = asked.key LIMIT 1
) r
