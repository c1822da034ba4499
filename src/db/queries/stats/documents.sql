SELECT state, count(*) AS documents, coalesce(sum(bytes), 0)::bigint AS bytes
FROM documents WHERE event_key = $1 GROUP BY state
