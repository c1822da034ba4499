-- Counts the tickets of a selection and finds its last registration: $2 types, $3 numbers; null: all.
SELECT coalesce(sum(quantity), 0)::bigint AS tickets, coalesce(max(number), 0)::int AS last_number
FROM registrations
WHERE event_key = $1 AND status = 1 /* confirmed */ AND ($2::smallint[] IS NULL OR type_number = ANY ($2))
    AND ($3::int[] IS NULL OR number = ANY ($3))
