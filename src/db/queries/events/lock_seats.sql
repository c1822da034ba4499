-- Waits until no other statement holds the row of the event's seats.
SELECT event_key FROM event_seats WHERE event_key = $1 FOR UPDATE
