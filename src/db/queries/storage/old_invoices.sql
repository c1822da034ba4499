-- Invoices issued more than $1 days ago.
SELECT storage_key, organizer_key, bytes FROM invoices WHERE issued_at < now() - make_interval(days => $1)
ORDER BY storage_key LIMIT $2
