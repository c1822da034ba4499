-- Messages to an address ($1, in its normal form): of the server, and about registrations in the address book; at most
-- $2, the oldest first.
SELECT kind, state, created_at, sent_at FROM (
    SELECT m.kind, m.state, m.created_at, m.sent_at FROM messages m WHERE m.event_key IS NULL AND m.recipient = $1
    UNION ALL
    SELECT m.kind, m.state, m.created_at, m.sent_at
    FROM address_book a JOIN messages m USING (event_key, number)
    WHERE a.address = $1 AND lower(m.recipient) = $1
) AS sent ORDER BY created_at LIMIT $2
