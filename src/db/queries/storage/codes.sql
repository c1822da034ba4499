SELECT event_key, code, revision FROM events ORDER BY code COLLATE "C"
