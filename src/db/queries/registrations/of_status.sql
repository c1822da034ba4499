-- Numbers of an event's registrations that are not confirmed, of one status ($2), below $3, the newest first.
SELECT number FROM registrations
WHERE event_key = $1 AND status = $2 AND status IN (2 /* awaiting_payment */, 3 /* cancelled */, 4 /* expired */)
    AND number < $3
ORDER BY number DESC LIMIT $4
