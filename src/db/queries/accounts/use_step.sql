-- Uses the code of a time step ($2), or of none before it: each is accepted once.
UPDATE accounts SET factor_step = $2 WHERE account_key = $1 AND factor_step < $2 RETURNING account_key
