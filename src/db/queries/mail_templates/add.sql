-- Adds a version of a template: $1 organizer, $2 event or 0, $3 kind, $4 template, $5 actor, $6 name of the kind. Keeps
-- the last 50 versions. Of two statements at the same time one fails, because both add the same version.
WITH added AS (
    INSERT INTO mail_templates (organizer_key, event_key, kind, version, template)
    SELECT $1::int, $2::int, $3::smallint, coalesce(max(version), 0) + 1, $4::text
    FROM mail_templates WHERE organizer_key = $1 AND event_key = $2 AND kind = $3
    RETURNING version, created_at
), pruned AS (
    DELETE FROM mail_templates t USING added
    WHERE t.organizer_key = $1 AND t.event_key = $2 AND t.kind = $3 AND t.version <= added.version - 50
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $5, 'mail_template.changed', $1, nullif($2, 0), jsonb_build_object('kind', $6::text, 'version', version)
    FROM added
)
SELECT version, created_at FROM added
