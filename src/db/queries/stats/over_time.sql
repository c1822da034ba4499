-- Tickets sold by the hour, the newest hours first.
SELECT hour, sum(tickets)::bigint AS tickets
FROM (SELECT * FROM sale_counts WHERE event_key = $1 UNION ALL SELECT * FROM sale_changes WHERE event_key = $1) AS r
WHERE r.status IN (1 /* confirmed */, 2 /* awaiting_payment */)
GROUP BY 1 HAVING sum(tickets) > 0 ORDER BY 1 DESC LIMIT $2
