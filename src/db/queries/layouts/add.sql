-- Adds a version and gives it to the event: $1 event, $2 layout.
WITH last AS (SELECT coalesce(max(version), 0) + 1 AS version FROM layouts WHERE event_key = $1),
made AS (
    INSERT INTO layouts (event_key, version, body) SELECT $1, version, $2 FROM last RETURNING version, created_at
),
given AS (
    UPDATE events e SET layout_version = made.version, revision = e.revision + 1 FROM made WHERE e.event_key = $1
    RETURNING e.event_key, e.organizer_key
), told AS (
    -- $3 is who says so, $4 the layout's hash.
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $3, 'layout.changed', given.organizer_key, given.event_key,
        jsonb_build_object('version', made.version, 'hash', $4::text)
    FROM given, made
)
SELECT made.version, made.created_at FROM made, given
