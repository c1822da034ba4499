-- The text that each hash covers. It is built here and not by audit_entry_text, because that function could have been
-- changed together with the rows.
SELECT entry, jsonb_build_array(entry, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, action,
    organizer_key, event_key, detail)::text AS text, hash
FROM audit_log WHERE entry > $1 ORDER BY entry LIMIT $2
