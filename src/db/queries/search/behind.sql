-- The next tickets without rows in ticket_search: those of at most $1 registrations of one event. The event is random,
-- so that a large one does not delay the others. `full` is true if further registrations may lack rows; `on_sale` is
-- true if the event has sold a seat in the last ten seconds.
WITH behind AS MATERIALIZED (
    SELECT s.event_key, coalesce(p.indexed_to, 0) AS indexed_to, s.last_number
    FROM event_seats s LEFT JOIN search_progress p USING (event_key)
    WHERE s.last_number > coalesce(p.indexed_to, 0)
    ORDER BY random() LIMIT 1
), part AS MATERIALIZED (
    -- Numbers may have gaps, after an import.
    SELECT b.event_key, b.indexed_to, coalesce(r.number, b.last_number) AS last, r.number IS NOT NULL AS full
    FROM behind b LEFT JOIN LATERAL (
        SELECT number FROM registrations WHERE event_key = b.event_key AND number > b.indexed_to
        ORDER BY number OFFSET $1::int - 1 LIMIT 1
    ) r ON true
)
-- OFFSET 0: see stats/documents.sql.
SELECT p.event_key, p.last, p.full, EXISTS (
    SELECT FROM event_seats s CROSS JOIN LATERAL (
        SELECT created_at FROM registrations WHERE event_key = s.event_key AND number = s.last_number OFFSET 0
    ) newest
    WHERE s.event_key = p.event_key AND newest.created_at > now() - interval '10 seconds') AS on_sale,
    t.number, t.position, t.name, t.email, r.type_number
FROM part p LEFT JOIN LATERAL (
    SELECT * FROM tickets WHERE event_key = p.event_key AND number > p.indexed_to AND number <= p.last OFFSET 0
) t ON true LEFT JOIN LATERAL (
    SELECT type_number FROM registrations WHERE event_key = p.event_key AND number = t.number OFFSET 0
) r ON true
ORDER BY t.number, t.position
