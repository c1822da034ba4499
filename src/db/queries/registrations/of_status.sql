-- Numbers of an event's registrations that are not confirmed, of one status ($3), below $4, the newest first: $2 type,
-- null: all.
SELECT number FROM registrations
WHERE event_key = $1 AND status = $3 AND status IN (2 /* awaiting_payment */, 3 /* cancelled */, 4 /* expired */)
    AND number < $4 AND ($2::smallint IS NULL OR type_number = $2)
ORDER BY number DESC LIMIT $5
