-- Categories of published events that are not over at $1, those of most events first; at most $2.
SELECT category FROM events
WHERE status = 'published' AND ends_at >= $1 AND category IS NOT NULL
GROUP BY category ORDER BY count(*) DESC, category LIMIT $2
