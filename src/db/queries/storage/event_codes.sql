-- All events by code.
SELECT event_key, code, last_number FROM events JOIN event_seats USING (event_key) ORDER BY code COLLATE "C"
