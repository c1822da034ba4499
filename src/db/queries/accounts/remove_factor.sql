-- Removes the second factor of an account, with its recovery codes. Tells the owner.
WITH changed AS (
    UPDATE accounts SET second_factor = NULL WHERE account_key = $1 AND second_factor IS NOT NULL
    RETURNING account_key, address, name, language
), forgotten AS (
    DELETE FROM recovery_codes r USING changed c WHERE r.account_key = c.account_key
), told AS (
    INSERT INTO messages (message_id, kind, urgency, recipient, detail)
    SELECT gen_random_uuid(), 13 /* account-notice */, 1, address,
        jsonb_build_object('notice', 'factor-removed', 'name', name, 'language', language)
    FROM changed
)
SELECT account_key FROM changed
