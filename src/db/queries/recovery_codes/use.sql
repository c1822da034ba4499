-- Uses a recovery code: $1 account, $2 hash of the code.
DELETE FROM recovery_codes WHERE account_key = $1 AND code_hash = $2 RETURNING account_key
