DELETE FROM invoices WHERE storage_key = $1 RETURNING storage_key
