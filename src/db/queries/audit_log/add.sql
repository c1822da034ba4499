-- Adds an entry; a trigger sets its number, time and hash.
INSERT INTO audit_log (actor, action, organizer_key, event_key, detail) VALUES ($1, $2, $3, $4, $5)
