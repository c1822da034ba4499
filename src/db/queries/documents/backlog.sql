SELECT count(*) AS pending,
    coalesce(extract(epoch FROM now() - min(promised_at)), 0)::float8 AS oldest_seconds
FROM (SELECT promised_at FROM documents WHERE state = 1 ORDER BY due_at LIMIT 100000) AS pending
