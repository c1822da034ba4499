-- What each entry's hash is of, written out here as well: a function in the database could have been changed together with it.
SELECT entry, jsonb_build_array(entry, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, action,
    organizer_key, event_key, detail)::text AS text, hash
FROM audit_log WHERE entry > $1 ORDER BY entry LIMIT $2
