-- Inserts an account with a confirmed address: $1 address in its normal form, $2 as written, $3 name, $4
-- language, $5 password as a hash.
INSERT INTO accounts (address, email, name, language, password) VALUES ($1, $2, $3, $4, $5)
RETURNING account_key
