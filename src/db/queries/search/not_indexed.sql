-- The newest tickets of an event that may lack rows in ticket_search: $2 type and $3 status of the registration, null:
-- all; $4 and $5 lie outside of the range of numbers. At most $6 registrations, in full.
-- OFFSET 0: see stats/documents.sql.
SELECT r.number, t.name, t.email
FROM (
    SELECT number FROM registrations
    WHERE event_key = $1 AND number > $4 AND number < $5
        AND ($2::smallint IS NULL OR type_number = $2) AND ($3::smallint IS NULL OR status = $3)
    ORDER BY number DESC LIMIT $6
) r CROSS JOIN LATERAL (
    SELECT name, email FROM tickets WHERE event_key = $1 AND number = r.number OFFSET 0
) t
ORDER BY r.number DESC
