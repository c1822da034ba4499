-- Published events in the order of their start, or all events of organizer $8; $1 patterns of which each must match,
-- $5 and $6 is the end of the page before, $9 status, $10 patterns of the place.
SELECT e.event_key, e.starts_at
FROM events e
WHERE (e.status = 'published' OR e.organizer_key = $8::int) AND e.organizer_key = coalesce($8::int, e.organizer_key)
    AND ($9::text IS NULL OR e.status = $9)
    AND e.search_text LIKE ALL ($1::text[])
    AND e.place_text LIKE ALL ($10::text[])
    AND ($2::text IS NULL OR lower(e.category) = lower($2))
    AND ($3::timestamptz IS NULL OR e.ends_at >= $3)
    AND ($4::timestamptz IS NULL OR e.starts_at <= $4)
    AND ($5::timestamptz IS NULL OR (e.starts_at, e.event_key) > ($5, $6::int))
ORDER BY e.starts_at, e.event_key
LIMIT $7
