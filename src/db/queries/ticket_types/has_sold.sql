SELECT number FROM registrations WHERE event_key = $1 AND type_number = $2 AND amount IS NOT NULL LIMIT 1
