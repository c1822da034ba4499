-- The account with this address ($1, in its normal form), or with this key ($2).
SELECT account_key, account_id, address, email, name, language, password, second_factor, factor_step, created_at
FROM accounts WHERE address = $1 OR account_key = $2
