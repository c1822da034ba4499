-- A version of an event's template: $1 event, $2 kind, $3 version, or null for the newest.
SELECT version, template, created_at FROM mail_templates
WHERE event_key = $1 AND kind = $2 AND ($3::int IS NULL OR version = $3)
ORDER BY version DESC LIMIT 1
