-- Invoices by key, after $1 and up to $2 (null: no end); `age` is in seconds.
SELECT storage_key, bytes, tag, extract(epoch FROM now() - created_at)::float8 AS age
FROM invoices WHERE storage_key > $1 AND ($2::text IS NULL OR storage_key <= $2) ORDER BY storage_key LIMIT $3
