-- Numbers of registrations with a ticket that has all words, found one ticket after another, the newest first: $2 type
-- and $3 status, null: all; $4 and $5 lie outside of the range of numbers; $6 patterns.
SELECT DISTINCT s.number FROM ticket_search s
WHERE s.event_key = $1 AND s.number > $4 AND s.number < $5 AND s.words LIKE ALL ($6::text[])
    AND ($2::smallint IS NULL OR s.type_number = $2)
    AND ($3::smallint IS NULL OR EXISTS (
        SELECT FROM registrations r WHERE r.event_key = $1 AND r.number = s.number AND r.status = $3))
ORDER BY s.number DESC LIMIT $7
