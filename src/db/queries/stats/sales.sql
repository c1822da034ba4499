-- Registrations and tickets by type, status and currency, with the amount paid in minor units and not cancelled.
SELECT type_number, status, nullif(currency, '') AS currency, sum(registrations)::bigint AS registrations,
    sum(tickets)::bigint AS tickets, sum(paid)::bigint AS paid
FROM (SELECT * FROM sale_counts WHERE event_key = $1 UNION ALL SELECT * FROM sale_changes WHERE event_key = $1) AS c
GROUP BY type_number, status, currency
HAVING sum(registrations) > 0
