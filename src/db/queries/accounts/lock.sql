-- Locks an account: its sessions, and changes of its password, wait for each other.
SELECT FROM accounts WHERE account_key = $1 FOR NO KEY UPDATE
