-- True if a ticket of a selection was issued too often to be issued again: $2 types, $3 numbers, null: all; $4 the last
-- generation.
SELECT EXISTS (
    SELECT FROM tickets t JOIN registrations r USING (event_key, number)
    WHERE t.event_key = $1 AND t.generation >= $4 AND NOT t.revoked AND r.status = 1 /* confirmed */
        AND ($2::smallint[] IS NULL OR r.type_number = ANY ($2)) AND ($3::int[] IS NULL OR r.number = ANY ($3))
) AS cannot_reissue
