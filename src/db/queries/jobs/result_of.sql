-- Whose archive lies under this key.
SELECT organizer_key FROM jobs WHERE result_key = $1
