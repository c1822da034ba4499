-- An invoice by its key.
SELECT storage_key, organizer_key, content_hash, tag, bytes, total, created_at FROM invoices WHERE storage_key = $1
