-- Confirms a held seat, if it is still held by the database's clock, and promises its file.
WITH paid AS (
    UPDATE registrations SET status = 1, paid_at = clock_timestamp()
    WHERE event_key = $1 AND number = $2 AND status = 2 AND expires_at > clock_timestamp()
    RETURNING event_key, number
), documented AS (
    INSERT INTO documents (event_key, number, kind, state, promised_at, due_at)
    SELECT event_key, number, 1, 1, now(), now() + make_interval(secs => $3) FROM paid
    ON CONFLICT DO NOTHING -- the sweeper may have come by
)
SELECT number FROM paid
