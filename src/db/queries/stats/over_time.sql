-- Tickets sold by the hour, the newest hours first.
SELECT date_trunc('hour', created_at) AS hour, sum(quantity)::bigint AS tickets
FROM registrations WHERE event_key = $1 AND status IN (1 /* confirmed */, 2 /* awaiting_payment */)
GROUP BY 1 ORDER BY 1 DESC LIMIT $2
