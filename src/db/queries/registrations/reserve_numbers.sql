-- Reserves the numbers up to $2: registrations sold from now on get higher ones.
UPDATE event_seats SET last_number = greatest(last_number, $2) WHERE event_key = $1
RETURNING last_number
