SELECT kind, count(*) AS objects, coalesce(sum(bytes), 0)::bigint AS bytes FROM documents WHERE state = 2 GROUP BY kind
UNION ALL
SELECT 0::smallint, count(*), coalesce(sum(bytes), 0)::bigint FROM invoices
ORDER BY 1
