-- Registrations by number, the newest first. The page ends before its answers exceed $3 bytes, but has at least one
-- registration. For LATERAL see find.sql.
SELECT * FROM (
    SELECT r.*, sum(octet_length(r.answers::text))
        OVER (ORDER BY r.number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
    FROM unnest($2::int[]) AS asked (number) CROSS JOIN LATERAL (
        SELECT number, type_number, status, created_at, expires_at, paid_at, amount, currency, access_generation,
            imported, answers
        FROM registrations WHERE event_key = $1 AND number = asked.number LIMIT 1
    ) r
) AS page
WHERE coalesce(bytes_before, 0) < $3
ORDER BY number DESC
