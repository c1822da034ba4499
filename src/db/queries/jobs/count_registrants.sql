-- Counts the registrations of a selection by status ($4) and finds the last one: $2 types, $3 numbers; null: all.
SELECT count(*)::bigint AS tickets, coalesce(max(number), 0)::int AS last_number
FROM registrations
WHERE event_key = $1 AND status = ANY ($4::smallint[]) AND ($2::smallint[] IS NULL OR type_number = ANY ($2))
    AND ($3::int[] IS NULL OR number = ANY ($3))
