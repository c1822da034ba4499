-- Seconds until a try for $1 is admitted.
SELECT greatest(1, extract(epoch FROM
    last_at + least(power(2, least(tries - 5, 20)), 900) * interval '1 second' - now()))::float8 AS seconds
FROM guesses WHERE target = $1
