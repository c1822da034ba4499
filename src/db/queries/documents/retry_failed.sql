-- Promises all failed files of an event again.
UPDATE documents SET state = 1 /* pending */, due_at = now(), failures = 0
WHERE event_key = $1 AND state = 3 /* failed */
RETURNING number
