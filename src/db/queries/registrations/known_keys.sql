SELECT number, idempotency_key, body_hash FROM registrations
WHERE event_key = $1 AND idempotency_key = ANY ($2::text[])
