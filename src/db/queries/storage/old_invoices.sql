-- Invoices issued more than $1 days ago, with keys after $2.
SELECT storage_key, organizer_key, bytes FROM invoices
WHERE issued_at < now() - make_interval(days => $1) AND storage_key > $2
ORDER BY storage_key LIMIT $3
