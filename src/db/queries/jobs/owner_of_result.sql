-- The organizer that owns the archive with this key.
SELECT organizer_key FROM jobs WHERE result_key = $1
