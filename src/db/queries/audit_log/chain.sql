-- The text that each hash covers. It is built here and not by audit_entry_text, because that function could have been
-- changed together with the rows. $1 and $2 are chain and entry of the last link before, $3 the number of links.
SELECT chain, entry, jsonb_build_array(chain, entry, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    actor, action, organizer_key, event_key, detail)::text AS text, hash
FROM audit_log WHERE (chain, entry) > ($1, $2) ORDER BY chain, entry LIMIT $3
