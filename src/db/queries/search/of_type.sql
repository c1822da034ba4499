-- Numbers of the registrations of one type ($2), the newest first: $3 status, null: all; below $4.
SELECT s.number FROM ticket_search s
WHERE s.event_key = $1 AND s.type_number = $2 AND s.position = 1 AND s.number < $4
    AND ($3::smallint IS NULL OR EXISTS (
        SELECT FROM registrations r WHERE r.event_key = $1 AND r.number = s.number AND r.status = $3))
ORDER BY s.number DESC LIMIT $5
