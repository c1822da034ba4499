-- Adds a version of an event's template: $1 event, $2 kind, $3 template, $4 actor, $5 name of the kind. Keeps the last
-- 50 versions. Of two statements at the same time one fails, because both add the same version.
WITH added AS (
    INSERT INTO mail_templates (event_key, kind, version, template)
    SELECT $1::int, $2::smallint, coalesce(max(version), 0) + 1, $3::text
    FROM mail_templates WHERE event_key = $1 AND kind = $2
    RETURNING version, created_at
), pruned AS (
    DELETE FROM mail_templates t USING added
    WHERE t.event_key = $1 AND t.kind = $2 AND t.version <= added.version - 50
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $4, 'mail_template.changed', e.organizer_key, e.event_key,
        jsonb_build_object('kind', $5::text, 'version', added.version)
    FROM added, events e WHERE e.event_key = $1
)
SELECT version, created_at FROM added
