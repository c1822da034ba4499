-- Adds a second factor to an account that has none: $2 sealed key, $3 time step of the code that confirmed it, $4
-- hashes of recovery codes. Tells the owner.
WITH changed AS (
    UPDATE accounts SET second_factor = $2, factor_step = $3 WHERE account_key = $1 AND second_factor IS NULL
    RETURNING account_key, address, name, language
), forgotten AS (
    DELETE FROM recovery_codes r USING changed c WHERE r.account_key = c.account_key
), added AS (
    INSERT INTO recovery_codes (account_key, code_hash) SELECT account_key, unnest($4::bytea[]) FROM changed
), told AS (
    INSERT INTO messages (message_id, kind, urgency, recipient, detail)
    SELECT gen_random_uuid(), 13 /* account-notice */, 1, address,
        jsonb_build_object('notice', 'factor-added', 'name', name, 'language', language)
    FROM changed
)
SELECT account_key FROM changed
