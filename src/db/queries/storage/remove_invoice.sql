-- Deletes an invoice whose object is gone.
DELETE FROM invoices WHERE storage_key = $1 RETURNING storage_key
