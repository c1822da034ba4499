-- Locks a registration. What is written after this sees every file that was promised before.
SELECT number FROM registrations WHERE event_key = $1 AND number = $2 FOR NO KEY UPDATE
