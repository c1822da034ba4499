-- The same as walk.sql for all numbers below $4, by the index of words: $5 to $7 patterns for the index, $8 all.
SELECT DISTINCT s.number FROM ticket_search s
WHERE s.event_key = $1 AND s.words LIKE $5 AND s.words LIKE $6 AND s.words LIKE $7 AND s.words LIKE ALL ($8::text[])
    AND s.number < $4 AND ($2::smallint IS NULL OR s.type_number = $2)
    AND ($3::smallint IS NULL OR EXISTS (
        SELECT FROM registrations r WHERE r.event_key = $1 AND r.number = s.number AND r.status = $3))
ORDER BY s.number DESC LIMIT $9
