-- Ends a session ($2) of an account.
DELETE FROM sessions WHERE account_key = $1 AND session_id = $2 RETURNING session_id
