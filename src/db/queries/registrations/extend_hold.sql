-- Keeps the seats of unpaid registration $2 of event $1 for $3 seconds from now, but not beyond $4 seconds after it was
-- made. A hold that has ended stays ended.
UPDATE registrations
SET expires_at = least(now() + make_interval(secs => $3), created_at + make_interval(secs => $4))
WHERE event_key = $1 AND number = $2 AND status = 2 /* awaiting_payment */ AND now() < expires_at
    AND expires_at < created_at + make_interval(secs => $4)
RETURNING expires_at
