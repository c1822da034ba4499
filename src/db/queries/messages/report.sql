-- Records a report about a message: $1 id, $2 state, $3 states that the report replaces, $4 words of the server, $5
-- true if the address is suppressed. Reports come repeatedly and in any order.
WITH reported AS (
    UPDATE messages m SET state = $2, reply = $4, changed_at = now()
    WHERE m.message_id = $1 AND m.state = ANY ($3::smallint[])
    RETURNING m.message_id, m.organizer_key, m.recipient
), suppressed AS (
    INSERT INTO suppressions (organizer_key, address, reason, message_id)
    SELECT organizer_key, lower(recipient), CASE WHEN $6 THEN 'complaint' ELSE 'bounce' END, message_id FROM reported
    WHERE $5 AND organizer_key IS NOT NULL AND recipient IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT (SELECT count(*) FROM reported) AS reported, EXISTS (SELECT FROM messages WHERE message_id = $1) AS known
