-- Adds at most $1 rows of document_changes to document_counts; see sum_up_sales.sql.
WITH changes AS (
    DELETE FROM document_changes
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM document_changes LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING *
), summed AS (
    INSERT INTO document_counts AS c (event_key, state, documents, bytes)
    SELECT event_key, state, sum(documents), sum(bytes) FROM changes GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (event_key, state) DO UPDATE SET
        documents = c.documents + excluded.documents, bytes = c.bytes + excluded.bytes
)
SELECT count(*) AS changes FROM changes
