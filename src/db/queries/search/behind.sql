-- The next tickets without rows in ticket_search: those of at most $1 registrations of one event. The event is random,
-- so that a large one does not delay the others.
WITH behind AS MATERIALIZED (
    SELECT s.event_key, coalesce(p.indexed_to, 0) AS indexed_to,
        least(s.last_number, coalesce(p.indexed_to, 0) + $1) AS last
    FROM event_seats s LEFT JOIN search_progress p USING (event_key)
    WHERE s.last_number > coalesce(p.indexed_to, 0)
    ORDER BY random() LIMIT 1
)
-- OFFSET 0: see stats/documents.sql.
SELECT b.event_key, b.last, t.number, t.position, t.name, t.email, r.type_number
FROM behind b LEFT JOIN LATERAL (
    SELECT * FROM tickets WHERE event_key = b.event_key AND number BETWEEN b.indexed_to + 1 AND b.last OFFSET 0
) t ON true LEFT JOIN LATERAL (
    SELECT type_number FROM registrations WHERE event_key = b.event_key AND number = t.number OFFSET 0
) r ON true
