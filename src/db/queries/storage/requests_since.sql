-- What was asked in the last so many days. Files that clients fetched by their links are counted as reads.
SELECT operation, sum(requests)::bigint AS requests FROM storage_requests
WHERE day > (now() AT TIME ZONE 'UTC')::date - $1::int GROUP BY operation
UNION ALL
SELECT 'client_get', count(*) FROM downloads
WHERE served_from = 'storage' AND at > now() - make_interval(days => $1)
ORDER BY 1
