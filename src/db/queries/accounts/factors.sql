-- Accounts with a second factor.
SELECT account_key, account_id, second_factor FROM accounts WHERE second_factor IS NOT NULL
