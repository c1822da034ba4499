-- Records a report about a message: $1 id, $2 state, $3 states that the report replaces, $4 words of the server.
-- Reports come repeatedly and in any order. Returns the address that the message was for.
WITH reported AS (
    UPDATE messages m SET state = $2, reply = $4, changed_at = now()
    WHERE m.message_id = $1 AND m.state = ANY ($3::smallint[])
    RETURNING m.message_id
)
SELECT EXISTS (SELECT FROM reported) AS reported, organizer_key, recipient FROM messages WHERE message_id = $1
