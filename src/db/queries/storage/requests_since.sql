-- Requests to storage in the last $1 days by operation. Downloads that clients made through pre-signed links count as
-- reads.
SELECT operation, sum(requests)::bigint AS requests FROM storage_requests
WHERE day > (now() AT TIME ZONE 'UTC')::date - $1::int GROUP BY operation
UNION ALL
SELECT 'client_get', count(*) FROM downloads
WHERE served_from = 'storage' AND at > now() - make_interval(days => $1)
ORDER BY 1
