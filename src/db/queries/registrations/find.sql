-- Registrations by number, with their answers if $3. LATERAL and LIMIT 1 enforce one index look-up for each number: a
-- plan made while the table is small would read the whole event instead, and be kept when it is large.
SELECT r.number, r.type_number, r.status, r.created_at, r.expires_at, r.paid_at, r.amount,
    r.currency, r.access_generation, r.imported, CASE WHEN $3 THEN r.answers END AS answers
FROM unnest($2::int[]) AS asked (number) CROSS JOIN LATERAL (
    SELECT * FROM registrations WHERE event_key = $1 AND number = asked.number LIMIT 1
) r
