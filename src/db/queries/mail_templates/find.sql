-- A version of a template: $1 organizer, $2 events, of which 0 is all, $3 kind, $4 version, or null for the newest.
-- That of an event comes before that of all.
SELECT event_key, version, template, created_at FROM mail_templates
WHERE organizer_key = $1 AND event_key = ANY ($2::int[]) AND kind = $3 AND ($4::int IS NULL OR version = $4)
ORDER BY event_key DESC, version DESC LIMIT 1
