-- Ends all sessions of an account but $2.
DELETE FROM sessions WHERE account_key = $1 AND session_id <> $2
