SELECT request FROM invoices WHERE storage_key = $1
