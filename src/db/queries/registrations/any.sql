-- A row if the event has or had registrations.
SELECT last_number FROM event_seats WHERE event_key = $1 AND last_number > 0
