-- Versions of an event's template before $3, newest first.
SELECT version, created_at FROM mail_templates
WHERE event_key = $1 AND kind = $2 AND version < $3
ORDER BY version DESC LIMIT $4
