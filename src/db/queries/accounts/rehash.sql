-- Replaces the hash of an unchanged password: $2 the present hash, $3 the new one.
UPDATE accounts SET password = $3 WHERE account_key = $1 AND password = $2
