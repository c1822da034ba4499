-- Versions of a template before $4, newest first: $1 organizer, $2 event or 0, $3 kind.
SELECT version, created_at FROM mail_templates
WHERE organizer_key = $1 AND event_key = $2 AND kind = $3 AND version < $4
ORDER BY version DESC LIMIT $5
