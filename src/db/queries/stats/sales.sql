-- Registrations and tickets by type and status, with the amount paid in minor units.
SELECT type_number, status, count(*) AS registrations, sum(quantity)::bigint AS tickets,
    coalesce(sum(amount) FILTER (WHERE paid_at IS NOT NULL), 0)::bigint AS paid
FROM registrations WHERE event_key = $1
GROUP BY type_number, status
