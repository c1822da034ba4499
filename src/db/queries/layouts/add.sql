-- Adds a version of a layout and assigns it to the event: $1 event, $2 layout, $3 actor, $4 hash of the layout. Keeps
-- the last 20 versions.
WITH last AS (SELECT coalesce(max(version), 0) + 1 AS version FROM layouts WHERE event_key = $1),
added AS (
    INSERT INTO layouts (event_key, version, body) SELECT $1, version, $2 FROM last RETURNING version, created_at
),
assigned AS (
    UPDATE events e SET layout_version = added.version, revision = e.revision + 1 FROM added WHERE e.event_key = $1
    RETURNING e.event_key, e.organizer_key
), pruned AS (
    DELETE FROM layouts l USING added WHERE l.event_key = $1 AND l.version <= added.version - 20
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $3, 'layout.changed', assigned.organizer_key, assigned.event_key,
        jsonb_build_object('version', added.version, 'hash', $4::text)
    FROM assigned, added
)
SELECT added.version, added.created_at FROM added, assigned
