-- Numbers of an event's registrations, the newest first: $2 type and $3 status, null: all; $4 and $5 lie outside of the
-- range of numbers.
SELECT number FROM registrations
WHERE event_key = $1 AND number > $4 AND number < $5
    AND ($2::smallint IS NULL OR type_number = $2) AND ($3::smallint IS NULL OR status = $3)
ORDER BY number DESC LIMIT $6
