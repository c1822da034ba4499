-- Adds requests to today's counters.
INSERT INTO storage_requests AS r (day, operation, requests)
SELECT (now() AT TIME ZONE 'UTC')::date, operation, requests
FROM unnest($1::text[], $2::bigint[]) AS a (operation, requests)
ON CONFLICT (day, operation) DO UPDATE SET requests = r.requests + excluded.requests
