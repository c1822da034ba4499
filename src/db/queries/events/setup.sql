-- One event by any of its names: $1 slug or an earlier one, $2 id, $3 code, $4 key. The names that are not given are
-- null.
SELECT e.event_key, e.event_id, e.organizer_key, o.name AS organizer_name, e.revision, e.layout_version, k.key_id,
    k.sealed_secret,
    to_jsonb(e) || jsonb_build_object('capacity', s.capacity, 'venue',
        jsonb_build_object('name', e.venue_name, 'address', e.venue_address)) AS draft
FROM events e
JOIN organizers o USING (organizer_key)
JOIN event_seats s USING (event_key)
CROSS JOIN LATERAL (
    SELECT key_id, sealed_secret FROM signing_keys WHERE event_key = e.event_key ORDER BY key_id DESC LIMIT 1
) k
WHERE e.slug = $1 OR e.event_key = (SELECT event_key FROM event_slugs WHERE slug = $1)
    OR e.event_id = $2 OR e.code = $3 OR e.event_key = $4
