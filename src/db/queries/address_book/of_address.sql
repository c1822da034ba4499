-- Registrations with a ticket for this address ($1, in its normal form), the latest event first, after the one of $2
-- (start), $3 (event) and $4 (number). $6 true: with those of drafts.
SELECT a.event_key, a.number, e.starts_at FROM address_book a JOIN events e USING (event_key)
WHERE a.address = $1 AND (e.status <> 'draft' OR $6)
    AND (e.starts_at, a.event_key, a.number) < ($2::timestamptz, $3::int, $4::int)
ORDER BY e.starts_at DESC, a.event_key DESC, a.number DESC LIMIT $5
