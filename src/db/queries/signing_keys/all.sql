-- All signing keys, with the ids of their events.
SELECT k.event_key, k.key_id, k.sealed_secret, e.event_id FROM signing_keys k JOIN events e USING (event_key)
