-- Bytes of the layouts of an organizer's events, except event $2: the versions in use, with their pictures.
SELECT coalesce(sum(l.bytes), 0)::bigint AS bytes
FROM events e JOIN layouts l ON l.event_key = e.event_key AND l.version = e.layout_version
WHERE e.organizer_key = $1 AND e.event_key <> $2
