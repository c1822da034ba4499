-- Downloads of an event, the newest first; $2 and $3 are time and registration of the last one of the page before.
-- Downloads of one registration at the same microsecond that end a page are left out.
SELECT number, type_number, at, automatic, served_from, kind, address, user_agent FROM downloads
WHERE event_key = $1 AND ($2::timestamptz IS NULL OR (at, number) < ($2, $3::int))
ORDER BY at DESC, number DESC LIMIT $4
