-- Counts due messages of urgency 2, up to $1.
SELECT count(*) AS messages FROM (
    SELECT FROM messages
    WHERE state IN (1 /* queued */, 2 /* sending */) AND urgency = 2 AND due_at <= now() LIMIT $1) AS due
