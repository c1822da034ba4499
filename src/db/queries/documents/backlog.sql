SELECT count(*) AS pending,
    coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 AS oldest_due_seconds
FROM (SELECT due_at FROM documents WHERE state = 1 ORDER BY due_at LIMIT 100000) AS pending
