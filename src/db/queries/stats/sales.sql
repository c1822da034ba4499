-- Registrations and tickets by type, status and currency, with the amount paid in minor units and not cancelled.
SELECT type_number, status, currency, count(*) AS registrations, sum(quantity)::bigint AS tickets,
    coalesce(sum(amount) FILTER (WHERE paid_at IS NOT NULL AND r.status = 1 /* confirmed */), 0)::bigint AS paid
FROM registrations r WHERE event_key = $1
GROUP BY type_number, status, currency
