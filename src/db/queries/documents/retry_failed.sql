-- Everything of an event that was set aside is tried again.
UPDATE documents SET state = 1, due_at = now(), failures = 0 WHERE event_key = $1 AND state = 3
RETURNING number
