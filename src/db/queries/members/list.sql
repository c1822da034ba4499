-- Members of an organizer, owners first.
SELECT a.account_key, a.account_id, a.name, a.email, m.role, m.joined_at, a.second_factor IS NOT NULL AS has_factor,
    (SELECT max(seen_at) FROM sessions s WHERE s.account_key = a.account_key) AS seen_at
FROM members m JOIN accounts a USING (account_key) WHERE m.organizer_key = $1
ORDER BY m.role <> 'owner', m.joined_at, a.account_key
