-- Registrations of an event, the newest first; $6 is the end of the page before. The page ends before its answers
-- exceed $8 bytes, but has at least one registration. `found` counts the registrations without this limit.
SELECT * FROM (
    SELECT *, count(*) OVER () AS found, sum(octet_length(answers::text))
        OVER (ORDER BY number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
    FROM (
        SELECT r.number, r.type_number, r.status, r.created_at, r.expires_at, r.paid_at, r.amount, r.currency,
            r.access_generation, r.imported, r.answers
        FROM registrations r
        WHERE r.event_key = $1
            AND ($2::smallint IS NULL OR r.type_number = $2)
            AND ($3::smallint IS NULL OR r.status = $3)
            AND ($4::text IS NULL OR r.number = $5::int OR EXISTS (
                SELECT FROM tickets t WHERE t.event_key = r.event_key AND t.number = r.number
                    AND (t.name ILIKE $4 OR t.email ILIKE $4)))
            AND ($6::int IS NULL OR r.number < $6)
        ORDER BY r.number DESC
        LIMIT $7
    ) AS page
) AS page
WHERE coalesce(bytes_before, 0) < $8
ORDER BY number DESC
