-- Replaces the sealed key ($2) of a second factor, unless it was changed meanwhile.
UPDATE accounts SET second_factor = $3 WHERE account_key = $1 AND second_factor = $2
