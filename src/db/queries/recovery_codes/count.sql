-- Recovery codes that are left.
SELECT count(*) AS codes FROM recovery_codes WHERE account_key = $1
