-- Registrations for coming events with a ticket for this address: $1 address in its normal form, $2 limit. The next
-- event comes first.
SELECT a.event_key, a.number FROM address_book a JOIN events e USING (event_key) JOIN LATERAL (
    -- OFFSET 0: see stats/documents.sql.
    SELECT status FROM registrations WHERE event_key = a.event_key AND number = a.number OFFSET 0
) r ON r.status IN (1 /* confirmed */, 2 /* awaiting_payment */)
WHERE a.address = $1 AND greatest(e.ends_at, e.sales_close_at) > now() AND e.status = 'published'
ORDER BY e.starts_at, a.number LIMIT $2
