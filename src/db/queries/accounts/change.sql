-- Changes name and language of an account.
UPDATE accounts SET name = coalesce($2, name), language = coalesce($3, language) WHERE account_key = $1
