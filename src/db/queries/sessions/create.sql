-- Signs an account in: $1 account, $2 hash of the token, $3 device, $4 address of the network. The oldest sessions
-- beyond $5 end. No row: the password ($6) or the second factor ($7) was changed since they were checked.
WITH checked AS (
    SELECT account_key FROM accounts
    WHERE account_key = $1 AND password = $6 AND second_factor IS NOT DISTINCT FROM $7::bytea
), ended AS (
    DELETE FROM sessions WHERE session_id IN (
        SELECT session_id FROM sessions WHERE account_key = $1 ORDER BY seen_at DESC OFFSET $5::bigint - 1)
        AND EXISTS (SELECT FROM checked)
)
INSERT INTO sessions (account_key, token_hash, device, network)
SELECT account_key, $2, $3, $4 FROM checked
RETURNING session_id
