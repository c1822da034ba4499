-- Jobs that an organizer has started within a day, counted up to $2.
SELECT count(*) AS jobs FROM (
    SELECT FROM jobs WHERE organizer_key = $1 AND created_at > now() - interval '1 day' LIMIT $2
) AS counted
