-- Tells the owner of an account, given by its address, that somebody tries passwords; once a day.
INSERT INTO messages (message_id, kind, urgency, recipient, detail)
SELECT gen_random_uuid(), 13 /* account-notice */, 1, address,
    jsonb_build_object('notice', 'guessed', 'name', name, 'language', language)
FROM accounts a WHERE address = $1 AND NOT EXISTS (
    SELECT FROM messages m WHERE m.event_key IS NULL AND m.recipient = a.address AND m.kind = 13 /* account-notice */
        AND m.detail->>'notice' = 'guessed' AND m.created_at > now() - interval '1 day')
