-- Objects in storage and their bytes by kind; kind 0 stands for invoices.
SELECT kind, count(*) AS objects, coalesce(sum(bytes), 0)::bigint AS bytes
FROM documents WHERE state = 2 /* stored */ GROUP BY kind
UNION ALL
SELECT 0::smallint, count(*), coalesce(sum(bytes), 0)::bigint FROM invoices
ORDER BY 1
