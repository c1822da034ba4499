-- Slugs of published events that end after $1, at most $2.
SELECT slug FROM events WHERE status = 'published' AND ends_at >= $1 ORDER BY starts_at, event_key LIMIT $2
