-- The same where the server does not tell what it is.
SELECT h.id::text || ' ' || d.oid AS id FROM house h, pg_database d WHERE d.datname = current_database()
