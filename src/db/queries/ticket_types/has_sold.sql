-- A registration of a type that costs money, if there is one.
SELECT number FROM registrations WHERE event_key = $1 AND type_number = $2 AND amount IS NOT NULL LIMIT 1
