-- The layout version of an event, if it has one.
SELECT l.version, l.body, l.created_at
FROM events e JOIN layouts l ON l.event_key = e.event_key AND l.version = e.layout_version
WHERE e.event_key = $1
