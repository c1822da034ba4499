-- Signs an account in: $1 account, $2 hash of the token, $3 device, $4 address of the network. The oldest sessions
-- beyond $5 end.
WITH ended AS (
    DELETE FROM sessions WHERE session_id IN (
        SELECT session_id FROM sessions WHERE account_key = $1 ORDER BY seen_at DESC OFFSET $5::bigint - 1)
)
INSERT INTO sessions (account_key, token_hash, device, network) VALUES ($1, $2, $3, $4) RETURNING session_id
